package schedule

import "math/rand/v2"

// rule is a priority rule: tasks with a lower key come first.
type rule int

const (
	byLatestFinish   rule = iota // the classic (Davis and Patterson, 1975): what most follows after comes first
	byLatestStart                // upward rank
	byPositionWeight             // own time and that of all direct successors (Alvarez-Valdes and Tamarit, 1989)
	byDue                        // earliest due of the task and of all that wait for it
	rules
)

// keysOf computes a rule's keys.
func keysOf(m *model, r rule) []int64 {
	key := make([]int64, m.n)
	length := int64(0)
	for j := range m.n {
		length = max(length, m.head[j]+m.dur[j]+m.tail[j])
	}
	for j := int32(m.n) - 1; j >= 0; j-- {
		switch r {
		case byLatestFinish, byLatestStart:
			key[j] = min(length-m.tail[j], m.due[j])
			for _, b := range m.behind.of(j) {
				key[j] = min(key[j], key[b]-m.dur[b])
			}
		case byPositionWeight:
			key[j] = -m.dur[j]
			for _, b := range m.behind.of(j) {
				key[j] -= m.dur[b]
			}
		case byDue:
			key[j] = min(2*m.horizon, m.due[j])
			for _, b := range m.behind.of(j) {
				key[j] = min(key[j], key[b]-m.dur[b])
			}
		}
	}
	if r == byLatestStart {
		for j := range key {
			key[j] -= m.dur[j]
		}
	}
	return key
}

// lister makes lists out of keys: each task comes after all that it waits for, and otherwise in order of the keys.
type lister struct {
	m     *model
	open  []int32
	ready heap
}

func newLister(m *model) *lister { return &lister{m: m, open: make([]int32, m.n)} }

func (l *lister) list(key []int64, list []int32) {
	l.ready = l.ready[:0]
	for j := range int32(l.m.n) {
		if l.open[j] = int32(len(l.m.before.of(j))); l.open[j] == 0 {
			l.ready.push(entry{key[j], j})
		}
	}
	for i := range list {
		j := l.ready.pop().task
		list[i] = j
		for _, b := range l.m.behind.of(j) {
			if l.open[b]--; l.open[b] == 0 {
				l.ready.push(entry{key[b], b})
			}
		}
	}
}

// jitter adds chance to keys, up to spread, so that one rule gives many lists of which good ones are likely. It does for
// keys what regret-biased sampling (Drexl, 1991) does for choices, in one pass for any number of tasks.
func jitter(key, into []int64, spread int64, rng *rand.Rand) {
	for j, k := range key {
		into[j] = k + rng.Int64N(spread+1)
	}
}

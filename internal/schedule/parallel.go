package schedule

import (
	"cmp"
	"slices"
)

// crowd is parallel schedule generation (Brooks and White, 1965): it goes from one instant at which something ends to the
// next and starts whatever can start then, best rank first. Tasks that could start stand in a tree in order of rank, of
// which each node knows the lowest demands below it, so that the next one that fits is found without asking all others;
// a pass over n tasks takes about n log n steps.
//
// A task starts only if what is left now suffices until its end even if nothing else ends, which is more careful than
// needed where capacity falls; serial generation makes up for that.
type crowd struct {
	m      *model
	size   int      // leaves, a power of two
	lowest []uint64 // words for each node; node 1 is the root, leaves start at size
	ranked []int32  // the task of each rank
	rank   []int32
	free   []uint64 // what is left now
	open   []int32  // what each task still waits for
	ends   heap     // running tasks by end
	coming heap     // tasks that wait for nothing but their release
	passed []int32  // tasks that capacity to come has no room for yet
	astray int      // nodes that a search may look at
}

// patience is how many tasks are tried against capacity to come before the rest is left for the next instant.
const patience = 64

// A search for one task looks at so many nodes while others run: fewer where there are very many tasks, so that a pass
// stays within some hundred million steps even where demands are made to mislead.
const (
	astrayMost  = 2048
	astraySteps = 200_000_000
)

func newCrowd(m *model) *crowd {
	c := &crowd{m: m, size: 1, rank: make([]int32, m.n), free: make([]uint64, m.words), open: make([]int32, m.n),
		astray: min(astrayMost, astraySteps/max(1, m.n))}
	for c.size < m.n {
		c.size *= 2
	}
	c.lowest = make([]uint64, 2*c.size*m.words)
	return c
}

// forward gives each task a start; ranked is every task once, most wanted first, whatever waits for what.
func (c *crowd) forward(ranked []int32, start []int64) {
	m := c.m
	c.ranked = ranked
	for r, j := range ranked {
		c.rank[j] = int32(r)
	}
	for i := range c.lowest {
		c.lowest[i] = ^m.tops
	}
	c.ends, c.coming, c.passed = c.ends[:0], c.coming[:0], c.passed[:0]
	copy(c.free, m.room[:m.words])
	for j := range int32(m.n) {
		if c.open[j] = int32(len(m.before.of(j))); c.open[j] == 0 {
			c.coming.push(entry{m.release[j], j})
		}
	}
	now, level := int64(0), 0
	for started := 0; ; {
		for _, j := range c.passed {
			c.enter(j)
		}
		c.passed = c.passed[:0]
		for len(c.coming) > 0 && c.coming[0].at <= now {
			c.enter(c.coming.pop().task)
		}
		ended := false
		for !ended {
			r := c.first()
			if r < 0 {
				break
			}
			j := c.ranked[r]
			c.leave(r)
			if !c.lasts(j, now, level) {
				c.passed = append(c.passed, j)
				if len(c.passed) >= patience && len(c.ends)+len(c.coming) > 0 {
					break
				}
				continue
			}
			start[j] = now
			started++
			for w, n := range m.demand(j) {
				c.free[w] -= n
			}
			c.ends.push(entry{now + m.dur[j], j})
			ended = m.dur[j] == 0 // and so may open others at this very instant
		}
		if started == m.n {
			return
		}
		now, level = c.advance(now, level)
	}
}

// advance goes on to the next instant at which something can have changed and lets end what ends then.
func (c *crowd) advance(now int64, level int) (int64, int) {
	m, next := c.m, int64(never)
	if len(c.ends) > 0 {
		next = c.ends[0].at
	}
	if len(c.coming) > 0 {
		next = min(next, max(now, c.coming[0].at))
	}
	if level+1 < len(m.from) {
		next = min(next, m.from[level+1])
	}
	for level+1 < len(m.from) && m.from[level+1] <= next {
		for w := range c.free { // lanes may borrow from each other in between; once all is added up they hold again
			c.free[w] += m.room[(level+1)*m.words+w] - m.room[level*m.words+w]
		}
		level++
	}
	for len(c.ends) > 0 && c.ends[0].at <= next {
		j := c.ends.pop().task
		for w, n := range m.demand(j) {
			c.free[w] += n
		}
		for _, b := range m.behind.of(j) {
			if c.open[b]--; c.open[b] == 0 {
				c.coming.push(entry{max(next, m.release[b]), b})
			}
		}
	}
	return next, level
}

// lasts reports whether what is left now suffices for a task until its end, given the levels to come.
func (c *crowd) lasts(j int32, now int64, level int) bool {
	m, w := c.m, c.m.words
	if !m.needs[j] {
		return true
	}
	here := m.room[level*w : (level+1)*w]
	for l := level + 1; l < len(m.from) && m.from[l] < now+m.dur[j]; l++ {
		for k, n := range m.demand(j) {
			used := here[k] - c.free[k]
			if !fitsWord(m.room[l*w+k], n+used, m.tops) {
				return false
			}
		}
	}
	return true
}

// first returns the best rank among the tasks that fit what is left now, or -1. Where the lowest demands below a node
// belong to different tasks the search can go astray; with others running it gives up in time, and goes on when one ends.
func (c *crowd) first() int {
	w, steps := c.m.words, 0
	if !c.m.fits(c.free, c.lowest[w:2*w]) {
		return -1
	}
	node := 1
	for {
		if steps++; steps > c.astray && len(c.ends) > 0 {
			return -1
		}
		switch {
		case node >= c.size && c.m.fits(c.free, c.lowest[node*w:(node+1)*w]):
			return node - c.size
		case node < c.size && c.m.fits(c.free, c.lowest[node*w:(node+1)*w]):
			node *= 2
			continue
		}
		for node&1 == 1 { // a right child: what is above it is done too
			node /= 2
		}
		if node == 0 {
			return -1
		}
		node++
	}
}

func (c *crowd) enter(j int32) {
	w := c.m.words
	node := c.size + int(c.rank[j])
	copy(c.lowest[node*w:(node+1)*w], c.m.demand(j))
	c.repair(node)
}

func (c *crowd) leave(rank int) {
	w := c.m.words
	node := c.size + rank
	for k := range w {
		c.lowest[node*w+k] = ^c.m.tops
	}
	c.repair(node)
}

func (c *crowd) repair(node int) {
	w := c.m.words
	for node /= 2; node > 0; node /= 2 {
		same := true
		for k := range w {
			low := c.m.lowest(c.lowest[2*node*w+k], c.lowest[(2*node+1)*w+k])
			same = same && low == c.lowest[node*w+k]
			c.lowest[node*w+k] = low
		}
		if same {
			return
		}
	}
}

// entry is a task at an instant.
type entry struct {
	at   int64
	task int32
}

// heap has the earliest entry first and, at one instant, the lowest number; container/heap would box each entry.
type heap []entry

func (h *heap) push(e entry) {
	*h = append(*h, e)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if !before(s[i], s[up]) {
			break
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

func (h *heap) pop() entry {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	*h = s
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && before(s[down+1], s[down]) {
			down++
		}
		if !before(s[down], s[i]) {
			break
		}
		s[i], s[down] = s[down], s[i]
		i = down
	}
	return top
}

func before(a, b entry) bool { return a.at < b.at || (a.at == b.at && a.task < b.task) }

// rankBy returns all tasks in order of a key, those of equal key by number.
func rankBy(key []int64, ranked []int32) {
	for j := range ranked {
		ranked[j] = int32(j)
	}
	slices.SortFunc(ranked, func(a, b int32) int { return cmp.Or(cmp.Compare(key[a], key[b]), cmp.Compare(a, b)) })
}

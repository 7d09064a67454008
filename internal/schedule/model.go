package schedule

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// model is a problem laid out for passes over it. Tasks are renumbered such that each comes after all that it waits for,
// instants are divided by what they have in common, resources that can never run short are left out, and every list is a
// slice of one array.
type model struct {
	lanes
	n        int
	original []int32 // the caller's number of each task
	unit     int64   // ticks in one of our instants
	dur      []int64
	release  []int64
	due      []int64  // never when there is none
	need     []uint64 // of each task, words of them
	needs    []bool   // whether it demands anything at all
	before   lists    // what a task waits for
	behind   lists    // what waits for it

	horizon int64    // by which the most careless list is done
	from    []int64  // instants at which capacity changes, the first being 0
	room    []uint64 // from then on, words each

	head  []int64 // start of each task if there were no resources
	tail  []int64 // least time between its end and the end of all
	mass  []int64 // its share of all resources over its time
	kept  []int   // the caller's number of each resource that can run short
	shift int     // by which instants are coarsened before they are squared or summed up
	dated bool    // whether any task has a due
	// reversible problems look the same from their end: no releases, dues or shifts tie them to the clock.
	reversible bool
}

const never = math.MaxInt64

// squarable is how many bits an instant may have for the sum of squares over a million tasks to fit in 64.
const squarable = 20

// lists are many short lists in one array.
type lists struct{ at, all []int32 }

func (l lists) of(i int32) []int32 { return l.all[l.at[i]:l.at[i+1]] }

// compile lays out a problem that validate found nothing wrong with.
func compile(p Problem) (*model, error) {
	order, err := topological(p)
	if err != nil {
		return nil, err
	}
	n := len(p.Tasks)
	m := &model{n: n, original: order, unit: commonTick(p), dur: make([]int64, n), release: make([]int64, n),
		due: make([]int64, n), needs: make([]bool, n), mass: make([]int64, n)}
	number := make([]int32, n)
	for j, i := range order {
		number[i] = int32(j)
	}
	released := false
	sum := int64(0)
	for j, i := range order {
		t := &p.Tasks[i]
		m.dur[j], m.release[j], m.due[j] = t.Duration/m.unit, t.Release/m.unit, never
		if t.Due > 0 {
			m.due[j], m.dated = t.Due/m.unit, true
		}
		released = released || t.Release > 0
		sum += m.dur[j]
	}
	m.shift = max(0, bits.Len64(uint64(sum))-squarable)
	m.link(p, number)
	m.pack(p)
	m.reversible = !released && !m.dated && len(m.from) == 1
	m.horizon = sum + max(m.from[len(m.from)-1], maxOf(m.release))
	m.measure()
	return m, nil
}

func (m *model) link(p Problem, number []int32) {
	edges := make([][2]int32, 0, m.n)
	for j, i := range m.original {
		for _, b := range p.Tasks[i].After {
			edges = append(edges, [2]int32{number[b], int32(j)})
		}
	}
	slices.SortFunc(edges, func(a, b [2]int32) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	edges = slices.Compact(edges)
	m.behind = gather(m.n, edges, 0)
	m.before = gather(m.n, edges, 1)
}

// gather lists, for each task at one end of the edges, the tasks at the other end.
func gather(n int, edges [][2]int32, end int) lists {
	l := lists{at: make([]int32, n+1), all: make([]int32, len(edges))}
	for _, e := range edges {
		l.at[e[end]+1]++
	}
	for i := range n {
		l.at[i+1] += l.at[i]
	}
	next := slices.Clone(l.at[:n])
	for _, e := range edges {
		l.all[next[e[end]]] = e[1-end]
		next[e[end]]++
	}
	return l
}

// pack fills in demands and capacity. A resource of which all tasks together never want more than its lowest level is
// left out; one that always has more than they want is cut to that, and all amounts are divided by what demands have in
// common, so that amounts in bytes still fit narrow lanes.
func (m *model) pack(p Problem) {
	common, most := make([]int64, len(p.Capacity)), int64(0)
	wanted := make([]int64, len(p.Capacity))
	for k, levels := range p.Capacity {
		for i := range p.Tasks {
			if t := &p.Tasks[i]; t.Duration > 0 && t.Demand[k] > 0 {
				common[k] = gcd(common[k], t.Demand[k])
				wanted[k] = saturated(wanted[k], t.Demand[k])
			}
		}
		if common[k] == 0 || (len(levels) > 0 && levels[0].From <= 0 && lowestAmount(levels) >= wanted[k]) {
			continue
		}
		m.kept = append(m.kept, k)
		for _, level := range levels {
			most = max(most, min(level.Amount, wanted[k], farthest)/common[k])
		}
	}
	m.lanes = lanesFor(len(m.kept), most)
	m.need = make([]uint64, m.n*m.words)
	for j, i := range m.original {
		t := &p.Tasks[i]
		if t.Duration == 0 {
			continue
		}
		for lane, k := range m.kept {
			if t.Demand[k] > 0 {
				m.put(m.need[j*m.words:(j+1)*m.words], lane, t.Demand[k]/common[k])
				m.needs[j] = true
				m.mass[j] += mulDiv(1000, t.Demand[k], lastAmount(p.Capacity[k])) * (m.dur[j] >> m.shift)
			}
		}
	}
	m.from = []int64{0}
	for _, k := range m.kept {
		for _, level := range p.Capacity[k] {
			if level.From > 0 {
				m.from = append(m.from, ceilDiv(level.From, m.unit))
			}
		}
	}
	slices.Sort(m.from)
	m.from = slices.Compact(m.from)
	m.room = make([]uint64, len(m.from)*m.words)
	for lane, k := range m.kept {
		levels, now := p.Capacity[k], int64(0)
		for i, from := range m.from {
			for len(levels) > 0 && levels[0].From <= from*m.unit {
				now, levels = levels[0].Amount, levels[1:]
			}
			m.put(m.room[i*m.words:(i+1)*m.words], lane, min(now, wanted[k], farthest)/common[k])
		}
	}
}

// measure fills in heads and tails.
func (m *model) measure() {
	m.head, m.tail = make([]int64, m.n), make([]int64, m.n)
	for j := range int32(m.n) {
		m.head[j] = m.release[j]
		for _, b := range m.before.of(j) {
			m.head[j] = max(m.head[j], m.head[b]+m.dur[b])
		}
	}
	for j := int32(m.n) - 1; j >= 0; j-- {
		for _, b := range m.behind.of(j) {
			m.tail[j] = max(m.tail[j], m.dur[b]+m.tail[b])
		}
	}
}

func (m *model) demand(j int32) []uint64 { return m.need[int(j)*m.words : (int(j)+1)*m.words] }

// commonTick is what all instants are multiples of, those of levels and dues too: tasks may start with a level, and how
// late a task is must come out exactly.
func commonTick(p Problem) int64 {
	unit := int64(0)
	for i := range p.Tasks {
		unit = gcd(gcd(unit, p.Tasks[i].Duration), gcd(p.Tasks[i].Release, p.Tasks[i].Due))
	}
	for _, levels := range p.Capacity {
		for _, level := range levels {
			unit = gcd(unit, max(0, level.From))
		}
	}
	return max(1, unit)
}

func lowestAmount(levels []Level) int64 {
	low := levels[0].Amount
	for _, level := range levels {
		low = min(low, level.Amount)
	}
	return low
}

func maxOf(values []int64) int64 {
	most := int64(0)
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func saturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

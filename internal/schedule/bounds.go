package schedule

import (
	"slices"
	"sort"
)

// Bound is an end that no plan can beat, and why.
type Bound struct {
	Value    int64  // in ticks
	Which    string // CriticalPath, Energy, HeadTail or OneAtATime
	Resource int    // that it follows from; -1 for the critical path
	Path     []int  // tasks in order, of which each waits for the one before; of the critical path only
}

// What a bound can follow from.
const (
	CriticalPath = "critical path" // releases, durations and what waits for what
	Energy       = "energy"        // what all tasks together take of one resource against what there is of it
	HeadTail     = "head and tail" // the same of tasks that cannot start before a head, and before a tail that follows them all
	OneAtATime   = "one at a time" // the same of tasks of which no two fit together
)

// Bounds returns the highest of the lower bounds on the makespan; those on one resource are taken over all pairs of a
// least head and a least tail (Carlier, The one-machine sequencing problem, 1982, for one machine; with energies as in
// Klein and Scholl, Computing lower bounds by destructive improvement, 1999). Where there are very many different heads
// or tails some are passed over, which can only lower the bound. A malformed problem has the zero Bound.
func Bounds(p Problem) Bound {
	if validate(p) != nil {
		return Bound{Resource: -1}
	}
	m, err := compile(p)
	if err != nil {
		return Bound{Resource: -1}
	}
	return m.bound()
}

func (m *model) bound() Bound {
	best := m.path()
	for lane, k := range m.kept {
		supply := m.supply(lane)
		var all, alone []demandOf
		for j := range int32(m.n) {
			if amount := m.get(m.demand(j), lane); amount > 0 {
				all = append(all, demandOf{m.head[j], m.tail[j], mulDiv(amount, m.dur[j], 1)})
				if amount > supply.most/2 {
					alone = append(alone, demandOf{m.head[j], m.tail[j], m.dur[j]})
				}
			}
		}
		if value, which := headTail(all, supply, best.Value); value > best.Value {
			best = Bound{Value: value, Which: which, Resource: k}
		}
		one := supplyOf{from: []int64{0}, amount: []int64{1}, area: []int64{0}, most: 1, horizon: m.horizon}
		if value, _ := headTail(alone, one, best.Value); value > best.Value {
			best = Bound{Value: value, Which: OneAtATime, Resource: k}
		}
	}
	best.Value *= m.unit
	return best
}

// path is the bound of the critical path.
func (m *model) path() Bound {
	b := Bound{Which: CriticalPath, Resource: -1}
	at := int32(-1)
	for j := range int32(m.n) {
		if length := m.head[j] + m.dur[j] + m.tail[j]; at < 0 || length > b.Value {
			b.Value, at = length, j
		}
	}
	for at >= 0 && m.head[at] > m.release[at] { // back to the task that waits for none but its release
		at = m.binding(at)
	}
	for at >= 0 {
		b.Path = append(b.Path, int(m.original[at]))
		next := int32(-1)
		for _, behind := range m.behind.of(at) {
			if next < 0 && m.dur[behind]+m.tail[behind] == m.tail[at] {
				next = behind
			}
		}
		at = next
	}
	return b
}

// binding is the task whose end is another one's head.
func (m *model) binding(j int32) int32 {
	for _, b := range m.before.of(j) {
		if m.head[b]+m.dur[b] == m.head[j] {
			return b
		}
	}
	return -1
}

// demandOf is what one task wants of one resource: so much, after its head and before its tail.
type demandOf struct{ head, tail, energy int64 }

// supplyOf is what there is of one resource.
type supplyOf struct {
	from, amount []int64
	area         []int64 // what there was until each level
	most         int64
	horizon      int64
}

func (m *model) supply(lane int) supplyOf {
	s := supplyOf{from: m.from, horizon: m.horizon}
	for i := range m.from {
		amount, area := m.get(m.room[i*m.words:], lane), int64(0)
		if i > 0 {
			area = s.area[i-1] + mulDiv(s.amount[i-1], m.from[i]-m.from[i-1], 1)
		}
		s.amount, s.area, s.most = append(s.amount, amount), append(s.area, area), max(s.most, amount)
	}
	return s
}

// until is what there is before an instant.
func (s supplyOf) until(t int64) int64 {
	if t <= 0 {
		return 0
	}
	i := 0
	if len(s.from) > 1 {
		i = sort.Search(len(s.from), func(i int) bool { return s.from[i] > t }) - 1
	}
	return s.area[i] + s.amount[i]*(t-s.from[i])
}

// enough is the first instant before which there is so much.
func (s supplyOf) enough(area int64) int64 {
	i := sort.Search(len(s.area), func(i int) bool { return s.area[i] >= area })
	if i == 0 {
		return 0
	}
	i--
	return s.from[i] + ceilDiv(area-s.area[i], s.amount[i])
}

// thresholds is how many heads and tails are tried at most.
const thresholds = 128

// headTail returns the highest bound above one that is known: over all tasks that have at least some head and at least
// some tail, the end of the time that their energy takes from that head on, and that tail.
func headTail(demands []demandOf, s supplyOf, known int64) (int64, string) {
	if len(demands) == 0 || mulDiv(s.horizon, s.most, 1) > farthest { // sums could overflow; the bound is given up
		return 0, ""
	}
	heads := levelsOf(demands, func(d demandOf) int64 { return d.head })
	tails := levelsOf(demands, func(d demandOf) int64 { return d.tail })
	width := len(tails)
	energy := make([]int64, len(heads)*width)
	for _, d := range demands {
		energy[below(heads, d.head)*width+below(tails, d.tail)] += d.energy
	}
	best, which := known, ""
	for h := len(heads) - 1; h >= 0; h-- {
		row, sum := energy[h*width:(h+1)*width], int64(0)
		base := s.until(heads[h])
		for q := width - 1; q >= 0; q-- {
			sum += row[q]
			row[q] = sum
			if h+1 < len(heads) {
				row[q] += energy[(h+1)*width+q]
			}
			if need := base + row[q]; row[q] > 0 && need > s.until(best-tails[q]) {
				if best = s.enough(need) + tails[q]; h == 0 && q == 0 && heads[0] == 0 && tails[0] == 0 {
					which = Energy
				} else {
					which = HeadTail
				}
			}
		}
	}
	return best, which
}

// levelsOf returns the different values in rising order, thinned out where there are too many; the lowest one stays.
func levelsOf(demands []demandOf, value func(demandOf) int64) []int64 {
	values := make([]int64, len(demands))
	for i, d := range demands {
		values[i] = value(d)
	}
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) <= thresholds {
		return values
	}
	thin := make([]int64, thresholds)
	for i := range thin {
		thin[i] = values[i*len(values)/thresholds]
	}
	return thin
}

// below is the index of the highest level that is not above a value.
func below(levels []int64, value int64) int {
	at, exact := slices.BinarySearch(levels, value)
	if exact {
		return at
	}
	return at - 1
}

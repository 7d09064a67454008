package schedule

import (
	"math/bits"
	"math/rand/v2"
)

// breeder is a genetic search over two populations: left plans and, opposite each, right plans. Children of right plans
// are placed forward and become left plans, and the other way round, so that every generation is crossed and justified by
// the same passes (Debels and Vanhoucke, 2007). Problems tied to the clock by releases, dues or shifts are crossed in one
// direction only, and justified in the other.
//
// What it does as its i-th schedule does not depend on how many there will be: that is why more schedules never give a
// worse plan. A population that is right for a thousand schedules is too small for more, so the search starts over with
// larger ones, each knowing the best plan so far.
type breeder struct {
	*decoder
	lister *lister
	crowd  *crowd
	rng    *rand.Rand
	keys   [][]int64 // of each priority rule
	length int64     // of the critical path
	bound  int64     // no plan ends before it; known after the first plan

	effort
	spent int
	best  *plan
	found func(*plan) bool // told of each better plan; false ends the search
	done  bool

	left, right []*plan
	spares      [2]*plan // where the next left and right plan go
	seeds       int      // planted so far

	// Scratch, allocated once.
	noisy, deadline, at []int64
	child               []int32
	side                []int8
	tried               map[uint64]bool
}

const (
	tries     = 8   // at a list that is new
	tolerance = 100 // a child may take the place of a plan that is better by less than this part of its length
)

// effort is how much to search.
type effort struct {
	limit  int // schedules
	enough int // schedules after which a plan that ends within five percent of the bound will do
	seed   uint64
}

func newBreeder(m *model, e effort, found func(*plan) bool) *breeder {
	return &breeder{decoder: newDecoder(m), lister: newLister(m), rng: rand.New(rand.NewPCG(e.seed, 0)), effort: e,
		best: newPlan(m.n, true), found: found, noisy: make([]int64, m.n), child: make([]int32, m.n)}
}

// run searches until the limit, until a plan is proven shortest, or until nobody wants more.
func (b *breeder) run() {
	if !b.plantFirst() || b.limit == 1 {
		return
	}
	b.bound = b.m.bound().Value / b.m.unit
	if b.done = b.proven(); b.done {
		return
	}
	b.deadline, b.at, b.side = make([]int64, b.m.n), make([]int64, b.m.n), make([]int8, b.m.n)
	b.tried = map[uint64]bool{}
	b.spares = [2]*plan{newPlan(b.m.n, true), newPlan(b.m.n, false)}
	for end, age := 1000, 0; b.epoch(age, end); age++ { // 1, 5, 20, 50, 200, 500, ... thousand
		switch age % 3 {
		case 0:
			end += 4 * end
		case 1:
			end *= 4
		case 2:
			end = end * 5 / 2
		}
	}
}

// epoch lets populations live until so many schedules are spent in all, and reports whether the search goes on.
func (b *breeder) epoch(age, end int) bool {
	size := populationSize(b.m.n, end)
	b.left, b.right = b.left[:0], b.right[:0]
	if age > 0 {
		elite := newPlan(b.m.n, true)
		copy(elite.start, b.best.start)
		b.judge(elite)
		b.left, b.right = append(b.left, elite), append(b.right, newPlan(b.m.n, false))
		if !b.justify(0) {
			return false
		}
	}
	for len(b.left) < size {
		i := len(b.left)
		b.left, b.right = append(b.left, newPlan(b.m.n, true)), append(b.right, newPlan(b.m.n, false))
		if !b.plant(i) || !b.justify(i) {
			return false
		}
	}
	for b.spent < end {
		if !b.generation(b.right, b.left) || !b.generation(b.left, b.right) {
			return false
		}
	}
	return true
}

// populationSize follows the square root of the schedules to spend, which leaves as many generations as there are plans
// in one; lists of many tasks need more generations to settle, and get smaller populations.
func populationSize(n, schedules int) int {
	root := 1 << (bits.Len(uint(schedules)) / 2)
	for range 4 {
		root = (root + schedules/root) / 2
	}
	return max(8, root*54/max(54, n))
}

// proven reports whether nothing can be better than the best plan.
func (b *breeder) proven() bool { return b.best.cost.late == 0 && b.best.cost.end <= b.bound }

// spend takes one schedule off the limit, and reports whether there was one.
func (b *breeder) spend() bool {
	if b.done || b.spent >= b.limit || (b.spent >= b.enough && b.best.cost.end <= b.bound+b.bound/20) {
		b.done = true
		return false
	}
	b.spent++
	return true
}

// generation breeds one child for each place of a population from the population opposite.
func (b *breeder) generation(from, to []*plan) bool {
	leader := to[0].cost
	for _, p := range to {
		if p.cost.fitter(leader) {
			leader = p.cost
		}
	}
	for i := range to {
		if !to[i].left && !b.m.reversible {
			if from[i].stale && !b.justify(i) {
				return false
			}
			continue
		}
		for range tries {
			b.cross(from[i], b.tournament(from), b.child)
			b.mutate(b.child, !to[i].left)
			if b.fresh(b.child, !to[i].left) {
				break
			}
		}
		child, ok := b.raise(b.child, to[i].left)
		if !ok {
			return false
		}
		// Children take the place of worse plans, and of not much better ones unless those lead: what settles too early
		// finds nothing new.
		if !to[i].cost.fitter(child.cost) ||
			(leader.fitter(to[i].cost) && child.cost.late <= to[i].cost.late && child.cost.end <= to[i].cost.end+to[i].cost.end/tolerance) {
			b.swap(&to[i], child)
		}
	}
	return true
}

// tournament draws two plans and returns the fitter one.
func (b *breeder) tournament(population []*plan) *plan {
	x, y := population[b.rng.IntN(len(population))], population[b.rng.IntN(len(population))]
	if y.cost.fitter(x.cost) {
		return y
	}
	return x
}

// raise turns a list into a plan that faces one way or the other; the plan is a spare one, until it is swapped in.
func (b *breeder) raise(list []int32, left bool) (*plan, bool) {
	if !b.spend() {
		return nil, false
	}
	if left {
		child := b.spares[0]
		b.forward(list, child.start)
		b.judge(child)
		b.offer(child)
		return child, true
	}
	child := b.spares[1]
	b.backward(list, b.m.horizon, nil, child.start) // never fails: only reversible problems come here
	b.judge(child)
	b.offerRight(child)
	return child, true
}

func (b *breeder) swap(place **plan, child *plan) {
	if child.left {
		b.spares[0] = *place
	} else {
		b.spares[1] = *place
	}
	*place, child.stale = child, true
}

// justify makes the right plan at a place from the left plan opposite.
func (b *breeder) justify(i int) bool {
	if !b.spend() {
		return false
	}
	left, right := b.left[i], b.right[i]
	left.stale = false
	b.backward(left.list, left.cost.end, b.m.deadlines(left, b.deadline), right.start)
	b.judge(right)
	if b.m.reversible {
		b.offerRight(right)
	} else {
		right.cost = left.cost
	}
	return true
}

// offer makes a left plan the best one if it is.
func (b *breeder) offer(p *plan) {
	if !p.cost.better(b.best.cost) {
		return
	}
	copy(b.best.start, p.start)
	b.best.cost = p.cost
	b.done = !b.found(b.best) || b.proven()
}

// offerRight does so with a right plan of a reversible problem, which may begin at any time and so begins at once.
func (b *breeder) offerRight(p *plan) {
	if !p.cost.better(b.best.cost) {
		return
	}
	begin := p.start[p.list[0]]
	for j, at := range p.start {
		b.best.start[j] = at - begin
	}
	b.best.cost = p.cost
	b.done = !b.found(b.best) || b.proven()
}

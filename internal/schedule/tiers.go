package schedule

import (
	"cmp"
	"slices"
)

// Tiers are planned one after the other, each into what the tiers before it left: no task of a lower tier can delay one of
// a higher. The first tier's search is the very search that would run if there were nothing else, so that with as many
// schedules it would find the same plan. It ends earlier only where that cannot cost more than five percent: when its plan
// is proven best, or when it has had its part and the plan ends within five percent of its bound. Of very many schedules
// it never gets more than its part.
const (
	undivided = 64   // schedules that the first tier gets before any other
	manyMore  = 1000 // schedules after which another few do not change much
	part      = 4    // all but one in so many are the first tier's part
)

// tiered searches tier by tier. A pass that places one tier's tasks and then goes on with the tiers below is one schedule,
// so the first pass of every lower tier is not counted: it is the end of the pass that found the plan above. Only passes
// that found a better plan go on.
type tiered struct {
	p       Problem
	o       Options
	classes [][]int // tasks of each tier, best tier first
	spent   int
	yield   func(Solution) bool
	score   []int64 // of the best plan so far
	ended   bool
}

func (t *tiered) run() error {
	start := make([]int64, len(t.p.Tasks))
	for c := range t.classes {
		before := t.spent
		if err := t.plan(c, t.share(c), start); err != nil || t.ended {
			return err
		}
		if c > 0 {
			t.spent = max(before, t.spent-1)
		}
		if t.spent >= t.o.Schedules { // nothing left for the tiers below: the pass that went on with them stands
			return nil
		}
	}
	return nil
}

// share is how many schedules a tier may spend.
func (t *tiered) share(c int) effort {
	left := max(1, t.o.Schedules) - t.spent
	switch {
	case c == 0:
		own := left - left/part
		return effort{min(left, max(manyMore, own)), max(undivided, own), t.o.Seed}
	case c == len(t.classes)-1:
		return effort{left + 1, left + 1, t.o.Seed}
	}
	return effort{left/2 + 1, left/2 + 1, t.o.Seed}
}

// plan searches for starts of one tier's tasks, given those of the tiers before, and offers each better plan as a whole.
func (t *tiered) plan(c int, e effort, start []int64) error {
	sub, tasks := t.within(c, start)
	var failed error
	spent, err := search(sub, e, func(s Solution) bool {
		for i, task := range tasks {
			start[task] = s.Start[i]
		}
		so := t.spent + s.Schedules
		if c > 0 {
			so--
		}
		failed = t.goOn(c+1, so, slices.Clone(start))
		return failed == nil && !t.ended
	})
	t.spent += spent
	return cmp.Or(err, failed)
}

// goOn lets the pass that just placed a tier's tasks go on with those of the tiers from c on, and offers the plan.
func (t *tiered) goOn(c, schedules int, start []int64) error {
	for ; c < len(t.classes); c++ {
		sub, tasks := t.within(c, start)
		_, err := search(sub, effort{1, 1, t.o.Seed}, func(s Solution) bool {
			for i, task := range tasks {
				start[task] = s.Start[i]
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	t.offer(start, schedules)
	return nil
}

// within is the problem of one tier's tasks among what the tiers before it do.
func (t *tiered) within(c int, start []int64) (Problem, []int) {
	tasks := t.classes[c]
	number := make([]int, len(t.p.Tasks))
	for i := range number {
		number[i] = -1
	}
	for i, task := range tasks {
		number[task] = i
	}
	sub := Problem{Tasks: make([]Task, len(tasks)), Capacity: t.p.Capacity}
	for i, task := range tasks {
		whole := &t.p.Tasks[task]
		sub.Tasks[i] = *whole
		sub.Tasks[i].After = nil
		for _, b := range whole.After {
			if number[b] >= 0 {
				sub.Tasks[i].After = append(sub.Tasks[i].After, number[b])
			} else { // of a tier before this one: no task waits for one of a lower tier
				sub.Tasks[i].Release = max(sub.Tasks[i].Release, start[b]+t.p.Tasks[b].Duration)
			}
		}
	}
	if c > 0 {
		sub.Capacity = t.leftOver(c, start)
	}
	return sub, tasks
}

// leftOver is what tiers before one leave of every resource.
func (t *tiered) leftOver(c int, start []int64) [][]Level {
	type change struct{ at, by int64 }
	left := make([][]Level, len(t.p.Capacity))
	for k, levels := range t.p.Capacity {
		var changes []change
		amount := int64(0)
		for _, level := range levels {
			changes = append(changes, change{max(0, level.From), level.Amount - amount})
			amount = level.Amount
		}
		for _, class := range t.classes[:c] {
			for _, i := range class {
				if task := &t.p.Tasks[i]; task.Duration > 0 && task.Demand[k] > 0 {
					changes = append(changes, change{start[i], -task.Demand[k]}, change{start[i] + task.Duration, task.Demand[k]})
				}
			}
		}
		slices.SortFunc(changes, func(a, b change) int { return int(min(1, max(-1, a.at-b.at))) })
		amount = 0
		for i, ch := range changes {
			amount += ch.by
			if i+1 < len(changes) && changes[i+1].at == ch.at {
				continue
			}
			if n := len(left[k]); n == 0 || left[k][n-1].Amount != amount {
				left[k] = append(left[k], Level{ch.at, amount})
			}
		}
	}
	return left
}

// offer yields a whole plan if it is better: tier by tier how late dues are met, then when the tier ends.
func (t *tiered) offer(start []int64, schedules int) {
	score := make([]int64, 0, 2*len(t.classes))
	makespan := int64(0)
	for _, class := range t.classes {
		late, end := int64(0), int64(0)
		for _, i := range class {
			done := start[i] + t.p.Tasks[i].Duration
			end = max(end, done)
			if due := t.p.Tasks[i].Due; due > 0 && done > due {
				late += done - due
			}
		}
		score = append(score, late, end)
		makespan = max(makespan, end)
	}
	if t.score != nil && slices.Compare(score, t.score) >= 0 {
		return
	}
	t.score = score
	best := Solution{Start: start, Makespan: makespan, Schedules: schedules}
	t.ended = !t.yield(best)
}

// classes groups tasks by tier, each task being in the best tier of itself and of all that come after it.
func classes(p Problem, order []int32) [][]int {
	const none = int(never)
	tier := make([]int, len(p.Tasks))
	for i := range p.Tasks {
		if tier[i] = p.Tasks[i].Tier; tier[i] == 0 {
			tier[i] = none
		}
	}
	for at := len(order) - 1; at >= 0; at-- {
		for _, b := range p.Tasks[order[at]].After {
			tier[b] = min(tier[b], tier[order[at]])
		}
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(tier)))
	grouped := make([][]int, len(kinds))
	for i, of := range tier {
		c, _ := slices.BinarySearch(kinds, of)
		grouped[c] = append(grouped[c], i)
	}
	return grouped
}

package schedule

// Solve returns the best plan that it finds with the given number of schedules. Errors are *ShapeError, *FitError and
// *CycleError.
func Solve(p Problem, o Options) (Solution, error) {
	var best Solution
	spent, err := solve(p, o, func(s Solution) bool { best = s; return true })
	best.Schedules = spent
	return best, err
}

// SolveEach yields a first valid plan at once and then each better one, until the schedules are spent, a plan is proven
// best, or yield returns false. A plan is the receiver's to keep.
func SolveEach(p Problem, o Options, yield func(Solution) bool) error {
	_, err := solve(p, o, yield)
	return err
}

func solve(p Problem, o Options, yield func(Solution) bool) (spent int, err error) {
	if err := validate(p); err != nil {
		return 0, err
	}
	order, err := topological(p)
	if err != nil {
		return 0, err
	}
	groups := classes(p, order)
	if len(groups) <= 1 {
		limit := max(1, o.Schedules)
		return search(p, effort{limit, limit, o.Seed}, yield)
	}
	t := &tiered{p: p, o: o, classes: groups, yield: yield}
	err = t.run()
	return t.spent, err
}

// search solves a problem without regard to tiers, and returns how many schedules that took.
func search(p Problem, e effort, yield func(Solution) bool) (spent int, err error) {
	m, err := compile(p)
	if err != nil {
		return 0, err
	}
	if m.n == 0 {
		yield(Solution{Start: []int64{}})
		return 0, nil
	}
	var b *breeder
	b = newBreeder(m, e, func(best *plan) bool {
		s := Solution{Start: make([]int64, m.n), Makespan: best.cost.end * m.unit, Schedules: b.spent}
		for j, i := range m.original {
			s.Start[i] = best.start[j] * m.unit
		}
		return yield(s)
	})
	b.run()
	return b.spent, nil
}

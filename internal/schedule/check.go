package schedule

import (
	"fmt"
	"slices"
)

// Check returns what is wrong with a plan, or nil. It shares nothing with Solve and is written to be read: it walks
// through all instants at which a task starts or ends or a level begins, adds and takes away what each means, and then
// compares what is used with what there is.
func Check(p Problem, s Solution) error {
	if len(s.Start) != len(p.Tasks) {
		return fmt.Errorf("check: %d starts for %d tasks", len(s.Start), len(p.Tasks))
	}
	makespan := int64(0)
	for i, t := range p.Tasks {
		start := s.Start[i]
		if start < 0 || start < t.Release {
			return fmt.Errorf("check: task %d starts at %d, before its release at %d", i, start, t.Release)
		}
		for _, b := range t.After {
			if ended := s.Start[b] + p.Tasks[b].Duration; start < ended {
				return fmt.Errorf("check: task %d starts at %d, before task %d has ended at %d", i, start, b, ended)
			}
		}
		makespan = max(makespan, start+t.Duration)
	}
	if s.Makespan != makespan {
		return fmt.Errorf("check: the makespan is said to be %d and is %d", s.Makespan, makespan)
	}
	for k := range p.Capacity {
		if err := checkResource(p, s, k); err != nil {
			return err
		}
	}
	return nil
}

func checkResource(p Problem, s Solution, k int) error {
	type event struct {
		at     int64
		used   int64 // more, or less, from then on
		level  bool
		amount int64 // that there is from then on, if this is a level
	}
	var events []event
	for i, t := range p.Tasks {
		if t.Duration > 0 {
			events = append(events, event{at: s.Start[i], used: t.Demand[k]},
				event{at: s.Start[i] + t.Duration, used: -t.Demand[k]})
		}
	}
	for _, level := range p.Capacity[k] {
		events = append(events, event{at: level.From, level: true, amount: level.Amount})
	}
	slices.SortFunc(events, func(a, b event) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	used, amount := int64(0), int64(0)
	for i, e := range events {
		used += e.used
		if e.level {
			amount = e.amount
		}
		if i+1 < len(events) && events[i+1].at == e.at {
			continue // all that happens at one instant happens at once
		}
		if used > amount {
			return fmt.Errorf("check: at %d tasks use %d of resource %d, of which there is %d", e.at, used, k, amount)
		}
	}
	return nil
}

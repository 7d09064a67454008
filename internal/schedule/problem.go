// Package schedule solves the resource-constrained project scheduling problem: it gives every task a start such that
// tasks wait for what they come after and for their release, no resource is asked for more than it has at any instant,
// and the plan is short.
//
// Solve gives a valid plan at once and a better one for more schedules. A schedule is one pass that places tasks, forward
// or backward, whole or partial: the unit in which the literature compares methods, and here the only budget, because the
// package knows no clock. It computes in integers and starts nothing: the same problem, seed and number of schedules give
// the same plan on every machine, and more schedules never give a worse one. Plans are ordered tier by tier: first how
// late tier 1 is, then when its last task ends, then the same of tier 2, and so on; what is in no tier comes last. Lower
// tiers never make the best tier end more than five percent later than if it were alone with as many schedules (up to a
// thousand; beyond, no case is known).
// Check judges a plan without sharing a line with Solve, and Bounds says how short no plan can be.
//
// It does not do preemption, alternative modes, stock that is used up, or uncertain durations, and a bound that is not
// met does not mean that a shorter plan exists.
//
// Sources: Kolisch and Hartmann, Experimental investigation of heuristics for resource-constrained project scheduling: an
// update, EJOR 174 (2006), for the two ways to generate schedules, priority rules and how methods are compared; Valls,
// Ballestin and Quintanilla, Justification and RCPSP, EJOR 165 (2005), and A hybrid genetic algorithm, EJOR 185 (2008);
// Debels and Vanhoucke, A decomposition-based genetic algorithm, Operations Research 55 (2007).
package schedule

import (
	"fmt"
	"math"
)

// Task is a piece of work that, once started, runs to its end.
type Task struct {
	Duration int64   // in ticks, whatever the caller's tick is; a task of no duration demands nothing
	Demand   []int64 // of each resource, while it runs
	After    []int   // tasks, by index, that must have ended
	Release  int64   // not before
	Tier     int     // 1 comes first; 0 is no tier and comes last
	Due      int64   // when it should have ended; 0 is never
}

// Level is what there is of a resource from an instant on, until the next level.
type Level struct{ From, Amount int64 }

// Problem is what is to be done, and with what. A task counts as being in the best tier of itself and of all that come
// after it.
type Problem struct {
	Tasks    []Task
	Capacity [][]Level // of each resource, in order of time; before its first level there is nothing, the last is for ever
}

// Options are what a plan depends on beside its problem.
type Options struct {
	Schedules int    // at most so many; less than 1 counts as 1
	Seed      uint64 // of every choice left to chance
}

// Solution is a plan.
type Solution struct {
	Start     []int64 // of each task
	Makespan  int64   // when the last task ends
	Schedules int     // really generated until this plan was given
}

// CycleError names tasks of which each waits for the next, and the last for the first.
type CycleError struct{ Tasks []int }

func (e *CycleError) Error() string {
	return fmt.Sprintf("tasks wait for each other in a circle: %v", e.Tasks)
}

// FitError names a task that can never run: it demands more of a resource than its last level, the one for ever, has. A
// task that fits an earlier level only is refused too, because whether its chance is missed would depend on the plan.
type FitError struct {
	Task, Resource  int
	Demand, Forever int64
}

func (e *FitError) Error() string {
	return fmt.Sprintf("task %d can never run: it demands %d of resource %d, of which there is in the end %d",
		e.Task, e.Demand, e.Resource, e.Forever)
}

// ShapeError says what is malformed. Task or Resource is -1 where the fault is not in one.
type ShapeError struct {
	Task, Resource int
	What           string
}

func (e *ShapeError) Error() string {
	switch {
	case e.Task >= 0 && e.Resource >= 0:
		return fmt.Sprintf("task %d, resource %d: %s", e.Task, e.Resource, e.What)
	case e.Task >= 0:
		return fmt.Sprintf("task %d: %s", e.Task, e.What)
	case e.Resource >= 0:
		return fmt.Sprintf("resource %d: %s", e.Resource, e.What)
	}
	return e.What
}

// farthest is the last instant and the largest amount: every sum of two stays inside an int64.
const farthest = math.MaxInt64 / 4

// validate returns the first fault of the problem except cycles, which come to light when tasks are put in order.
func validate(p Problem) error {
	last := int64(0) // the end of the plan that does one task after the other once the last level holds
	for k, levels := range p.Capacity {
		for i, level := range levels {
			switch {
			case level.Amount < 0:
				return &ShapeError{-1, k, fmt.Sprintf("level %d has less than nothing: %d", i, level.Amount)}
			case i > 0 && level.From <= levels[i-1].From:
				return &ShapeError{-1, k, fmt.Sprintf("level %d does not come after the one before it", i)}
			}
			last = max(last, level.From)
		}
	}
	for i := range p.Tasks {
		t := &p.Tasks[i]
		switch {
		case t.Duration < 0:
			return &ShapeError{i, -1, "its duration is negative"}
		case t.Release < 0:
			return &ShapeError{i, -1, "its release is negative"}
		case t.Tier < 0:
			return &ShapeError{i, -1, "its tier is negative"}
		case t.Due < 0:
			return &ShapeError{i, -1, "its due is negative"}
		case len(t.Demand) != len(p.Capacity):
			return &ShapeError{i, -1, fmt.Sprintf("it has %d demands, and there are %d resources", len(t.Demand), len(p.Capacity))}
		}
		for _, before := range t.After {
			if before < 0 || before >= len(p.Tasks) {
				return &ShapeError{i, -1, fmt.Sprintf("it comes after task %d, which there is not", before)}
			}
		}
		for k, demand := range t.Demand {
			if demand < 0 {
				return &ShapeError{i, k, "its demand is negative"}
			}
			if demand > farthest {
				return &ShapeError{i, k, "its demand is beyond what can be counted: use a larger unit"}
			}
			if forever := lastAmount(p.Capacity[k]); t.Duration > 0 && demand > forever {
				return &FitError{i, k, demand, forever}
			}
		}
		last = max(last, t.Release)
	}
	for i := range p.Tasks {
		if last > farthest-p.Tasks[i].Duration {
			return &ShapeError{i, -1, "the sum of all durations up to it is beyond what can be counted: use a longer tick"}
		}
		last += p.Tasks[i].Duration
	}
	return nil
}

func lastAmount(levels []Level) int64 {
	if len(levels) == 0 {
		return 0
	}
	return levels[len(levels)-1].Amount
}

package plan

import (
	"cmp"
	"slices"
	"time"

	"reprise/internal/estate"
)

// Progress is how far a step has come.
type Progress struct {
	Passed  bool          // nothing more happens in it, and what comes after it may go on
	Stuck   bool          // it will not pass unless somebody acts
	Running bool          // since For
	For     time.Duration // how long it has been running
}

// Remaining forecasts, from how far the steps of a plan have come, how much longer each of them takes until it has
// passed: with declared durations, under the plan's capacities, in the plan's order. A step that has passed takes zero
// time; one that is stuck, or waits for one that is, has no forecast and is negative.
func Remaining(est estate.Estate, p estate.Plan, progress []Progress) []time.Duration {
	acts := activities(est, p.Steps)
	for i, step := range progress {
		switch {
		case step.Passed:
			acts[i] = activity{}
		case step.Stuck:
			acts[i].gates = [][]int{{i}} // a gate that only it could open stays closed
		case step.Running:
			acts[i].gates = nil
			acts[i].duration = max(0, acts[i].duration-step.For)
		}
	}
	// What runs keeps its capacity, so it comes first whatever its place in the plan.
	order := identity(len(acts))
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(b2i(!progress[a].Running), b2i(!progress[b].Running))
	})
	spans := simulate(acts, p.Capacity, invert(order)).spans
	ends := make([]time.Duration, len(spans))
	for i, s := range spans {
		ends[i] = s.end
		if s.start < 0 {
			ends[i] = -1
		}
	}
	return ends
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

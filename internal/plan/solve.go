package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"reprise/internal/estate"
	"reprise/internal/schedule"
)

// DefaultSchedules returns how many schedules are worth making for a plan of so many steps: a thousand take well under a
// second for a few hundred steps, and the first one is what there is time for with many thousands.
func DefaultSchedules(steps int) int {
	switch {
	case steps <= 500:
		return 1000
	case steps <= 5000:
		return 500_000 / steps
	}
	return 1
}

// tick is the scheduler's unit of time. Durations are rounded up to it.
const tick = time.Millisecond

func ticks(d time.Duration) int64 { return int64((d + tick - 1) / tick) }

// resource is one limited capacity of one site.
type resource struct {
	site estate.SiteID
	name string
	of   func(estate.Uses) int64
}

// resources lists what limits a plan.
func resources(p *estate.Plan) []resource {
	var limited []resource
	for _, site := range slices.Sorted(maps.Keys(p.Capacity)) {
		for _, r := range []resource{
			{site, "lanes", func(u estate.Uses) int64 { return int64(u.Lanes) }},
			{site, "crew", func(u estate.Uses) int64 { return int64(u.Crew) }},
			{site, "restore rate", func(u estate.Uses) int64 { return int64(u.Restore) }},
		} {
			if r.of(p.Capacity[site]) > 0 {
				limited = append(limited, r)
			}
		}
	}
	return limited
}

// problem states a plan for the scheduler. Of a gate's alternatives, the one that opens it earliest stands for it.
func problem(est estate.Estate, p *estate.Plan, acts []activity, earliest course) schedule.Problem {
	var stated schedule.Problem
	limited := resources(p)
	stated.Tasks = make([]schedule.Task, len(acts))
	last := map[estate.ServiceID]int{}
	for i, step := range p.Steps {
		stated.Tasks[i] = schedule.Task{
			Duration: ticks(acts[i].duration), Demand: make([]int64, len(limited)), Tier: step.Tier,
			After: slices.Clone(earliest.gates.Openers(i)),
		}
		if at, seen := last[step.Service]; !seen || step.Index > p.Steps[at].Index {
			last[step.Service] = i
		}
	}
	for service, i := range last {
		stated.Tasks[i].Due = ticks(est.Services[service].RTO.Std())
	}
	for k, r := range limited {
		// Rates are large numbers with a large common divisor; without it products stay far from overflow.
		has := r.of(p.Capacity[r.site])
		divisor := has
		for i, act := range acts {
			if act.demand.Site == r.site && act.duration > 0 {
				stated.Tasks[i].Demand[k] = r.of(act.demand.Uses)
				divisor = gcd(divisor, stated.Tasks[i].Demand[k])
			}
		}
		for i := range stated.Tasks {
			stated.Tasks[i].Demand[k] /= divisor
		}
		stated.Capacity = append(stated.Capacity, []schedule.Level{{Amount: has / divisor}})
	}
	return stated
}

// relaxed is the problem without the gates that have alternatives: what bounds it bounds every choice among them.
func relaxed(stated schedule.Problem, acts []activity) schedule.Problem {
	stated.Tasks = slices.Clone(stated.Tasks)
	for i, act := range acts {
		stated.Tasks[i].After = nil
		for _, gate := range act.gates {
			if len(gate) == 1 {
				stated.Tasks[i].After = append(stated.Tasks[i].After, gate[0])
			}
		}
	}
	return stated
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// solve returns the best that the scheduler finds with the plan's number of schedules and seed.
func solve(stated schedule.Problem, acts []activity, p *estate.Plan) ([]span, error) {
	solution, err := schedule.Solve(stated, schedule.Options{Schedules: p.Schedules, Seed: p.Seed})
	if err != nil {
		return nil, fmt.Errorf("schedule the plan: %w", err)
	}
	spans := make([]span, len(acts))
	for i, act := range acts {
		start := time.Duration(solution.Start[i]) * tick
		spans[i] = span{start: start, end: start + act.duration}
	}
	return spans, nil
}

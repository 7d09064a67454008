package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/schedule"
	"reprise/internal/unit"
)

// arrange gives every step its planned start and end under the plan's capacities, orders them so, and fills in the
// forecast. What the scheduler finds stands: it keeps lower tiers from delaying tier 1. Where there is no time for more
// than its first schedule, two list schedules are looked at besides.
func arrange(est estate.Estate, p *estate.Plan) error {
	// The search follows the order of steps, so it must not follow from how the plan was made.
	slices.SortFunc(p.Steps, func(a, b estate.PlannedStep) int { return cmp.Compare(a.ID, b.ID) })
	acts := activities(est, p.Steps)
	earliest := simulate(acts, nil, identity(len(acts)))
	latest := latestFinish(acts, earliest)
	stated := problem(est, p, acts, earliest)
	best, err := solve(stated, acts, p)
	if err != nil {
		return err
	}
	for _, order := range [][]int{byLatestFinish(p.Steps, latest), byService(p.Steps, latest)} {
		if p.Schedules > 1 {
			break
		}
		if spans := simulate(acts, p.Capacity, invert(order)).spans; better(p.Steps, spans, best) {
			best = spans
		}
	}
	for i := range p.Steps {
		p.Steps[i].Start, p.Steps[i].End = unit.Duration(best[i].start), unit.Duration(best[i].end)
		p.Forecast.Makespan = max(p.Forecast.Makespan, p.Steps[i].End)
		p.Forecast.OneByOne += unit.Duration(acts[i].duration)
	}
	p.Forecast.LowerBound, p.Forecast.Bottleneck = lowerBound(p, acts, earliest.spans, schedule.Bounds(relaxed(stated, acts)))

	// Steps that start together stand in the order of what waits for them.
	slices.SortFunc(p.Steps, func(a, b estate.PlannedStep) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.End, b.End), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// byLatestFinish orders steps by effective tier, then by latest finish time: what others wait for goes first.
func byLatestFinish(steps []estate.PlannedStep, latest []time.Duration) []int {
	order := identity(len(steps))
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(steps[a].Tier, steps[b].Tier), cmp.Compare(latest[a], latest[b]), cmp.Compare(steps[a].ID, steps[b].ID))
	})
	return order
}

// byService orders steps by effective tier, then by the latest finish time of their service's last step, and keeps the
// steps of one service together: a service that was begun is brought back before another one is begun.
func byService(steps []estate.PlannedStep, latest []time.Duration) []int {
	due := map[estate.ServiceID]time.Duration{}
	for i, step := range steps {
		due[step.Service] = max(due[step.Service], latest[i])
	}
	order := identity(len(steps))
	slices.SortFunc(order, func(a, b int) int {
		x, y := steps[a], steps[b]
		return cmp.Or(cmp.Compare(x.Tier, y.Tier), cmp.Compare(due[x.Service], due[y.Service]),
			cmp.Compare(x.Service, y.Service), cmp.Compare(x.Index, y.Index))
	})
	return order
}

// sameLength is how much longer a schedule may be and still count as long as another: declared durations are no more
// exact than that.
const sameLength = 0.01

// better says whether a schedule is to be preferred to another: tier by tier the one that has the last of it back
// sooner; then the shorter one; and of two that are as long the one that has services back sooner.
func better(steps []estate.PlannedStep, a, b []span) bool {
	tiersA, tiersB := tierEnds(steps, a), tierEnds(steps, b)
	for _, tier := range slices.Sorted(maps.Keys(tiersA)) {
		if tiersA[tier] != tiersB[tier] && tier != slices.Max(slices.Collect(maps.Keys(tiersA))) {
			return tiersA[tier] < tiersB[tier]
		}
	}
	lengthA, awayA := measure(steps, a)
	lengthB, awayB := measure(steps, b)
	if margin := lengthB.Seconds() * sameLength; lengthA.Seconds() > lengthB.Seconds()+margin || lengthA.Seconds() < lengthB.Seconds()-margin {
		return lengthA < lengthB
	}
	return awayA < awayB
}

// tierEnds returns when the last step of every tier ends.
func tierEnds(steps []estate.PlannedStep, spans []span) map[int]time.Duration {
	ends := map[int]time.Duration{}
	for i, step := range steps {
		ends[step.Tier] = max(ends[step.Tier], spans[i].end)
	}
	return ends
}

// measure returns how long a schedule is, and how long services are away in it, all together.
func measure(steps []estate.PlannedStep, spans []span) (length, away time.Duration) {
	back := map[estate.ServiceID]time.Duration{}
	for i, step := range steps {
		length = max(length, spans[i].end)
		back[step.Service] = max(back[step.Service], spans[i].end)
	}
	for _, at := range back {
		away += at
	}
	return length, away
}

func activities(est estate.Estate, steps []estate.PlannedStep) []activity {
	index := make(map[estate.StepID]int, len(steps))
	for i, step := range steps {
		index[step.ID] = i
	}
	acts := make([]activity, len(steps))
	for i, step := range steps {
		acts[i] = activity{duration: TakesOf(est, step).Std(), demand: DemandOf(est, step)}
		for _, gate := range step.Gates {
			var opens []int
			for _, id := range gate {
				opens = append(opens, index[id])
			}
			acts[i].gates = append(acts[i].gates, opens)
		}
	}
	return acts
}

// latestFinish returns, for every activity, the latest end that keeps the earliest end of the whole. Where a gate has
// alternatives, the one that opens first stands for it, as the planner means to take that one.
func latestFinish(acts []activity, earliest course) []time.Duration {
	end := time.Duration(0)
	for _, s := range earliest.spans {
		end = max(end, s.end)
	}
	latest := make([]time.Duration, len(acts))
	for i := range latest {
		latest[i] = end
	}
	// What finished later was opened by what finished before it, never the other way round.
	for _, i := range slices.Backward(earliest.finished) {
		for _, opener := range earliest.gates.Openers(i) {
			latest[opener] = min(latest[opener], latest[i]-acts[i].duration)
		}
	}
	return latest
}

// lowerBound returns a time that no schedule beats, and in words what makes it: the longest chain of gates, or what one
// capacity of one site has to do.
func lowerBound(p *estate.Plan, acts []activity, earliest []span, found schedule.Bound) (unit.Duration, string) {
	bound, bottleneck := time.Duration(0), "nothing takes time"
	for i, s := range earliest {
		if s.end > bound {
			bound, bottleneck = s.end, chain(p, earliest, i)
		}
	}
	if limit := time.Duration(found.Value) * tick; found.Resource >= 0 && exact(acts) && limit > bound {
		r := resources(p)[found.Resource]
		bound, bottleneck = limit, fmt.Sprintf("the %s at %s", r.name, r.site)
	}
	return unit.Duration(bound), bottleneck
}

// exact says whether all durations are whole ticks: only then a bound in ticks is a bound.
func exact(acts []activity) bool {
	return !slices.ContainsFunc(acts, func(a activity) bool { return a.duration%tick != 0 })
}

// chain says in words what the longest chain that ends with an activity is, its services first to last.
func chain(p *estate.Plan, earliest []span, i int) string {
	var names []string
	for ; i >= 0; i = earliest[i].opener {
		if name := string(p.Steps[i].Service); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	slices.Reverse(names)
	if len(names) == 1 {
		return "the steps of " + names[0]
	}
	return "the longest chain of needs, " + strings.Join(names, " → ")
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func invert(order []int) []int {
	rank := make([]int, len(order))
	for position, i := range order {
		rank[i] = position
	}
	return rank
}

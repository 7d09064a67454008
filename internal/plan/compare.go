package plan

import (
	"cmp"
	"slices"
	"time"

	"reprise/internal/estate"
)

// Way is one way of carrying out the same recovery.
type Way struct {
	Name     string        `json:"name"`
	Makespan time.Duration `json:"-"`
	Tier1    time.Duration `json:"-"` // last of tier 1 back; 0 where there is none
	Away     time.Duration `json:"-"` // how long services are away, all together
}

// priorityGroups is how many groups recovery products put services into, one after another.
const priorityGroups = 5

// Compare carries a plan out, in virtual time, as other tools and people would: one service after another; in five
// priority groups, each of which waits for the one before; and as a build tool does, in any order that the needs allow.
// The plan itself comes first.
func Compare(est estate.Estate, p estate.Plan) []Way {
	acts := activities(est, p.Steps)
	planned := make([]span, len(p.Steps))
	for i, step := range p.Steps {
		planned[i] = span{start: step.Start.Std(), end: step.End.Std()}
	}
	byName := identity(len(acts))
	slices.SortFunc(byName, func(a, b int) int { return cmp.Compare(p.Steps[a].ID, p.Steps[b].ID) })
	return []Way{
		wayOf("this plan", p.Steps, planned),
		wayOf("in any order that the needs allow", p.Steps, simulate(acts, p.Capacity, invert(byName)).spans),
		wayOf("in five priority groups", p.Steps, inGroups(p, acts)),
		wayOf("one by one", p.Steps, oneByOne(acts)),
	}
}

func wayOf(name string, steps []estate.PlannedStep, spans []span) Way {
	way := Way{Name: name}
	way.Makespan, way.Away = measure(steps, spans)
	for i, step := range steps {
		if step.Tier == 1 {
			way.Tier1 = max(way.Tier1, spans[i].end)
		}
	}
	return way
}

// oneByOne runs steps in the order of the plan, each when the one before has ended.
func oneByOne(acts []activity) []span {
	spans := make([]span, len(acts))
	now := time.Duration(0)
	for i, act := range acts {
		spans[i] = span{start: now, end: now + act.duration}
		now += act.duration
	}
	return spans
}

// inGroups cuts the services, in the order in which the plan has them back, into groups of about the same size, and begins
// each group when the one before is back.
func inGroups(p estate.Plan, acts []activity) []span {
	back := map[estate.ServiceID]time.Duration{}
	first := map[estate.ServiceID]int{}
	for i, step := range p.Steps {
		back[step.Service] = max(back[step.Service], step.End.Std())
		if _, seen := first[step.Service]; !seen {
			first[step.Service] = i
		}
	}
	services := make([]estate.ServiceID, 0, len(back))
	for id := range back {
		services = append(services, id)
	}
	slices.SortFunc(services, func(a, b estate.ServiceID) int {
		return cmp.Or(cmp.Compare(back[a], back[b]), cmp.Compare(first[a], first[b]))
	})
	group := map[estate.ServiceID]int{}
	for i, id := range services {
		group[id] = i * priorityGroups / len(services)
	}
	// A service goes at the earliest with the first alternative of everything that it needs.
	for moved := true; moved; {
		moved = false
		for i, step := range p.Steps {
			for _, gate := range acts[i].gates {
				first := priorityGroups
				for _, other := range gate {
					first = min(first, group[p.Steps[other].Service])
				}
				if group[step.Service] < first {
					group[step.Service] = first
					moved = true
				}
			}
		}
	}

	spans := make([]span, len(acts))
	begin := time.Duration(0)
	for g := range priorityGroups {
		members, place := []int{}, make(map[int]int)
		for i, step := range p.Steps {
			if group[step.Service] == g {
				place[i] = len(members)
				members = append(members, i)
			}
		}
		part := make([]activity, len(members))
		for at, i := range members {
			part[at] = activity{duration: acts[i].duration, demand: acts[i].demand}
			for _, gate := range acts[i].gates {
				if inside := within(gate, place); len(inside) == len(gate) || !earlier(gate, p.Steps, group, g) {
					part[at].gates = append(part[at].gates, inside)
				}
			}
		}
		end := begin
		for at, s := range simulate(part, p.Capacity, identity(len(part))).spans {
			spans[members[at]] = span{start: begin + s.start, end: begin + s.end}
			end = max(end, begin+s.end)
		}
		begin = end
	}
	return spans
}

// within returns the alternatives of a gate that are in the group, by their place in it.
func within(gate []int, place map[int]int) []int {
	var inside []int
	for _, i := range gate {
		if at, is := place[i]; is {
			inside = append(inside, at)
		}
	}
	return inside
}

// earlier says whether an alternative of a gate is in a group before g: then the gate is open when g begins.
func earlier(gate []int, steps []estate.PlannedStep, group map[estate.ServiceID]int, g int) bool {
	return slices.ContainsFunc(gate, func(i int) bool { return group[steps[i].Service] < g })
}

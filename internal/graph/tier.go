package graph

import (
	"maps"
	"slices"

	"reprise/internal/estate"
)

// EffectiveTiers returns every service's effective tier: the best among its own and those of all that need it, however
// indirectly. Where a need has alternatives, the destroyed ones inherit only if none of them survives.
func EffectiveTiers(est estate.Estate, destroyed []estate.ServiceID) map[estate.ServiceID]int {
	gone := map[estate.ServiceID]bool{}
	for _, id := range destroyed {
		gone[id] = true
	}
	byTier := slices.SortedFunc(maps.Keys(est.Services), func(a, b estate.ServiceID) int {
		return est.Services[a].Tier - est.Services[b].Tier
	})

	tiers := make(map[estate.ServiceID]int, len(est.Services))
	for _, root := range byTier {
		tier := est.Services[root].Tier
		stack := []estate.ServiceID{root}
		for len(stack) > 0 {
			id := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if _, seen := tiers[id]; seen {
				continue // reached before from a better tier, or from this one
			}
			tiers[id] = tier
			for _, need := range est.Services[id].Needs {
				survives := slices.ContainsFunc(need.AnyOf, func(s estate.ServiceID) bool { return !gone[s] })
				for _, other := range need.AnyOf {
					if !survives || !gone[other] {
						stack = append(stack, other)
					}
				}
			}
		}
	}
	return tiers
}

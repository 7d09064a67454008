package graph

import (
	"maps"
	"slices"

	"reprise/internal/estate"
)

// Impact is what a loss does. A service stands in one set at most, the first that applies.
type Impact struct {
	Destroyed []estate.ServiceID // their placement is lost: only these are rebuilt
	Starved   []estate.ServiceID // a need is destroyed or starved
	CutOff    []estate.ServiceID // what they are behind is lost
	Degraded  []estate.ServiceID // some but not all alternatives of a need are lost
}

// ImpactOf computes what the loss does to services placed so. A need that is cut off counts as lost only for consumers at
// other sites, which can no longer reach it.
func ImpactOf(est estate.Estate, at Placement, loss Loss) Impact {
	destroyed, cutOff := map[estate.ServiceID]bool{}, map[estate.ServiceID]bool{}
	for id, service := range est.Services {
		switch {
		case loss.Services[id] || loss.Platforms[at[id]]:
			destroyed[id] = true
		case slices.ContainsFunc(service.Behind, func(p estate.PlatformID) bool {
			return loss.Platforms[passed(est, p, at.SiteOf(est, id))]
		}):
			cutOff[id] = true
		}
	}
	starved, degraded := starve(est, at, destroyed, cutOff)

	var impact Impact
	for _, id := range slices.Sorted(maps.Keys(est.Services)) {
		switch {
		case destroyed[id]:
			impact.Destroyed = append(impact.Destroyed, id)
		case starved[id]:
			impact.Starved = append(impact.Starved, id)
		case cutOff[id]:
			impact.CutOff = append(impact.CutOff, id)
		case degraded[id]:
			impact.Degraded = append(impact.Degraded, id)
		}
	}
	return impact
}

// passed returns the member of a pair that is passed at a site: the platform itself, or the one that stands by for it
// there.
func passed(est estate.Estate, behind estate.PlatformID, site estate.SiteID) estate.PlatformID {
	if est.Platforms[behind].Site == site {
		return behind
	}
	for _, id := range slices.Sorted(maps.Keys(est.Platforms)) {
		other := est.Platforms[id]
		if other.Site == site && (other.StandbyFor == behind || est.Platforms[behind].StandbyFor == id) {
			return id
		}
	}
	return behind
}

// starve follows needs from what is lost to what can no longer work, each need looked at once per lost alternative.
func starve(est estate.Estate, at Placement, destroyed, cutOff map[estate.ServiceID]bool) (starved, degraded map[estate.ServiceID]bool) {
	type alternative struct {
		consumer estate.ServiceID
		need     int
	}
	consumers := map[estate.ServiceID][]alternative{}
	left := map[alternative]int{} // alternatives of a need that still work
	for id, service := range est.Services {
		for i, need := range service.Needs {
			left[alternative{id, i}] = len(need.AnyOf)
			for _, other := range need.AnyOf {
				consumers[other] = append(consumers[other], alternative{id, i})
			}
		}
	}

	starved, degraded = map[estate.ServiceID]bool{}, map[estate.ServiceID]bool{}
	queue := slices.Collect(maps.Keys(destroyed))
	lose := func(a alternative) {
		if left[a]--; left[a] > 0 {
			degraded[a.consumer] = true
			return
		}
		if !starved[a.consumer] && !destroyed[a.consumer] {
			starved[a.consumer] = true
			queue = append(queue, a.consumer)
		}
	}
	for id := range cutOff {
		for _, a := range consumers[id] {
			if at.SiteOf(est, a.consumer) != at.SiteOf(est, id) {
				lose(a)
			}
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, a := range consumers[id] {
			// What is cut off and starved besides was already lost to consumers at other sites.
			if cutOff[id] && at.SiteOf(est, a.consumer) != at.SiteOf(est, id) {
				continue
			}
			lose(a)
		}
	}
	return starved, degraded
}

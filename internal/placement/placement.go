// Package placement folds facts into where every service runs now.
//
// An estate's runs_on is only where a service starts; what happened since is in the journal. The package holds the fold
// and nothing else.
package placement

import (
	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/graph"
)

// Fold is where services were last placed by something that happened. The zero value knows of nothing.
type Fold struct {
	moved map[estate.ServiceID]estate.PlatformID
}

// Apply takes one more record.
func (f *Fold) Apply(rec fact.Record) {
	placed, is := rec.Body.(fact.ServicePlaced)
	if !is {
		return
	}
	if f.moved == nil {
		f.moved = map[estate.ServiceID]estate.PlatformID{}
	}
	f.moved[placed.Service] = placed.Platform
}

// Of returns where every service of the estate runs: where it was last placed, else where the estate starts it. A
// platform that the estate no longer knows does not count.
func (f *Fold) Of(est estate.Estate) graph.Placement {
	at := make(graph.Placement, len(est.Services))
	for id, service := range est.Services {
		at[id] = service.RunsOn
		if moved, found := f.moved[id]; found {
			if _, known := est.Platforms[moved]; known {
				at[id] = moved
			}
		}
	}
	return at
}

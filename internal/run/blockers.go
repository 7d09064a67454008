package run

import (
	"slices"

	"reprise/internal/estate"
)

// Blockers returns, for every step that cannot start because something before it failed, is held or was given up, the
// steps that are to blame: the ones that went wrong themselves, not those in between. A gate with a living alternative
// blocks nobody.
func (s *State) Blockers() map[estate.StepID][]estate.StepID {
	blamed := map[estate.StepID][]estate.StepID{}
	known := make([]bool, len(s.Steps))
	var blame func(i int) []estate.StepID
	blame = func(i int) []estate.StepID {
		id := s.Plan.Steps[i].ID
		switch s.Steps[i].State {
		case estate.Failed, estate.TimedOut, estate.Held, estate.Cancelled:
			return []estate.StepID{id}
		case estate.Pending:
		default:
			return nil
		}
		if known[i] {
			return blamed[id]
		}
		known[i] = true
		var culprits []estate.StepID
		for _, gate := range s.Plan.Steps[i].Gates {
			var gateCulprits []estate.StepID
			for _, other := range gate {
				j, found := s.byID[other]
				if !found {
					continue
				}
				those := blame(j)
				if len(those) == 0 {
					gateCulprits = nil
					break // this alternative may still open the gate
				}
				gateCulprits = append(gateCulprits, those...)
			}
			culprits = append(culprits, gateCulprits...)
		}
		slices.Sort(culprits)
		if culprits = slices.Compact(culprits); len(culprits) > 0 {
			blamed[id] = culprits
		}
		return culprits
	}
	for i := range s.Steps {
		if s.Steps[i].State == estate.Pending {
			blame(i)
		}
	}
	return blamed
}

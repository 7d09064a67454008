// Package recovery brings an estate back at another site: it turns a loss into a proposal that a person can agree to,
// refuses what is no recovery, and opens the run that carries it out.
//
// It guarantees that nothing is destroyed on a guess: what is up, or only cut off, is not rebuilt, and of two recoveries
// one at the most is live. How a plan is made is for package plan, and how it is executed for package run.
package recovery

import (
	"fmt"
	"slices"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/placement"
	"reprise/internal/run"
)

// History is the fold of a whole journal: every run, every estate that was loaded, and where services run now. The zero
// value is the history of an empty journal.
type History struct {
	Placement placement.Fold
	Runs      []*run.State // in the order in which they were opened
	Broken    map[estate.RunID]error
	Cuts      []fact.JournalCut
	Last      uint64 // number of the last record applied

	estates map[string]fact.EstateLoaded
	byID    map[estate.RunID]*run.State
	indexes map[estate.RunID]uint64
}

// Apply takes the next record. A fact that a run cannot follow does not stop the history: it is kept as the run's
// Broken, which stops whoever wants to drive that run.
func (h *History) Apply(rec fact.Record) {
	if h.byID == nil {
		h.byID, h.estates = map[estate.RunID]*run.State{}, map[string]fact.EstateLoaded{}
		h.Broken, h.indexes = map[estate.RunID]error{}, map[estate.RunID]uint64{}
	}
	h.Last = rec.Number
	h.indexes[rec.Run] = rec.Index
	h.Placement.Apply(rec)
	switch body := rec.Body.(type) {
	case fact.EstateLoaded:
		h.estates[body.Digest] = body
		return
	case fact.JournalCut:
		h.Cuts = append(h.Cuts, body)
		return
	}
	if rec.Run == "" || h.Broken[rec.Run] != nil {
		return
	}
	state := h.byID[rec.Run]
	if state == nil {
		state = &run.State{}
		h.byID[rec.Run] = state
		h.Runs = append(h.Runs, state)
	}
	if err := state.Apply(rec.Fact); err != nil {
		h.Broken[rec.Run] = fmt.Errorf("record %d: %w", rec.Number, err)
	}
}

// Index returns the index of the last record of a run, or of the records that belong to none.
func (h *History) Index(id estate.RunID) uint64 { return h.indexes[id] }

// Run returns a run by its ID, and whether there is one.
func (h *History) Run(id estate.RunID) (*run.State, bool) {
	state, found := h.byID[id]
	return state, found
}

// Estate returns the estate that a plan was made from.
func (h *History) Estate(digest string) (fact.EstateLoaded, bool) {
	loaded, found := h.estates[digest]
	return loaded, found
}

// Live returns the run that has been opened and has not ended, if there is one.
func (h *History) Live() (*run.State, bool) {
	i := slices.IndexFunc(h.Runs, func(s *run.State) bool { return !s.Status.Ended() })
	if i < 0 {
		return nil, false
	}
	return h.Runs[i], true
}

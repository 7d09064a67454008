package run

import (
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// advanceCancel gives a run up in order: living attempts are asked to end; when they have, the steps of every service
// that is not back yet are undone, last first; then the run is over. Services that are back stay.
func (m *Machine) advanceCancel(now time.Time) {
	if !m.asked {
		m.asked = true
		for i := range m.state.Steps {
			if live := m.state.Steps[i].Live; live != nil && live.Part == estate.Do {
				m.effect(CancelEffect, *live)
			}
		}
	}
	if m.doing() {
		return
	}
	waits := false
	undoing := map[estate.ServiceID]bool{}
	for i := len(m.state.Steps) - 1; i >= 0; i-- {
		service := m.state.Plan.Steps[i].Service
		if _, back := m.state.Placed[service]; back || undoing[service] || !m.toUndo(i) {
			continue
		}
		// One at a time per service: what was done first is undone last.
		undoing[service] = true
		step := &m.state.Steps[i]
		switch {
		case m.busy[i]:
		case step.Last != nil && step.Last.Part == estate.Undo && (step.State == estate.Held || step.State == estate.Failed):
			waits = true // for a person
		default:
			m.begin(now, i, estate.Undo)
		}
	}
	switch {
	case m.inFlight > 0:
	case !waits:
		m.emit(now, fact.RunEnded{State: estate.RunCancelled})
	case m.state.Status != estate.RunWaiting:
		m.emit(now, fact.RunWaits{})
	}
}

// doing says whether anything but an undo is under way.
func (m *Machine) doing() bool {
	for i := range m.state.Steps {
		if m.busy[i] {
			if live := m.state.Steps[i].Live; live == nil || live.Part == estate.Do {
				return true
			}
		}
	}
	return false
}

// toUndo says whether a step may have left something behind that its recipe knows how to undo.
func (m *Machine) toUndo(i int) bool {
	step := &m.state.Steps[i]
	return len(m.defs[i].Undo) > 0 && step.Attempts > 0 && !step.Undone
}

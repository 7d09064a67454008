// Package run executes a plan through the journal, so that it can be continued after anything.
//
// State is the fold of a run's facts. Machine decides: given the time and what happened, it returns the facts to make
// durable and then the effects to perform; it does no I/O, knows no clock and starts no goroutine. Driver is the only part
// that acts: it appends, then performs, and feeds what came of it back.
//
// Guarantees: no effect begins before its intent is durable; no step begins before its gates are open and its capacity is
// free; a machine's state is always equal to the fold of the facts that it returned; an attempt that was begun and whose
// end is not known is found, observed or handed to a person, and never simply run again. What a step does is for package
// action; whether a run should be opened at all is for package recovery.
package run

import (
	"fmt"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// State is how a run stands.
type State struct {
	ID       estate.RunID
	Plan     estate.Plan
	Opened   time.Time
	By       estate.Person
	Status   estate.RunState
	Started  time.Time // first
	Ended    time.Time // last, where it has ended
	Sessions int       // how many controllers have driven it
	Unfenced []estate.ServiceID
	Placed   map[estate.ServiceID]time.Time // services that are back, and since when
	Steps    []Step                         // as in the plan
	Index    uint64                         // of the last fact applied

	CancelledBy estate.Person
	Adopted     int // attempts of an earlier controller that were found alive
	Resolved    int // attempts of an earlier controller whose end was learned

	byID map[estate.StepID]int
}

// Step is how a step stands. Ready and Blocked are conclusions from other steps and are not kept here: see Machine and
// Blockers.
type Step struct {
	State     estate.StepState
	Attempts  int             // begun, of Do
	Undos     int             // begun, of Undo
	Failures  int             // attempts that failed since the beginning or the last retry by a person
	Live      *estate.Attempt // begun and without an end
	LiveSince time.Time
	Last      *fact.StepEnded // the last attempt that ended
	Observed  *fact.StepObserved
	RetryAt   time.Time
	Changed   time.Time // of State
	Reason    string    // why it is held, skipped, done by hand or failed
	By        estate.Person
	Undone    bool
	Inherited bool // Live was begun under an earlier controller
}

// Find returns the step's place in the plan.
func (s *State) Find(id estate.StepID) (int, bool) {
	i, found := s.byID[id]
	return i, found
}

// Apply takes the next fact of the run. It returns an error for a fact that cannot follow: one of another run, of an
// unknown step, or of a kind that this release does not know.
func (s *State) Apply(f fact.Fact) error {
	if s.ID == "" {
		opened, is := f.Body.(fact.RunPlanned)
		if !is {
			return fmt.Errorf("run %s begins with %s instead of its plan", f.Run, f.Body.Kind())
		}
		s.open(f, opened)
		return nil
	}
	if f.Run != s.ID {
		return fmt.Errorf("a fact of run %q was given to run %q", f.Run, s.ID)
	}
	s.Index++
	return s.apply(f)
}

func (s *State) open(f fact.Fact, opened fact.RunPlanned) {
	*s = State{
		ID: f.Run, Plan: opened.Plan, Opened: f.At, By: opened.By, Status: estate.Planned, Index: 1,
		Placed: map[estate.ServiceID]time.Time{},
		Steps:  make([]Step, len(opened.Plan.Steps)),
		byID:   make(map[estate.StepID]int, len(opened.Plan.Steps)),
	}
	for i, step := range opened.Plan.Steps {
		s.Steps[i] = Step{State: estate.Pending, Changed: f.At}
		s.byID[step.ID] = i
	}
}

func (s *State) apply(f fact.Fact) error {
	switch body := f.Body.(type) {
	case fact.OldCopiesNotFenced:
		s.Unfenced = body.Services
	case fact.RunStarted:
		s.Status, s.Started = estate.RunRunning, f.At
		s.Sessions++
	case fact.RunResumed:
		s.resume(f.At)
	case fact.RunPaused:
		s.Status = estate.RunPaused
	case fact.RunUnpaused:
		s.Status = estate.RunRunning
	case fact.RunInterrupted:
		if s.CancelledBy == "" {
			s.Status = estate.Interrupted
		}
	case fact.RunCancelRequested:
		s.Status, s.CancelledBy = estate.RunCancelling, body.By
	case fact.RunWaits:
		s.Status = estate.RunWaiting
	case fact.RunEnded:
		s.end(f.At, body.State)
	case fact.ServicePlaced:
		s.Placed[body.Service] = f.At
	default:
		return s.applyToStep(f)
	}
	return nil
}

// resume begins another session: what has no end yet was begun by somebody else, and is unknown until it is found.
func (s *State) resume(at time.Time) {
	s.Sessions++
	s.Status, s.Ended = s.moving(), time.Time{}
	for i := range s.Steps {
		if step := &s.Steps[i]; step.Live != nil {
			step.Inherited = true
			step.move(estate.Unknown, at)
		}
	}
}

func (s *State) end(at time.Time, state estate.RunState) {
	s.Status, s.Ended = state, at
	if state != estate.RunCancelled {
		return
	}
	for i := range s.Steps {
		switch step := &s.Steps[i]; step.State {
		case estate.Pending, estate.BackingOff:
			step.move(estate.Cancelled, at)
		}
	}
}

func (s *Step) move(to estate.StepState, at time.Time) {
	s.State, s.Changed = to, at
}

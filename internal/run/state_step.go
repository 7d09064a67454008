package run

import (
	"fmt"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// applyToStep takes a fact about one step.
func (s *State) applyToStep(f fact.Fact) error {
	id, about := stepOf(f.Body)
	if !about {
		return fmt.Errorf("run %s: this release does not know what a %s means; use the release that wrote it", s.ID, f.Body.Kind())
	}
	i, found := s.byID[id]
	if !found {
		return fmt.Errorf("run %s: %s is about step %q, which its plan does not have", s.ID, f.Body.Kind(), id)
	}
	step := &s.Steps[i]
	switch body := f.Body.(type) {
	case fact.StepIntended:
		step.begin(body.Attempt, f.At)
	case fact.StepAdopted:
		s.Adopted++
		step.move(estate.Running, f.At)
	case fact.StepEnded:
		if step.Inherited && body.Outcome != estate.AttemptLost {
			s.Resolved++
		}
		step.end(body, f.At)
	case fact.StepObserved:
		s.Resolved++
		step.observe(body, f.At)
	case fact.StepHeld:
		step.Reason = body.Reason
		step.move(estate.Held, f.At)
	case fact.StepRetried:
		step.retry(body, f.At)
		s.reopen()
	case fact.StepSkipped:
		step.decide(estate.Skipped, body.By, body.Reason, f.At, s.CancelledBy != "")
		s.reopen()
	case fact.StepDoneByHand:
		step.decide(estate.DoneByHand, body.By, body.Reason, f.At, s.CancelledBy != "")
		s.reopen()
	}
	if s.Status == estate.RunWaiting && step.State != estate.Held {
		s.Status = s.moving()
	}
	return nil
}

// moving is the status of a run in which something happens.
func (s *State) moving() estate.RunState {
	if s.CancelledBy != "" {
		return estate.RunCancelling
	}
	return estate.RunRunning
}

// reopen makes a run that failed one that can be resumed, once a person has decided about a step of it.
func (s *State) reopen() {
	if s.Status == estate.RunFailed {
		s.Status, s.Ended = estate.Interrupted, time.Time{}
	}
}

func stepOf(body fact.Body) (estate.StepID, bool) {
	switch b := body.(type) {
	case fact.StepIntended:
		return b.Step, true
	case fact.StepAdopted:
		return b.Step, true
	case fact.StepEnded:
		return b.Step, true
	case fact.StepObserved:
		return b.Step, true
	case fact.StepHeld:
		return b.Step, true
	case fact.StepRetried:
		return b.Step, true
	case fact.StepSkipped:
		return b.Step, true
	case fact.StepDoneByHand:
		return b.Step, true
	}
	return "", false
}

func (s *Step) begin(attempt estate.Attempt, at time.Time) {
	s.Live, s.LiveSince, s.Inherited = &attempt, at, false
	s.Observed, s.RetryAt, s.Reason, s.By = nil, time.Time{}, "", ""
	if attempt.Part == estate.Undo {
		s.Undos++
	} else {
		s.Attempts++
	}
	s.move(estate.Running, at)
}

func (s *Step) end(ended fact.StepEnded, at time.Time) {
	s.Live, s.Last, s.Inherited = nil, &ended, false
	s.Reason = ended.Reason
	if ended.Part == estate.Undo {
		s.endUndo(ended, at)
		return
	}
	switch ended.Outcome {
	case estate.AttemptDone:
		s.move(estate.Done, at)
	case estate.AttemptNotStarted:
		s.move(estate.Pending, at)
	case estate.AttemptLost:
		s.move(estate.Unknown, at)
	case estate.AttemptCancelled:
		s.move(estate.Cancelled, at)
	case estate.AttemptFailed, estate.AttemptTimedOut:
		s.Failures++
		switch {
		case ended.RetryAt != nil:
			s.RetryAt = *ended.RetryAt
			s.move(estate.BackingOff, at)
		case ended.Outcome == estate.AttemptTimedOut:
			s.move(estate.TimedOut, at)
		default:
			s.move(estate.Failed, at)
		}
	}
}

func (s *Step) endUndo(ended fact.StepEnded, at time.Time) {
	switch ended.Outcome {
	case estate.AttemptDone:
		s.Undone = true
		s.move(estate.Cancelled, at)
	case estate.AttemptNotStarted:
		s.move(estate.Cancelled, at)
	case estate.AttemptLost:
		s.move(estate.Unknown, at)
	default:
		s.move(estate.Failed, at)
	}
}

// observe takes what a look at the world found after the last attempt was lost.
func (s *Step) observe(seen fact.StepObserved, at time.Time) {
	s.Observed = &seen
	s.Reason = seen.Reason
	if seen.Exit == nil {
		return // unknown still: the machine decides what to make of that
	}
	undo := seen.Part == estate.Undo
	switch {
	case *seen.Exit == 0 && undo:
		s.move(estate.Cancelled, at) // the effect is still there: it is to be undone again
	case *seen.Exit == 0:
		s.move(estate.Done, at)
	case *seen.Exit == 1 && undo:
		s.Undone = true
		s.move(estate.Cancelled, at)
	case *seen.Exit == 1:
		s.move(estate.Pending, at)
	}
}

func (s *Step) retry(asked fact.StepRetried, at time.Time) {
	s.Failures, s.RetryAt, s.Reason, s.By = 0, time.Time{}, asked.Reason, asked.By
	s.Observed = nil
	s.move(estate.Pending, at)
}

// decide takes a person's word for a step. While a run is being cancelled it means that nothing is left to undo.
func (s *Step) decide(state estate.StepState, by estate.Person, reason string, at time.Time, cancelling bool) {
	s.By, s.Reason = by, reason
	s.RetryAt = time.Time{}
	if cancelling {
		s.Undone = true
		state = estate.Cancelled
	}
	s.move(state, at)
}

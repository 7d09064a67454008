package view

import (
	"fmt"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/run"
)

// Line says in one plain line what a fact means to somebody who follows a run in a log, or "" where it means nothing to
// them. The state is the run's after the fact.
func Line(est estate.Estate, s *run.State, f fact.Fact) string {
	text := said(s, f)
	if text == "" {
		return ""
	}
	since := time.Duration(0)
	if !s.Started.IsZero() {
		since = f.At.Sub(s.Started)
	}
	return fmt.Sprintf("%8s  %s", span(since), Clean(oneLine(text)))
}

func said(s *run.State, f fact.Fact) string {
	switch body := f.Body.(type) {
	case fact.OldCopiesNotFenced:
		return fmt.Sprintf("not fenced: nothing proves that the old copies of %s are dead", Count(len(body.Services), "service"))
	case fact.RunStarted:
		p := s.Plan
		return fmt.Sprintf("run %s started by %s: %s to restore, about %s, at best %s (%s)", s.ID, body.By,
			Count(len(p.Recovers), "service"), about(p.Forecast.Makespan.Std()), about(p.Forecast.LowerBound.Std()), p.Forecast.Bottleneck)
	case fact.RunResumed:
		return fmt.Sprintf("run %s resumed by %s: %d of %s restored", s.ID, body.By, len(s.Placed), Count(len(s.Plan.Recovers), "service"))
	case fact.RunPaused:
		return fmt.Sprintf("paused by %s%s: what runs goes on, nothing new begins", body.By, because(body.Reason))
	case fact.RunUnpaused:
		return fmt.Sprintf("resumed by %s", body.By)
	case fact.RunInterrupted:
		return fmt.Sprintf("interrupted by %s: commands that run go on under their wrappers", body.By)
	case fact.RunCancelRequested:
		return fmt.Sprintf("cancelled by %s%s: what is not back yet is undone", body.By, because(body.Reason))
	case fact.RunWaits:
		return "waiting: only a person can move it on, see reprise status"
	case fact.RunEnded:
		return fmt.Sprintf("run %s %s: %d of %s restored", s.ID, body.State, len(s.Placed), Count(len(s.Plan.Recovers), "service"))
	case fact.ServicePlaced:
		return fmt.Sprintf("%s restored on %s (%d of %d)", body.Service, body.Platform, len(s.Placed), len(s.Plan.Recovers))
	}
	return saidOfStep(f)
}

func saidOfStep(f fact.Fact) string {
	switch body := f.Body.(type) {
	case fact.StepAdopted:
		return fmt.Sprintf("%s is alive from before, and is waited for", body.Step)
	case fact.StepEnded:
		switch body.Outcome {
		case estate.AttemptFailed, estate.AttemptTimedOut, estate.AttemptLost:
			text := fmt.Sprintf("%s %s %s: %s", part(body.Attempt), body.Step, body.Outcome, body.Reason)
			if body.RetryAt != nil {
				text += fmt.Sprintf("; next attempt in %s", about(body.RetryAt.Sub(f.At)))
			}
			return strings.TrimSpace(text)
		}
	case fact.StepObserved:
		switch {
		case body.Exit == nil:
			return fmt.Sprintf("%s observed: no answer, %s", body.Step, body.Reason)
		case *body.Exit == 0:
			return fmt.Sprintf("%s observed: its effect is there", body.Step)
		case *body.Exit == 1:
			return fmt.Sprintf("%s observed: nothing took effect", body.Step)
		}
		return fmt.Sprintf("%s observed: it cannot tell (exit code %d)", body.Step, *body.Exit)
	case fact.StepHeld:
		return fmt.Sprintf("%s held for a person: %s", body.Step, body.Reason)
	case fact.StepRetried:
		return fmt.Sprintf("%s to be tried again, asked by %s%s", body.Step, body.By, because(body.Reason))
	case fact.StepSkipped:
		return fmt.Sprintf("%s skipped by %s%s", body.Step, body.By, because(body.Reason))
	case fact.StepDoneByHand:
		return fmt.Sprintf("%s done by hand by %s%s", body.Step, body.By, because(body.Reason))
	}
	return ""
}

func part(a estate.Attempt) string {
	if a.Part == estate.Undo {
		return "undoing"
	}
	return ""
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

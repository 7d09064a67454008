package action

import (
	"context"
	"fmt"
	"time"

	"reprise/internal/estate"
	"reprise/internal/probe"
	"reprise/internal/unit"
)

// askWithin is how long a surviving or starved service has to answer.
const askWithin = unit.Duration(time.Minute)

// The pause between two questions grows from the first to the last of these, so that what comes up fast is seen fast and
// what comes up slowly is not pestered.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
	askLimit   = 5 * time.Second // for one question
)

// Probe performs steps that wait for a service to answer: asked again until it is green, or its time is up.
type Probe struct{}

// Do asks until the target is green or the step's time is up.
func (Probe) Do(ctx context.Context, req Request) (estate.Result, error) {
	target, err := probe.Parse(req.Target)
	if err != nil {
		return estate.Result{Outcome: estate.AttemptFailed, Reason: err.Error()}, nil
	}
	deadline := time.NewTimer(req.Step.Timeout.Std())
	defer deadline.Stop()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		answer := probe.Ask(ctx, target, min(askLimit, req.Step.Timeout.Std()))
		if ctx.Err() != nil {
			return estate.Result{}, ctx.Err()
		}
		if answer.Green {
			return estate.Result{Outcome: estate.AttemptDone}, nil
		}
		next := time.NewTimer(pause)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return estate.Result{}, ctx.Err()
		case <-req.Cancelled:
			next.Stop()
			return estate.Result{Outcome: estate.AttemptCancelled, Reason: "it was cancelled"}, nil
		case <-deadline.C:
			next.Stop()
			reason := fmt.Sprintf("%s was not green within %s: %s", target, req.Step.Timeout, answer.Seen)
			return estate.Result{Outcome: estate.AttemptTimedOut, Reason: reason}, nil
		}
	}
}

// Find says that the attempt was not started: a question leaves nothing behind, so the next one is the first.
func (Probe) Find(context.Context, Request, func()) (estate.Result, error) {
	return estate.Result{Outcome: estate.AttemptNotStarted, Reason: "its questions ended with the controller that asked them"}, nil
}

// Observe is never needed: Find always knows.
func (Probe) Observe(context.Context, Request) (Observation, error) {
	return Observation{Reason: "a question has no effect to observe"}, nil
}

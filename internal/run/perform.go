package run

import (
	"context"

	"reprise/internal/action"
	"reprise/internal/estate"
)

// perform begins one effect. Its report reaches the loop through the inbox; where the session ended first, there is none,
// and the next session finds out.
func (d *Driver) perform(ctx context.Context, effect Effect) {
	step := effect.Attempt.Step
	if effect.Verb == CancelEffect {
		if asked := d.asked[step]; asked != nil {
			close(asked)
			d.asked[step] = nil
		}
		return
	}
	i, _ := d.machine.State().Find(step)
	planned := d.machine.State().Plan.Steps[i]
	req := action.Resolve(d.Estate, d.Folder, d.machine.State().ID, planned, effect.Attempt, effect.Key)
	asked := make(chan struct{})
	d.asked[step] = asked
	req.Cancelled = asked
	d.effects.Go(func() {
		if report := d.act(ctx, effect, planned.Kind, req); report != nil {
			d.inbox <- report
		}
	})
}

func (d *Driver) act(ctx context.Context, effect Effect, kind estate.StepKind, req action.Request) any {
	act, err := d.Actions.Of(kind)
	if err != nil {
		return Ended{effect.Attempt, estate.Result{Outcome: estate.AttemptFailed, Reason: err.Error()}}
	}
	switch effect.Verb {
	case ObserveEffect:
		seen, err := act.Observe(ctx, req)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			seen = action.Observation{Reason: err.Error()}
		}
		return Observed{effect.Attempt, seen.Exit, seen.Reason}
	case FindEffect:
		result, err := act.Find(ctx, req, func() { d.inbox <- Adopted{effect.Attempt} })
		return d.ended(ctx, effect, result, err)
	default:
		result, err := act.Do(ctx, req)
		return d.ended(ctx, effect, result, err)
	}
}

// ended reports an attempt's result. An action that cannot say how its attempt ended has lost it: what follows is for the
// machine, and the rest of the run goes on.
func (d *Driver) ended(ctx context.Context, effect Effect, result estate.Result, err error) any {
	if err != nil && ctx.Err() != nil {
		return nil
	}
	if err != nil {
		d.Debug.Warn("attempt lost", "step", effect.Attempt.Step, "attempt", effect.Attempt.Number, "error", err)
		result = estate.Result{Outcome: estate.AttemptLost, Reason: err.Error()}
	}
	return Ended{effect.Attempt, result}
}

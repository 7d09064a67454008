// Package action is what the steps of a plan can do: a contract, and one file per kind.
//
// An action performs one attempt, and can tell after any crash what became of it. It never decides whether an attempt
// should be made, made again or given up, and it writes nothing to the journal.
package action

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"reprise/internal/estate"
)

// Request is one attempt of one step, with everything resolved that its action needs.
type Request struct {
	Run     estate.RunID
	Attempt estate.Attempt
	Key     estate.EffectKey
	Service estate.ServiceID
	Site    estate.SiteID
	Step    estate.Step
	Params  map[string]string
	At      string // the service's address at the site
	Target  string // the probe's URL, for steps that ask
	Folder  string // the estate's, absolute
	Secrets map[estate.SecretID]estate.Secret

	// Cancelled is closed when a person gives the run up. The attempt is then asked to end; its end is reported as always.
	Cancelled <-chan struct{}
}

// Observation is what a look at the world said about a lost attempt.
type Observation struct {
	Exit   *int // 0 the effect is there, 1 nothing took effect; nil: the question could not be asked
	Reason string
}

// Action performs the attempts of one kind of step. Its methods may be called from many goroutines, for one attempt from
// one at a time.
type Action interface {
	// Do performs the attempt and returns its result. It is called once per attempt at the most. If ctx is done first, it
	// leaves the attempt to itself (a command runs on under its wrapper) and returns ctx's error; so what it returns an
	// error for has no outcome yet, and is found again with Find.
	Do(ctx context.Context, req Request) (estate.Result, error)

	// Find tells what became of an attempt that an earlier controller may have begun: not-started (and it never will
	// be), lost, or how it ended. Where it is alive, Find calls alive and waits for its end. Errors are as for Do.
	Find(ctx context.Context, req Request, alive func()) (estate.Result, error)

	// Observe asks the world whether the step's effect is there. It changes nothing.
	Observe(ctx context.Context, req Request) (Observation, error)
}

// Set is the action for every kind of planned step.
type Set map[estate.StepKind]Action

// Of returns the action of a kind. A kind without one is a mistake in the program's wiring.
func (s Set) Of(kind estate.StepKind) (Action, error) {
	a, found := s[kind]
	if !found {
		return nil, fmt.Errorf("no action performs steps of kind %q", kind)
	}
	return a, nil
}

// Resolve fills in what an attempt of a planned step needs from the estate. Parameters and targets get the service's
// address at the site and its name in place of {at} and {name}.
func Resolve(est estate.Estate, folder string, run estate.RunID, planned estate.PlannedStep, attempt estate.Attempt, key estate.EffectKey) Request {
	service := est.Services[planned.Service]
	req := Request{
		Run: run, Attempt: attempt, Key: key, Service: planned.Service, Site: planned.Site,
		At: service.At[planned.Site], Folder: folder, Secrets: map[estate.SecretID]estate.Secret{},
	}
	fill := strings.NewReplacer("{at}", req.At, "{name}", service.Name)
	switch planned.Kind {
	case estate.AskNeed, estate.AskAgain:
		req.Step = estate.Step{Probe: estate.OwnProbe, Timeout: askWithin}
	default:
		req.Step = est.Recipes[planned.Recipe].Steps[planned.Index]
		if service.Recovery != nil {
			req.Params = maps.Clone(service.Recovery.With)
		}
	}
	for name, value := range req.Params {
		req.Params[name] = fill.Replace(value)
	}
	req.Target = req.Step.Probe
	if req.Step.Probe == estate.OwnProbe {
		req.Target = service.Probe
	}
	req.Target = fill.Replace(req.Target)
	for _, id := range req.Step.Secrets {
		req.Secrets[id] = est.Secrets[id]
	}
	return req
}

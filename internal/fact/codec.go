package fact

import (
	"encoding/json"
	"fmt"
)

// version is what this release writes of a kind, and how each version up to it is read.
type version struct {
	current int
	decode  func(version int, raw []byte) (Body, error)
}

// as reads a kind that has had one version only.
func as[B Body](version int, raw []byte) (Body, error) {
	var body B
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	return body, nil
}

// kinds is every kind of fact that this release knows. Never remove or rename a line: journals replay for ever.
var kinds = map[Kind]version{
	"estate-loaded":         {1, as[EstateLoaded]},
	"run-planned":           {1, as[RunPlanned]},
	"old-copies-not-fenced": {1, as[OldCopiesNotFenced]},
	"run-started":           {1, as[RunStarted]},
	"run-resumed":           {1, as[RunResumed]},
	"run-paused":            {1, as[RunPaused]},
	"run-unpaused":          {1, as[RunUnpaused]},
	"run-interrupted":       {1, as[RunInterrupted]},
	"run-cancel-requested":  {1, as[RunCancelRequested]},
	"run-waits":             {1, as[RunWaits]},
	"run-ended":             {1, as[RunEnded]},
	"step-intended":         {1, as[StepIntended]},
	"step-adopted":          {1, as[StepAdopted]},
	"step-ended":            {1, as[StepEnded]},
	"step-observed":         {1, as[StepObserved]},
	"step-held":             {1, as[StepHeld]},
	"step-retried":          {1, as[StepRetried]},
	"step-skipped":          {1, as[StepSkipped]},
	"step-done-by-hand":     {1, as[StepDoneByHand]},
	"service-placed":        {1, as[ServicePlaced]},
	"journal-cut":           {1, as[JournalCut]},
}

func (EstateLoaded) Kind() Kind       { return "estate-loaded" }
func (RunPlanned) Kind() Kind         { return "run-planned" }
func (OldCopiesNotFenced) Kind() Kind { return "old-copies-not-fenced" }
func (RunStarted) Kind() Kind         { return "run-started" }
func (RunResumed) Kind() Kind         { return "run-resumed" }
func (RunPaused) Kind() Kind          { return "run-paused" }
func (RunUnpaused) Kind() Kind        { return "run-unpaused" }
func (RunInterrupted) Kind() Kind     { return "run-interrupted" }
func (RunCancelRequested) Kind() Kind { return "run-cancel-requested" }
func (RunWaits) Kind() Kind           { return "run-waits" }
func (RunEnded) Kind() Kind           { return "run-ended" }
func (StepIntended) Kind() Kind       { return "step-intended" }
func (StepAdopted) Kind() Kind        { return "step-adopted" }
func (StepEnded) Kind() Kind          { return "step-ended" }
func (StepObserved) Kind() Kind       { return "step-observed" }
func (StepHeld) Kind() Kind           { return "step-held" }
func (StepRetried) Kind() Kind        { return "step-retried" }
func (StepSkipped) Kind() Kind        { return "step-skipped" }
func (StepDoneByHand) Kind() Kind     { return "step-done-by-hand" }
func (ServicePlaced) Kind() Kind      { return "service-placed" }
func (JournalCut) Kind() Kind         { return "journal-cut" }
func (u Unknown) Kind() Kind          { return u.Name }

// Encode returns the version and JSON of a body, as a journal stores them.
func Encode(b Body) (version int, raw []byte, err error) {
	if u, unknown := b.(Unknown); unknown {
		return u.Version, u.Raw, nil
	}
	known, found := kinds[b.Kind()]
	if !found {
		return 0, nil, fmt.Errorf("encode fact: kind %q has no line in the table of kinds", b.Kind())
	}
	raw, err = json.Marshal(b)
	if err != nil {
		return 0, nil, fmt.Errorf("encode fact %s: %w", b.Kind(), err)
	}
	return known.current, raw, nil
}

// Decode reads a body as Encode wrote it, in this release or an older one. A kind or version that it does not know is
// returned as Unknown, without an error; JSON that does not fit a known kind is an error.
func Decode(kind Kind, version int, raw []byte) (Body, error) {
	known, found := kinds[kind]
	if !found || version > known.current || version < 1 {
		return Unknown{Name: kind, Version: version, Raw: append([]byte(nil), raw...)}, nil
	}
	body, err := known.decode(version, raw)
	if err != nil {
		return nil, fmt.Errorf("decode fact %s version %d: %w", kind, version, err)
	}
	return body, nil
}

// Package fact defines every kind of fact: what can be said to have happened.
//
// Facts are data only. They are appended and never changed, so their kinds and fields are never reordered, reused or
// removed: a new meaning is a new version, and an old one is upcast when it is read. What is known follows from the facts
// by folding them; no fact is a conclusion that a fold could reach by itself, except those that a decision was made of.
package fact

import (
	"time"

	"reprise/internal/estate"
)

// Kind names a kind of fact in a journal.
type Kind string

// Body is what a fact says.
type Body interface{ Kind() Kind }

// Fact is something that happened.
type Fact struct {
	Run  estate.RunID // the run that it belongs to, or "" for the estate as a whole
	At   time.Time    // when it happened, at its source
	Body Body
}

// Record is a fact as a journal holds it.
type Record struct {
	Fact
	Number   uint64    // in the journal, from 1
	Index    uint64    // in its run, from 1
	Recorded time.Time // when the journal took it
}

// File is one file that an estate was read from.
type File struct {
	Name   string `json:"name"` // relative to the estate's folder
	SHA256 string `json:"sha256"`
}

// EstateLoaded says that an estate was read. It carries the whole estate, so that what follows can be understood when
// the files have changed.
type EstateLoaded struct {
	Digest string        `json:"digest"` // of the estate as carried here
	Folder string        `json:"folder"`
	Files  []File        `json:"files"`
	Estate estate.Estate `json:"estate"`
}

// RunPlanned opens a run with its plan.
type RunPlanned struct {
	Plan estate.Plan   `json:"plan"`
	By   estate.Person `json:"by"`
}

// OldCopiesNotFenced says that nothing has proven the old copies of these services dead.
type OldCopiesNotFenced struct {
	Services []estate.ServiceID `json:"services"`
}

// RunStarted says that a controller began to drive a run for the first time.
type RunStarted struct {
	By estate.Person `json:"by"`
}

// RunResumed says that a controller drives the run on. Every attempt without an outcome is unknown from here on.
type RunResumed struct {
	By estate.Person `json:"by"`
}

// RunPaused says that a person asked that nothing new be started.
type RunPaused struct {
	By     estate.Person `json:"by"`
	Reason string        `json:"reason,omitempty"`
}

// RunUnpaused says that a person asked a paused run, under a living controller, to go on.
type RunUnpaused struct {
	By estate.Person `json:"by"`
}

// RunInterrupted says that the controller stopped in good order and left running steps to their wrappers.
type RunInterrupted struct {
	By estate.Person `json:"by"`
}

// RunCancelRequested says that a person asked to give the run up.
type RunCancelRequested struct {
	By     estate.Person `json:"by"`
	Reason string        `json:"reason,omitempty"`
}

// RunWaits says that only a person can move the run.
type RunWaits struct{}

// RunEnded says that nothing more will happen in the run by itself.
type RunEnded struct {
	State estate.RunState `json:"state"`
}

// StepIntended says that an attempt is about to begin. It is durable before anything is done.
type StepIntended struct {
	estate.Attempt
	Key estate.EffectKey `json:"key"`
}

// StepAdopted says that an attempt begun under another controller is alive and is waited for.
type StepAdopted struct {
	estate.Attempt
}

// StepEnded says how an attempt ended, and when the next one is due if the recipe allows one without asking.
type StepEnded struct {
	estate.Attempt
	estate.Result
	RetryAt *time.Time `json:"retry_at,omitempty"`
}

// StepObserved says what a look at the world found after an attempt was lost.
type StepObserved struct {
	estate.Attempt
	// Exit is the observation's exit code: 0 the effect is there, 1 nothing took effect. Nil: it gave none.
	Exit   *int   `json:"exit,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// StepHeld says that the machine will not touch the step until a person has decided.
type StepHeld struct {
	Step   estate.StepID `json:"step"`
	Reason string        `json:"reason"`
}

// StepRetried says that a person asked for another attempt.
type StepRetried struct {
	Step   estate.StepID `json:"step"`
	By     estate.Person `json:"by"`
	Reason string        `json:"reason,omitempty"`
}

// StepSkipped says that a person decided to go on without the step.
type StepSkipped struct {
	Step   estate.StepID `json:"step"`
	By     estate.Person `json:"by"`
	Reason string        `json:"reason"`
}

// StepDoneByHand says that a person did what the step would have done.
type StepDoneByHand struct {
	Step   estate.StepID `json:"step"`
	By     estate.Person `json:"by"`
	Reason string        `json:"reason,omitempty"`
}

// ServicePlaced says where a service runs from now on.
type ServicePlaced struct {
	Service  estate.ServiceID  `json:"service"`
	Platform estate.PlatformID `json:"platform"`
}

// JournalCut says that an incomplete last line was cut off when the journal was opened.
type JournalCut struct {
	Segment string `json:"segment"`
	Offset  int64  `json:"offset"`
	Bytes   int64  `json:"bytes"`
}

// Unknown is a fact of a kind or version that this release does not know. Views pass over it; machines stop.
type Unknown struct {
	Name    Kind
	Version int
	Raw     []byte
}

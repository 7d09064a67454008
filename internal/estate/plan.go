package estate

import (
	"time"

	"reprise/internal/unit"
)

// RunID names one execution of a plan.
type RunID string

// StepID names a planned step: service/step.
type StepID string

// EffectKey names one attempt of one part of a step. An agent or a script that has seen a key never acts on it twice.
type EffectKey string

// Person is who did something, as the system that asked knows them: user@host.
type Person string

// Plan is an ordered recovery: what is rebuilt, where, after what, and when each step is expected to run. It refers to
// the estate that it was made from for what each step does.
type Plan struct {
	Lost     []string        `json:"lost"`   // as it was asked for
	Estate   string          `json:"estate"` // digest of the estate that it was made from
	Recovers []Move          `json:"recovers"`
	Starved  []ServiceID     `json:"starved,omitempty"` // lost only what they need: re-probed, not rebuilt
	Stranded []Stranded      `json:"stranded,omitempty"`
	Steps    []PlannedStep   `json:"steps"` // by planned start; the order is the priority of dispatch
	Capacity map[SiteID]Uses `json:"capacity,omitempty"`
	Forecast Forecast        `json:"forecast"`

	Schedules int    `json:"schedules,omitempty"` // how many were looked at
	Seed      uint64 `json:"seed,omitempty"`
}

// Move is a service that the plan brings from one platform to another.
type Move struct {
	Service ServiceID     `json:"service"`
	From    PlatformID    `json:"from"`
	To      PlatformID    `json:"to"`
	Tier    int           `json:"tier"`  // effective: the best among all that need it
	Ready   unit.Duration `json:"ready"` // planned, from the start of the run
	Loses   unit.Duration `json:"loses,omitempty"`
}

// Stranded is a destroyed service that cannot be recovered, and why.
type Stranded struct {
	Service ServiceID `json:"service"`
	Because string    `json:"because"`
}

// StepKind says what a planned step does.
type StepKind string

const (
	RunStep   StepKind = "run"   // a step of the recipe that runs a command
	ProbeStep StepKind = "probe" // a step of the recipe that waits for an answer
	AskNeed   StepKind = "need"  // asks a surviving service, from the recovery site, before others build on it
	AskAgain  StepKind = "again" // asks a starved service once what it lost is back
)

// PlannedStep is one step of one service in a plan.
type PlannedStep struct {
	ID      StepID    `json:"id"`
	Service ServiceID `json:"service"`
	Kind    StepKind  `json:"kind"`
	Recipe  RecipeID  `json:"recipe,omitempty"`
	Index   int       `json:"index"` // in the recipe
	Site    SiteID    `json:"site"`
	Tier    int       `json:"tier"`
	// Gates must all be open before the step may start; a gate is open when one of its steps is done.
	Gates [][]StepID    `json:"gates,omitempty"`
	Start unit.Duration `json:"start"` // planned, from the start of the run
	End   unit.Duration `json:"end"`
}

// Forecast is what a plan promises, and how good it can be at best.
type Forecast struct {
	Makespan   unit.Duration `json:"makespan"`
	LowerBound unit.Duration `json:"lower_bound"` // no schedule is shorter
	Bottleneck string        `json:"bottleneck"`  // what makes the lower bound: "lanes at secours", "critical path a → b"
	OneByOne   unit.Duration `json:"one_by_one"`  // the sum of all declared durations
}

// RunState says how a run stands.
type RunState string

const (
	Planned                 RunState = "planned"
	RunRunning              RunState = "running"
	RunPaused               RunState = "paused"
	RunWaiting              RunState = "waiting" // only a person can move it
	Interrupted             RunState = "interrupted"
	RunCancelling           RunState = "cancelling"
	RunCancelled            RunState = "cancelled"
	Completed               RunState = "completed"
	CompletedWithExceptions RunState = "completed-with-exceptions"
	RunFailed               RunState = "failed"
)

// Ended says whether nothing more happens in such a run unless a person reopens it.
func (s RunState) Ended() bool {
	switch s {
	case RunCancelled, Completed, CompletedWithExceptions, RunFailed:
		return true
	}
	return false
}

// StepState says how a step stands.
type StepState string

const (
	Pending    StepState = "pending"
	Ready      StepState = "ready" // nothing but capacity is missing
	Running    StepState = "running"
	BackingOff StepState = "waiting" // for its next attempt
	Held       StepState = "held"    // for a person
	Blocked    StepState = "blocked" // by something that failed
	Done       StepState = "done"
	DoneByHand StepState = "done-by-hand"
	Skipped    StepState = "skipped"
	Failed     StepState = "failed"
	TimedOut   StepState = "timed-out"
	Cancelled  StepState = "cancelled"
	Unknown    StepState = "unknown" // it was begun, and what became of it has not been learned yet
)

// Passed says whether what comes after such a step may go on.
func (s StepState) Passed() bool { return s == Done || s == DoneByHand || s == Skipped }

// Outcome is how one attempt ended.
type Outcome string

const (
	AttemptDone       Outcome = "done"
	AttemptFailed     Outcome = "failed"
	AttemptTimedOut   Outcome = "timed-out"
	AttemptCancelled  Outcome = "cancelled"
	AttemptNotStarted Outcome = "not-started" // proven: it never ran and never will
	AttemptLost       Outcome = "lost"        // it began, and its end was not recorded
)

// Part says which of a step's commands an attempt runs.
type Part string

const (
	Do   Part = "do"
	Undo Part = "undo"
)

// Attempt names one try of one part of a step, numbered from 1.
type Attempt struct {
	Step   StepID `json:"step"`
	Part   Part   `json:"part"`
	Number int    `json:"number"`
}

// Result is what is known of an attempt that has ended.
type Result struct {
	Outcome Outcome `json:"outcome"`
	Exit    *int    `json:"exit,omitempty"` // of the process, where it had one
	// Reason says in words why it is not done. It is shown to people.
	Reason string `json:"reason,omitempty"`
	// Ended is when it ended, where that is known better than by whoever reports it.
	Ended *time.Time `json:"ended,omitempty"`
	// RecoveryPoint is the instant of the data that the step restored, as the step itself reported it.
	RecoveryPoint *time.Time        `json:"recovery_point,omitempty"`
	Outputs       map[string]string `json:"outputs,omitempty"`
}

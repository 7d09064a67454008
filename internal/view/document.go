package view

import (
	"encoding/json"
	"io"
	"time"

	"reprise/internal/estate"
	"reprise/internal/run"
)

// Schemas of the JSON documents. A number rises when something that was there changes its meaning or goes away.
const (
	PlanSchema   = "reprise/plan/1"
	RunSchema    = "reprise/run/1"
	StatusSchema = "reprise/status/1"
	ListSchema   = "reprise/runs/1"
	CheckSchema  = "reprise/check/1"
)

// PlanDocument is a saved or printed plan.
type PlanDocument struct {
	Schema string      `json:"schema"`
	Plan   estate.Plan `json:"plan"`
}

// RunDocument is a run as JSON: how it stands, and every step.
type RunDocument struct {
	Schema       string             `json:"schema"`
	Run          estate.RunID       `json:"run"`
	State        estate.RunState    `json:"state"`
	Lost         []string           `json:"lost"`
	Opened       time.Time          `json:"opened"`
	Started      *time.Time         `json:"started,omitempty"`
	Ended        *time.Time         `json:"ended,omitempty"`
	Services     int                `json:"services"`
	Restored     int                `json:"restored"`
	Sessions     int                `json:"sessions"`
	Adopted      int                `json:"adopted"`
	Resolved     int                `json:"unknown_resolved"`
	NotFenced    []estate.ServiceID `json:"not_fenced,omitempty"`
	ElapsedS     float64            `json:"elapsed_s"`
	RemainingS   *float64           `json:"remaining_s,omitempty"`
	MakespanS    float64            `json:"planned_makespan_s"`
	LowerBoundS  float64            `json:"lower_bound_s"`
	OneByOneS    float64            `json:"one_by_one_s"`
	Bottleneck   string             `json:"bottleneck"`
	ServicesBack []ServiceBack      `json:"services_back,omitempty"`
	Steps        []StepDocument     `json:"steps,omitempty"`
}

// ServiceBack is a service that was restored, and when.
type ServiceBack struct {
	Service estate.ServiceID  `json:"service"`
	Tier    int               `json:"tier"`
	On      estate.PlatformID `json:"on"`
	At      time.Time         `json:"at"`
	AfterS  float64           `json:"after_s"` // from the start of the run
}

// StepDocument is one step of a run.
type StepDocument struct {
	Step      estate.StepID    `json:"step"`
	State     estate.StepState `json:"state"`
	Attempts  int              `json:"attempts"`
	Reason    string           `json:"reason,omitempty"`
	BlockedBy []estate.StepID  `json:"blocked_by,omitempty"`
}

// DocumentOf draws a run's document. A run that nobody drives stands as its last fact says; what to call it is for the
// caller, who knows whether anybody does.
func DocumentOf(est estate.Estate, s *run.State, now time.Time, steps bool) RunDocument {
	b := BoardOf(est, s, now)
	f := s.Plan.Forecast
	d := RunDocument{
		Schema: RunSchema, Run: s.ID, State: s.Status, Lost: s.Plan.Lost, Opened: s.Opened,
		Services: b.Total, Restored: b.Restored, Sessions: s.Sessions, Adopted: s.Adopted, Resolved: s.Resolved,
		NotFenced: s.Unfenced, ElapsedS: b.Elapsed.Seconds(),
		MakespanS: f.Makespan.Seconds(), LowerBoundS: f.LowerBound.Seconds(), OneByOneS: f.OneByOne.Seconds(), Bottleneck: f.Bottleneck,
	}
	if !s.Started.IsZero() {
		d.Started = &s.Started
	}
	if !s.Ended.IsZero() {
		d.Ended = &s.Ended
	} else {
		left := b.ETA.Seconds()
		d.RemainingS = &left
	}
	for _, move := range s.Plan.Recovers {
		if at, back := s.Placed[move.Service]; back {
			d.ServicesBack = append(d.ServicesBack, ServiceBack{move.Service, move.Tier, move.To, at, at.Sub(s.Started).Seconds()})
		}
	}
	if !steps {
		return d
	}
	blockers := s.Blockers()
	for i, step := range s.Steps {
		id := s.Plan.Steps[i].ID
		state := step.State
		if blockers[id] != nil {
			state = estate.Blocked
		}
		d.Steps = append(d.Steps, StepDocument{id, state, step.Attempts, step.Reason, blockers[id]})
	}
	return d
}

// JSON writes a document, indented, with a line end.
func JSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(document)
}

// StatusDocument is how things stand.
type StatusDocument struct {
	Schema string       `json:"schema"`
	Owned  bool         `json:"owned"` // a process owns the data folder
	Run    *RunDocument `json:"run,omitempty"`
}

// ListDocument is every run.
type ListDocument struct {
	Schema string        `json:"schema"`
	Runs   []RunDocument `json:"runs"`
}

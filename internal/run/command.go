package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/fact"
)

// CommandVerb is something that a person asks of a run.
type CommandVerb string

const (
	Pause    CommandVerb = "pause"
	Unpause  CommandVerb = "resume"
	Retry    CommandVerb = "retry"
	Skip     CommandVerb = "skip"
	ByHand   CommandVerb = "done-by-hand"
	CancelIt CommandVerb = "cancel"
)

// Command is one person's request. Target is a step (service/step), or a service, which means its steps that the verb
// can apply to.
type Command struct {
	Verb   CommandVerb   `json:"verb"`
	Target string        `json:"target,omitempty"`
	By     estate.Person `json:"by"`
	Reason string        `json:"reason,omitempty"`
}

// Command does what a person asks, or returns a diag.Refused. It works on a machine that is not attached, too: what was asked
// is then a fact, and takes effect when the run is resumed.
func (m *Machine) Command(now time.Time, c Command) (Output, error) {
	if err := m.obey(now, c); err != nil {
		return m.flush(), err // what the machine waits for is not forgotten over a refusal
	}
	return m.advance(now), nil
}

func (m *Machine) obey(now time.Time, c Command) error {
	status := m.state.Status
	// A failed run is reopened by what a person decides about one of its steps. Every other end is final.
	if status.Ended() && (status != estate.RunFailed || appliesTo[c.Verb] == nil) {
		return diag.Refuse(fmt.Sprintf("run %s has ended: %s", m.state.ID, status), "see it with: reprise status")
	}
	switch c.Verb {
	case Pause:
		if m.state.CancelledBy != "" {
			return diag.Refuse("the run is being cancelled", "wait for its end")
		}
		if status != estate.RunPaused {
			m.emit(now, fact.RunPaused{By: c.By, Reason: c.Reason})
		}
	case Unpause:
		if status == estate.RunPaused {
			m.emit(now, fact.RunUnpaused{By: c.By})
		}
	case CancelIt:
		if m.state.CancelledBy == "" {
			m.emit(now, fact.RunCancelRequested{By: c.By, Reason: c.Reason})
		}
	case Retry, Skip, ByHand:
		return m.obeyForSteps(now, c)
	default:
		return diag.Refuse(fmt.Sprintf("a run does not know how to %s", c.Verb), "see: reprise run")
	}
	return nil
}

// appliesTo says in which states a verb makes sense for a step.
var appliesTo = map[CommandVerb][]estate.StepState{
	Retry:  {estate.Failed, estate.TimedOut, estate.Held, estate.BackingOff},
	Skip:   {estate.Failed, estate.TimedOut, estate.Held, estate.BackingOff, estate.Pending},
	ByHand: {estate.Failed, estate.TimedOut, estate.Held, estate.BackingOff, estate.Pending},
}

func (m *Machine) obeyForSteps(now time.Time, c Command) error {
	steps, err := m.targets(c)
	if err != nil {
		return err
	}
	if c.Verb == Skip && c.Reason == "" {
		return diag.Refuse("a step is skipped with a reason only, for whoever reads the report", "add --reason \"…\"")
	}
	for _, i := range steps {
		if what := m.defs[i].Overwrites; c.Verb == Skip && what != "" {
			return diag.Refuse(
				fmt.Sprintf("%s overwrites %s: skipping it needs the approval of two people, which this release cannot take yet", m.state.Plan.Steps[i].ID, what),
				"do it by hand and say so with: reprise run done-by-hand "+string(m.state.ID)+" "+string(m.state.Plan.Steps[i].ID),
			)
		}
	}
	for _, i := range steps {
		id := m.state.Plan.Steps[i].ID
		m.queue.Remove(i)
		m.late.remove(i)
		switch c.Verb {
		case Retry:
			m.emit(now, fact.StepRetried{Step: id, By: c.By, Reason: c.Reason})
		case Skip:
			m.emit(now, fact.StepSkipped{Step: id, By: c.By, Reason: c.Reason})
		case ByHand:
			m.emit(now, fact.StepDoneByHand{Step: id, By: c.By, Reason: c.Reason})
		}
		if m.attached {
			m.follow(now, i)
		}
	}
	return nil
}

// targets returns the steps that a command is about. What a person decides keeps to the order of a recipe: a step passes
// only after those before it, so that a service that counts as back has nothing behind it that failed.
func (m *Machine) targets(c Command) ([]int, error) {
	if c.Target == "" {
		return nil, diag.Refuse(string(c.Verb)+" needs to know which step", fmt.Sprintf("write: reprise run %s %s SERVICE/STEP", c.Verb, m.state.ID))
	}
	states := appliesTo[c.Verb]
	if i, found := m.state.Find(estate.StepID(c.Target)); found {
		if state := m.state.Steps[i].State; !slices.Contains(states, state) {
			return nil, diag.Refuse(fmt.Sprintf("%s is %s; %s is for steps that are %s", c.Target, state, c.Verb, words(states)), "see: reprise status")
		}
		service := m.state.Plan.Steps[i].Service
		for _, before := range m.stepsOf(service) {
			if m.state.Plan.Steps[before].Index < m.state.Plan.Steps[i].Index && !m.state.Steps[before].State.Passed() && c.Verb != Retry && m.state.CancelledBy == "" {
				return nil, diag.Refuse(fmt.Sprintf("%s comes after %s, which is %s", c.Target, m.state.Plan.Steps[before].ID, m.state.Steps[before].State),
					fmt.Sprintf("decide about that one first, or about all of it: reprise run %s %s %s", c.Verb, m.state.ID, service))
			}
		}
		return []int{i}, nil
	}

	steps := m.stepsOf(estate.ServiceID(c.Target))
	if len(steps) == 0 {
		return nil, diag.Refuse(fmt.Sprintf("run %s has no step and no service called %q", m.state.ID, c.Target), "see its steps with: reprise status --json")
	}
	for _, i := range steps {
		if state := m.state.Steps[i].State; c.Verb != Retry && (state == estate.Running || state == estate.Unknown) {
			return nil, diag.Refuse(fmt.Sprintf("%s is %s", m.state.Plan.Steps[i].ID, state), "wait for its end, then decide")
		}
	}
	steps = slices.DeleteFunc(steps, func(i int) bool { return !slices.Contains(states, m.state.Steps[i].State) })
	if len(steps) == 0 {
		return nil, diag.Refuse(fmt.Sprintf("no step of %s is %s", c.Target, words(states)), "see: reprise status")
	}
	return steps, nil
}

// stepsOf returns the steps of a service, in the order of its recipe.
func (m *Machine) stepsOf(service estate.ServiceID) []int {
	var steps []int
	for i, step := range m.state.Plan.Steps {
		if step.Service == service {
			steps = append(steps, i)
		}
	}
	slices.SortFunc(steps, func(a, b int) int { return m.state.Plan.Steps[a].Index - m.state.Plan.Steps[b].Index })
	return steps
}

func words(states []estate.StepState) string {
	text := make([]string, len(states))
	for i, state := range states {
		text[i] = string(state)
	}
	return strings.Join(text, ", ")
}

package run

import (
	"fmt"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/plan"
)

// Verb says what an effect asks of the driver.
type Verb string

const (
	DoEffect      Verb = "do"      // perform the attempt
	FindEffect    Verb = "find"    // learn what became of an attempt of an earlier controller
	ObserveEffect Verb = "observe" // look at the world after a lost attempt
	CancelEffect  Verb = "cancel"  // ask a living attempt to end
)

// Effect is something that the driver is to do once the facts that came with it are durable.
type Effect struct {
	Verb    Verb
	Attempt estate.Attempt
	Key     estate.EffectKey
}

// Output is what a machine wants: first the facts, durable and in order, then the effects. Wake, unless zero, is when the
// machine wants to be asked again although nothing happened.
type Output struct {
	Facts   []fact.Fact
	Effects []Effect
	Wake    time.Time
}

// Ended, Adopted and Observed are what the driver tells a machine. Their attempt must be live.
type (
	Ended struct {
		Attempt estate.Attempt
		Result  estate.Result
	}
	Adopted struct {
		Attempt estate.Attempt
	}
	Observed struct {
		Attempt estate.Attempt
		Exit    *int
		Reason  string
	}
)

// Machine decides what a run does next. It is used by one goroutine.
type Machine struct {
	state State
	defs  []estate.Step // of every planned step
	last  []bool        // whether a step is the last of its service's recipe
	moves map[estate.ServiceID]estate.PlatformID
	gates *plan.Gates
	room  *plan.Room
	queue *plan.Queue
	late  alarms // steps that wait for their next attempt

	demands  []plan.Demand
	busy     []bool // an effect of the step is under way
	inFlight int
	asked    bool // living attempts were asked to end
	attached bool

	out Output
}

// New makes a machine for a run that stands so. The estate is the one that the run's plan was made from. The machine does
// nothing before Attach.
func New(est estate.Estate, state State) *Machine {
	steps := state.Plan.Steps
	m := &Machine{
		state: state, defs: make([]estate.Step, len(steps)), last: make([]bool, len(steps)),
		demands: make([]plan.Demand, len(steps)), busy: make([]bool, len(steps)), moves: map[estate.ServiceID]estate.PlatformID{},
	}
	gates, ranks := make([][][]int, len(steps)), make([]int, len(steps))
	for i, step := range steps {
		if step.Kind == estate.RunStep || step.Kind == estate.ProbeStep {
			recipe := est.Recipes[step.Recipe].Steps
			m.defs[i], m.last[i] = recipe[step.Index], step.Index == len(recipe)-1
		}
		m.demands[i], ranks[i] = plan.DemandOf(est, step), i
		for _, alternatives := range step.Gates {
			var opens []int
			for _, id := range alternatives {
				opens = append(opens, state.byID[id])
			}
			gates[i] = append(gates[i], opens)
		}
	}
	m.gates, m.room, m.queue = plan.NewGates(gates), plan.NewRoom(state.Plan.Capacity), plan.NewQueue(m.demands, ranks)
	for _, move := range state.Plan.Recovers {
		m.moves[move.Service] = move.To
	}
	return m
}

// State returns how the run stands, as the facts returned so far make it. The caller must not change it, and must not
// keep it over the next call.
func (m *Machine) State() *State { return &m.state }

// Over says whether the machine wants nothing more of its driver.
func (m *Machine) Over() bool {
	return m.inFlight == 0 && (m.state.Status.Ended() || m.state.Status == estate.Interrupted || !m.attached)
}

// Attach begins a session: the first one starts the run, a later one resumes it.
func (m *Machine) Attach(now time.Time, by estate.Person) Output {
	m.attached = true
	if m.state.Status == estate.Planned {
		m.emit(now, fact.RunStarted{By: by})
	} else {
		m.emit(now, fact.RunResumed{By: by})
	}
	for i := range m.state.Steps {
		m.take(now, i)
	}
	return m.advance(now)
}

// take puts a step where its state belongs when a session begins.
func (m *Machine) take(now time.Time, i int) {
	step := &m.state.Steps[i]
	if step.Live != nil {
		m.occupy(i)
		m.effect(FindEffect, *step.Live)
		return
	}
	m.follow(now, i)
}

// Handle takes one thing that happened and says what follows.
func (m *Machine) Handle(now time.Time, event any) Output {
	switch e := event.(type) {
	case Adopted:
		m.emit(now, fact.StepAdopted{Attempt: e.Attempt})
	case Ended:
		m.handleEnded(now, e)
	case Observed:
		i, _ := m.state.Find(e.Attempt.Step)
		m.emit(now, fact.StepObserved{Attempt: e.Attempt, Exit: e.Exit, Reason: e.Reason})
		m.vacate(i)
		m.follow(now, i)
	}
	return m.advance(now)
}

func (m *Machine) handleEnded(now time.Time, e Ended) {
	i, _ := m.state.Find(e.Attempt.Step)
	if e.Result.Outcome == estate.AttemptCancelled && m.state.CancelledBy == "" {
		// Nobody of ours asked it to end: a machine that shuts down does that. What took effect is not known.
		e.Result.Outcome, e.Result.Reason = estate.AttemptLost, "it was asked to end from outside of this run"
	}
	ended := fact.StepEnded{Attempt: e.Attempt, Result: e.Result}
	failed := e.Result.Outcome == estate.AttemptFailed || e.Result.Outcome == estate.AttemptTimedOut
	retry := m.defs[i].Retry
	if failed && e.Attempt.Part == estate.Do && m.state.CancelledBy == "" && m.state.Steps[i].Failures < retry.Times {
		at := now.Add(retry.Backoff.Std() << min(m.state.Steps[i].Failures, 20))
		ended.RetryAt = &at
	}
	// Its own instant counts as long as it makes sense: after its intent, and not in the future of our clock.
	at := now
	if own := e.Result.Ended; own != nil && own.Before(now) && own.After(m.state.Steps[i].LiveSince) {
		at = *own
	}
	m.emit(at, ended)
	m.vacate(i)
	m.follow(now, i)
}

// Tick asks what follows from the time alone.
func (m *Machine) Tick(now time.Time) Output { return m.advance(now) }

// Interrupt ends the session in good order: nothing new is begun, and what is under way is left to itself.
func (m *Machine) Interrupt(now time.Time, by estate.Person) Output {
	m.attached, m.inFlight = false, 0
	if !m.state.Status.Ended() {
		m.emit(now, fact.RunInterrupted{By: by})
	}
	return m.flush()
}

// follow does what a step's state calls for when no effect of it is under way.
func (m *Machine) follow(now time.Time, i int) {
	step := &m.state.Steps[i]
	switch {
	case step.State.Passed():
		m.pass(now, i)
	case step.State == estate.Unknown:
		m.settle(now, i)
	case step.State == estate.BackingOff:
		m.late.add(step.RetryAt, i)
	case step.State == estate.Pending && m.gates.Open(i):
		m.queue.Push(i)
	}
}

// pass opens what waits for a step, and places its service if that was the last thing missing. A service's steps pass in
// their order, so the last one is never the first to pass: see targets.
func (m *Machine) pass(now time.Time, i int) {
	service := m.state.Plan.Steps[i].Service
	if _, placed := m.state.Placed[service]; m.last[i] && !placed {
		m.emit(now, fact.ServicePlaced{Service: service, Platform: m.moves[service]})
	}
	for _, next := range m.gates.Pass(i) {
		if m.state.Steps[next].State == estate.Pending {
			m.queue.Push(next)
		}
	}
}

// settle decides what to do about an attempt whose end was lost: look at the world first, if the recipe says how; then
// try again only if the recipe says that this does no harm; otherwise leave it to a person.
func (m *Machine) settle(now time.Time, i int) {
	step := &m.state.Steps[i]
	attempt := step.Last.Attempt
	switch {
	case step.Observed == nil && len(m.defs[i].Observe) > 0:
		m.occupy(i)
		m.effect(ObserveEffect, attempt)
	case m.defs[i].Repeatable && attempt.Part == estate.Do:
		m.queue.Push(i)
	default:
		reason := "it was begun and its end was lost; its recipe names no observe, so only a person can tell what took effect"
		if step.Observed != nil {
			reason = "it was begun, its end was lost, and its observe could not tell what took effect"
			if step.Observed.Exit != nil {
				reason += fmt.Sprintf(" (exit code %d)", *step.Observed.Exit)
			}
		}
		m.emit(now, fact.StepHeld{Step: attempt.Step, Reason: reason})
	}
}

// advance begins what can begin, and ends what can end.
func (m *Machine) advance(now time.Time) Output {
	switch {
	case !m.attached || m.state.Status.Ended():
	case m.state.CancelledBy != "":
		m.advanceCancel(now)
	case m.state.Status == estate.RunPaused:
		if m.inFlight == 0 && m.allPassed() {
			m.conclude(now)
		}
	default:
		for _, i := range m.late.due(now) {
			m.queue.Push(i)
		}
		m.dispatch(now)
		if m.inFlight == 0 && m.queue.Empty() && m.late.empty() {
			m.conclude(now)
		}
	}
	return m.flush()
}

func (m *Machine) dispatch(now time.Time) {
	for {
		i, found := m.queue.Pop(m.room.Fits)
		if !found {
			return
		}
		m.begin(now, i, estate.Do)
	}
}

func (m *Machine) begin(now time.Time, i int, part estate.Part) {
	step := &m.state.Steps[i]
	number := step.Attempts + 1
	if part == estate.Undo {
		number = step.Undos + 1
	}
	attempt := estate.Attempt{Step: m.state.Plan.Steps[i].ID, Part: part, Number: number}
	m.emit(now, fact.StepIntended{Attempt: attempt, Key: KeyOf(m.state.ID, attempt)})
	m.occupy(i)
	m.effect(DoEffect, attempt)
}

// KeyOf names an attempt uniquely among all runs.
func KeyOf(run estate.RunID, attempt estate.Attempt) estate.EffectKey {
	return estate.EffectKey(fmt.Sprintf("%s/%s/%s-%d", run, attempt.Step, attempt.Part, attempt.Number))
}

// conclude says how a run stands in which nothing can move by itself any more. A survivor that did not answer is no
// failure of the recovery where others could do without it, and a starved service that still does not work is an
// exception: everything that was destroyed is back all the same.
func (m *Machine) conclude(now time.Time) {
	exceptions, held, failed := false, false, false
	for i := range m.state.Steps {
		kind := m.state.Plan.Steps[i].Kind
		switch state := m.state.Steps[i].State; {
		case state == estate.Skipped:
			exceptions = true
		case state == estate.Held || state == estate.Unknown:
			held = true
		case state.Passed():
		case kind == estate.AskNeed || kind == estate.AskAgain:
			exceptions = true
		default:
			failed = true
		}
	}
	switch {
	case held && m.state.Status != estate.RunWaiting:
		m.emit(now, fact.RunWaits{})
	case held:
	case failed:
		m.emit(now, fact.RunEnded{State: estate.RunFailed})
	case exceptions:
		m.emit(now, fact.RunEnded{State: estate.CompletedWithExceptions})
	default:
		m.emit(now, fact.RunEnded{State: estate.Completed})
	}
}

func (m *Machine) allPassed() bool {
	for i := range m.state.Steps {
		if !m.state.Steps[i].State.Passed() {
			return false
		}
	}
	return true
}

func (m *Machine) occupy(i int) {
	if !m.busy[i] {
		m.busy[i] = true
		m.inFlight++
		m.room.Take(m.demands[i])
	}
}

func (m *Machine) vacate(i int) {
	if m.busy[i] {
		m.busy[i] = false
		m.inFlight--
		m.room.Give(m.demands[i])
	}
}

func (m *Machine) effect(verb Verb, attempt estate.Attempt) {
	m.out.Effects = append(m.out.Effects, Effect{Verb: verb, Attempt: attempt, Key: KeyOf(m.state.ID, attempt)})
}

// emit makes a fact and applies it. That its own facts follow one another is the machine's own business: if they do not,
// its program is wrong, and going on would write that into the journal.
func (m *Machine) emit(at time.Time, body fact.Body) {
	f := fact.Fact{Run: m.state.ID, At: at, Body: body}
	if err := m.state.Apply(f); err != nil {
		panic(fmt.Sprintf("run machine made a fact that cannot follow: %v", err))
	}
	m.out.Facts = append(m.out.Facts, f)
}

func (m *Machine) flush() Output {
	out := m.out
	m.out = Output{}
	if m.attached && m.state.CancelledBy == "" && m.state.Status != estate.RunPaused {
		out.Wake = m.late.next()
	}
	return out
}

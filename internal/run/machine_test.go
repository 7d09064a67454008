package run

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/graph"
	"reprise/internal/plan"
	"reprise/internal/unit"
)

// anyEstate draws an estate whose needs have no cycle: services need earlier ones only.
func anyEstate(t *rapid.T) estate.Estate {
	est := estate.Estate{
		Sites:     map[estate.SiteID]estate.Site{"main": {}, "spare": {Capacity: estate.Capacity{Lanes: rapid.IntRange(1, 4).Draw(t, "lanes"), Restore: 100}}},
		Platforms: map[estate.PlatformID]estate.Platform{"hyp": {Site: "main"}, "hyp-spare": {Site: "spare"}},
		Recipes:   map[estate.RecipeID]estate.Recipe{},
		Services:  map[estate.ServiceID]estate.Service{},
	}
	for r := range 3 {
		var recipe estate.Recipe
		for s := range rapid.IntRange(1, 3).Draw(t, "steps") {
			recipe.Steps = append(recipe.Steps, estate.Step{
				Name: fmt.Sprint("s", s), Run: []string{"x"}, Takes: unit.Duration(rapid.IntRange(0, 5).Draw(t, "takes")) * unit.Duration(time.Second),
				Uses:       estate.Uses{Lanes: rapid.IntRange(0, 1).Draw(t, "uses lanes"), Restore: unit.Rate(rapid.IntRange(0, 100).Draw(t, "uses rate"))},
				Repeatable: rapid.Bool().Draw(t, "repeatable"),
				Retry:      estate.Retry{Times: rapid.IntRange(0, 2).Draw(t, "retries"), Backoff: unit.Duration(time.Second)},
				AfterNeeds: s > 0 && rapid.Bool().Draw(t, "after needs"),
			})
			if rapid.Bool().Draw(t, "observable") {
				recipe.Steps[s].Observe = []string{"o"}
			}
			if rapid.Bool().Draw(t, "undoable") {
				recipe.Steps[s].Undo = []string{"u"}
			}
		}
		est.Recipes[estate.RecipeID(fmt.Sprint("r", r))] = recipe
	}
	n := rapid.IntRange(1, 12).Draw(t, "services")
	for i := range n {
		service := estate.Service{
			Tier: rapid.IntRange(1, 3).Draw(t, "tier"), RunsOn: "hyp",
			Recovery: &estate.Recovery{Recipe: estate.RecipeID(fmt.Sprint("r", rapid.IntRange(0, 2).Draw(t, "recipe"))), To: "hyp-spare"},
		}
		for range rapid.IntRange(0, min(i, 2)).Draw(t, "needs") {
			var need estate.Need
			for range rapid.IntRange(1, 2).Draw(t, "alternatives") {
				need.AnyOf = append(need.AnyOf, serviceID(rapid.IntRange(0, i-1).Draw(t, "need")))
			}
			service.Needs = append(service.Needs, need)
		}
		est.Services[serviceID(i)] = service
	}
	return est
}

func serviceID(i int) estate.ServiceID { return estate.ServiceID(fmt.Sprintf("svc-%02d", i)) }

func planOf(t *rapid.T, est estate.Estate) estate.Plan {
	at := graph.Placement{}
	for id := range est.Services {
		at[id] = "hyp"
	}
	p, err := plan.Make(plan.Input{Estate: est, Placement: at, Lost: []string{"main"}, Loss: graph.Loss{Platforms: map[estate.PlatformID]bool{"hyp": true}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// play is a machine in the hands of a driver that crashes, delays and fails at random, and watches it meanwhile.
type play struct {
	t       *rapid.T
	est     estate.Estate
	machine *Machine
	facts   []fact.Fact
	replica State // the fold of facts, kept beside the machine
	pending []Effect
	now     time.Time
	began   map[estate.EffectKey]bool
}

// newPlay begins a run of a drawn estate.
func newPlay(t *rapid.T) *play {
	est := anyEstate(t)
	p := &play{t: t, est: est, now: time.Unix(1545776400, 0).UTC(), began: map[estate.EffectKey]bool{}}
	p.facts = opened(planOf(t, est))
	p.replica = p.rebuilt()
	p.machine = New(est, p.rebuilt())
	p.take(p.machine.Attach(p.now, "test"))
	return p
}

// run lets random things happen, so many at the most.
func (p *play) run(things int) {
	for range things {
		if p.machine.State().Status.Ended() || !p.step() {
			break
		}
	}
}

func (p *play) take(out Output) {
	for _, f := range out.Facts {
		if err := p.replica.Apply(f); err != nil {
			p.t.Fatalf("the machine made a fact that cannot follow: %v", err)
		}
		p.facts = append(p.facts, f)
		p.checkIntent(f)
	}
	if !reflect.DeepEqual(p.replica, *p.machine.State()) {
		p.t.Fatalf("the live state is not the fold of its facts")
	}
	p.pending = append(p.pending, out.Effects...)
	p.checkCapacity()
}

// checkIntent: no step starts before its gates are open, and none twice; no service is back before all its steps passed.
func (p *play) checkIntent(f fact.Fact) {
	if placed, is := f.Body.(fact.ServicePlaced); is {
		for i, step := range p.replica.Plan.Steps {
			if step.Service == placed.Service && !p.replica.Steps[i].State.Passed() {
				p.t.Fatalf("%s counts as back while %s is %s", placed.Service, step.ID, p.replica.Steps[i].State)
			}
		}
	}
	intended, is := f.Body.(fact.StepIntended)
	if !is || intended.Part == estate.Undo {
		return
	}
	i, _ := p.replica.Find(intended.Step)
	if p.began[intended.Key] {
		p.t.Fatalf("%s was intended twice", intended.Key)
	}
	p.began[intended.Key] = true
	for _, gate := range p.replica.Plan.Steps[i].Gates {
		open := false
		for _, id := range gate {
			j, _ := p.replica.Find(id)
			open = open || p.replica.Steps[j].State.Passed()
		}
		if !open {
			p.t.Fatalf("%s was begun before its gate %v was open", intended.Step, gate)
		}
	}
}

// checkCapacity: what is under way never uses more than there is.
func (p *play) checkCapacity() {
	var used estate.Uses
	for i, step := range p.replica.Steps {
		if step.Live != nil && step.Live.Part == estate.Do {
			used = plan.Plus(used, plan.UsesOf(p.est, p.replica.Plan.Steps[i]))
		}
	}
	has := p.replica.Plan.Capacity["spare"]
	if used.Lanes > has.Lanes || used.Restore > has.Restore {
		p.t.Fatalf("%d lanes and %s are used of %d and %s", used.Lanes, used.Restore, has.Lanes, has.Restore)
	}
}

// step lets one random thing happen. It returns false when nothing can.
func (p *play) step() bool {
	p.now = p.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(p.t, "ms")) * time.Millisecond)
	switch choice := rapid.IntRange(0, 19).Draw(p.t, "event"); {
	case choice == 0: // the controller dies and another one takes over
		p.pending = nil
		p.machine = New(p.est, p.rebuilt())
		p.take(p.machine.Attach(p.now, "another"))
	case choice == 1:
		p.take(p.machine.Interrupt(p.now, "test"))
		p.pending = nil
		p.machine = New(p.est, p.rebuilt())
		p.take(p.machine.Attach(p.now, "test"))
	case choice == 2:
		verb := rapid.SampledFrom([]CommandVerb{Pause, Unpause, Retry, Skip, ByHand, CancelIt}).Draw(p.t, "verb")
		if verb == CancelIt && rapid.IntRange(0, 3).Draw(p.t, "really") > 0 {
			return true
		}
		target := string(rapid.SampledFrom(p.replica.Plan.Steps).Draw(p.t, "target").ID)
		if out, err := p.machine.Command(p.now, Command{Verb: verb, Target: target, By: "test", Reason: "why not"}); err == nil {
			p.take(out)
		}
	case len(p.pending) > 0:
		i := rapid.IntRange(0, len(p.pending)-1).Draw(p.t, "which")
		effect := p.pending[i]
		p.pending = append(p.pending[:i:i], p.pending[i+1:]...)
		p.happen(effect)
	default:
		out := p.machine.Tick(p.now)
		p.take(out)
		if len(p.pending) > 0 {
			return true
		}
		if out.Wake.IsZero() {
			return false
		}
		p.now = out.Wake
	}
	return true
}

func (p *play) rebuilt() State {
	var s State
	for _, f := range p.facts {
		if err := s.Apply(f); err != nil {
			p.t.Fatal(err)
		}
	}
	return s
}

func (p *play) happen(e Effect) {
	switch e.Verb {
	case ObserveEffect:
		seen := Observed{Attempt: e.Attempt}
		if exit := rapid.IntRange(-1, 2).Draw(p.t, "observed"); exit >= 0 {
			seen.Exit = &exit
		}
		p.take(p.machine.Handle(p.now, seen))
	case CancelEffect:
	default:
		outcomes := []estate.Outcome{estate.AttemptDone, estate.AttemptDone, estate.AttemptDone, estate.AttemptFailed, estate.AttemptTimedOut}
		if e.Verb == FindEffect {
			outcomes = append(outcomes, estate.AttemptNotStarted, estate.AttemptLost, estate.AttemptLost)
			if rapid.Bool().Draw(p.t, "alive") {
				p.take(p.machine.Handle(p.now, Adopted{e.Attempt}))
			}
		}
		if p.replica.CancelledBy != "" {
			outcomes = append(outcomes, estate.AttemptCancelled)
		}
		p.take(p.machine.Handle(p.now, Ended{e.Attempt, estate.Result{Outcome: rapid.SampledFrom(outcomes).Draw(p.t, "outcome")}}))
	}
}

func TestTheLiveStateIsTheFoldOfItsFactsWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlay(t)
		p.run(150)
	})
}

// Whatever failed on the way, once nothing fails any more and every held step is decided, the run ends.
func TestEveryRunEndsOnceNothingFailsAnyMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPlay(t)
		p.run(60)
		p.settle()
		if status := p.replica.Status; !status.Ended() {
			for i, step := range p.replica.Steps {
				t.Logf("%s %s", p.replica.Plan.Steps[i].ID, step.State)
			}
			t.Fatalf("the run does not end: it is %s", status)
		}
	})
}

// settle lets everything succeed from here on, and a person decide what is held.
func (p *play) settle() {
	if p.replica.Status == estate.RunPaused {
		out, _ := p.machine.Command(p.now, Command{Verb: Unpause, By: "test"})
		p.take(out)
	}
	for range 500 {
		if p.replica.Status.Ended() {
			return
		}
		p.now = p.now.Add(time.Hour)
		if len(p.pending) == 0 {
			p.take(p.machine.Tick(p.now))
			p.decideHeld()
			continue
		}
		e := p.pending[0]
		p.pending = p.pending[1:]
		zero := 0
		switch e.Verb {
		case ObserveEffect:
			p.take(p.machine.Handle(p.now, Observed{Attempt: e.Attempt, Exit: &zero}))
		case CancelEffect:
		default:
			p.take(p.machine.Handle(p.now, Ended{e.Attempt, estate.Result{Outcome: estate.AttemptDone}}))
		}
	}
}

func (p *play) decideHeld() {
	for i, step := range p.replica.Steps {
		undoFailed := p.replica.CancelledBy != "" && step.State == estate.Failed
		if step.State != estate.Held && !undoFailed {
			continue
		}
		out, err := p.machine.Command(p.now, Command{Verb: ByHand, Target: string(p.replica.Plan.Steps[i].ID), By: "test"})
		if err == nil {
			p.take(out)
		}
	}
}

// A person's request that is refused must not make the machine forget the attempt that is due.
func TestARefusalDoesNotForgetWhatIsDue(t *testing.T) {
	est, _ := town(t)
	steps := est.Recipes["app"].Steps
	for i := range steps {
		steps[i].Retry = estate.Retry{Times: 1, Backoff: unit.Duration(time.Hour)}
	}
	var state State
	for _, f := range opened(planAll(t, est)) {
		if err := state.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Unix(1545776400, 0).UTC()
	m := New(est, state)
	first := m.Attach(now, "test").Effects[0].Attempt
	failed := m.Handle(now, Ended{first, estate.Result{Outcome: estate.AttemptFailed}})
	if want := now.Add(time.Hour); !failed.Wake.Equal(want) {
		t.Fatalf("the next attempt is due at %s; want %s", failed.Wake, want)
	}
	out, err := m.Command(now, Command{Verb: Retry, Target: "nothing", By: "test"})
	if err == nil || !out.Wake.Equal(failed.Wake) || len(out.Facts) > 0 {
		t.Errorf("after a refusal (%v) it is due at %s, with %d facts", err, out.Wake, len(out.Facts))
	}
}

package run

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"reprise/internal/action"
	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/graph"
	"reprise/internal/plan"
	"reprise/internal/unit"
)

// town is an estate of twelve services with chains, a diamond and an alternative, three steps each, on two lanes.
func town(t testing.TB) (estate.Estate, estate.Plan) {
	t.Helper()
	need := func(ids ...estate.ServiceID) estate.Need { return estate.Need{AnyOf: ids} }
	est := estate.Estate{
		Sites: map[estate.SiteID]estate.Site{"main": {}, "spare": {Capacity: estate.Capacity{Lanes: 2}}},
		Platforms: map[estate.PlatformID]estate.Platform{
			"hyp": {Site: "main"}, "hyp-spare": {Site: "spare"},
		},
		Recipes: map[estate.RecipeID]estate.Recipe{"app": {Steps: []estate.Step{
			{Name: "restore", Run: []string{"restore"}, Takes: unit.Duration(time.Minute), Uses: estate.Uses{Lanes: 1}, Observe: []string{"state"}},
			{Name: "start", Run: []string{"start"}, Takes: unit.Duration(time.Second), Uses: estate.Uses{Lanes: 1}, Observe: []string{"up"}, Undo: []string{"stop"}},
			{Name: "check", Run: []string{"check"}, Takes: unit.Duration(time.Second), Uses: estate.Uses{Lanes: 1}, Repeatable: true},
		}}},
		Services: map[estate.ServiceID]estate.Service{},
	}
	for id, needs := range map[estate.ServiceID][]estate.Need{
		"dns-1": nil, "dns-2": nil, "directory": {need("dns-1", "dns-2")}, "database": nil,
		"sso": {need("directory")}, "mail": {need("directory"), need("dns-1", "dns-2")},
		"website": {need("database")}, "payroll": {need("sso"), need("database")},
		"permits": {need("sso"), need("database"), need("files")}, "files": {need("directory")},
		"intranet": {need("sso"), need("website")}, "archive": {need("files")},
	} {
		est.Services[id] = estate.Service{
			Tier: 2, RunsOn: "hyp", Needs: needs, Recovery: &estate.Recovery{Recipe: "app", To: "hyp-spare"},
		}
	}
	return est, planAll(t, est)
}

// planAll plans the recovery of everything that runs on hyp.
func planAll(t testing.TB, est estate.Estate) estate.Plan {
	t.Helper()
	at := graph.Placement{}
	for id := range est.Services {
		at[id] = "hyp"
	}
	p, err := plan.Make(plan.Input{
		Estate: est, Placement: at, Lost: []string{"hyp"},
		Loss: graph.Loss{Platforms: map[estate.PlatformID]bool{"hyp": true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// opened is a run of the plan that nobody has driven yet.
func opened(p estate.Plan) []fact.Fact {
	return []fact.Fact{{Run: "r1", At: time.Unix(1545776400, 0).UTC(), Body: fact.RunPlanned{Plan: p, By: "test"}}}
}

// world is what steps change, and what a crashed controller leaves behind. It stands for the scripts and their wrappers:
// it remembers attempts as wrappers do, and effects as the world does.
type world struct {
	mu       sync.Mutex // guards everything that follows
	attempts map[estate.EffectKey]*trace
	effects  map[estate.StepID]int // how often each took place
	observed map[estate.StepID]int // how often it was looked for
	began    map[estate.StepID]int
	doubles  []estate.StepID // began again although nobody had looked
	order    int             // of effects begun, over all sessions
	hook     func(n int, moment string) fate
}

// trace is what a wrapper leaves on disk about one attempt.
type trace struct {
	ended bool
	lost  bool
}

// fate is what happens to an effect at a moment.
type fate int

const (
	goesOn       fate = iota
	outlives          // the controller dies, the command goes on under its wrapper
	diesWithout       // controller and wrapper die before anything took effect
	diesWith          // controller and wrapper die after it took effect
	crashedAfter      // the controller dies when the command has ended
)

func newWorld() *world {
	return &world{
		attempts: map[estate.EffectKey]*trace{}, effects: map[estate.StepID]int{},
		observed: map[estate.StepID]int{}, began: map[estate.StepID]int{},
		hook: func(int, string) fate { return goesOn },
	}
}

func (w *world) actions() action.Set { return action.Set{estate.RunStep: w} }

func (w *world) Do(ctx context.Context, req action.Request) (estate.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.attempts[req.Key] != nil {
		panic(fmt.Sprintf("attempt %s was performed twice", req.Key))
	}
	step := req.Attempt.Step
	if w.began[step] > w.observed[step] && !req.Step.Repeatable {
		w.doubles = append(w.doubles, step)
	}
	w.began[step]++
	w.attempts[req.Key] = &trace{}
	w.order++
	switch w.hook(w.order, "in") {
	case outlives:
		w.effects[step]++
		w.attempts[req.Key].ended = true
		return estate.Result{}, context.Canceled
	case diesWithout:
		w.attempts[req.Key].lost = true
		return estate.Result{}, context.Canceled
	case diesWith:
		w.effects[step]++
		w.attempts[req.Key].lost = true
		return estate.Result{}, context.Canceled
	}
	w.effects[step]++
	w.attempts[req.Key].ended = true
	if w.hook(w.order, "after") != goesOn {
		return estate.Result{}, context.Canceled
	}
	return estate.Result{Outcome: estate.AttemptDone, Outputs: map[string]string{"said": string(req.Key)}}, nil
}

func (w *world) Find(_ context.Context, req action.Request, alive func()) (estate.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch found := w.attempts[req.Key]; {
	case found == nil:
		w.attempts[req.Key] = &trace{} // revoked: it can never be performed
		return estate.Result{Outcome: estate.AttemptNotStarted}, nil
	case found.lost:
		return estate.Result{Outcome: estate.AttemptLost}, nil
	}
	alive()
	return estate.Result{Outcome: estate.AttemptDone, Outputs: map[string]string{"said": string(req.Key)}}, nil
}

func (w *world) Observe(_ context.Context, req action.Request) (action.Observation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observed[req.Attempt.Step]++
	exit := 1
	if w.effects[req.Attempt.Step] > 0 {
		exit = 0
	}
	return action.Observation{Exit: &exit}, nil
}

// check says what is wrong with how the world ended up.
func (w *world) check(p estate.Plan) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.doubles) > 0 {
		return fmt.Errorf("begun again without a look: %v", w.doubles)
	}
	for _, step := range p.Steps {
		if n := w.effects[step.ID]; n == 0 || (n > 1 && w.observed[step.ID] == 0 && step.Index != 2) {
			return fmt.Errorf("%s took effect %d times, observed %d times", step.ID, n, w.observed[step.ID])
		}
	}
	return nil
}

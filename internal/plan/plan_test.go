package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/graph"
	"reprise/internal/unit"
)

func seconds(n int) unit.Duration { return unit.Duration(n) * unit.Duration(time.Second) }

// anyEstate draws an estate of two sites; services need earlier ones only, so there is no cycle.
func anyEstate(t *rapid.T) estate.Estate {
	est := estate.Estate{
		Sites: map[estate.SiteID]estate.Site{"main": {}, "spare": {Capacity: estate.Capacity{
			Lanes: rapid.IntRange(1, 5).Draw(t, "lanes"), Crew: rapid.IntRange(0, 3).Draw(t, "crew"), Restore: 100,
		}}},
		Platforms: map[estate.PlatformID]estate.Platform{"hyp": {Site: "main"}, "hyp-spare": {Site: "spare"}},
		Services:  map[estate.ServiceID]estate.Service{}, Recipes: map[estate.RecipeID]estate.Recipe{},
	}
	crew := max(1, est.Sites["spare"].Capacity.Crew)
	for r := range 3 {
		var recipe estate.Recipe
		for s := range rapid.IntRange(1, 3).Draw(t, "steps") {
			recipe.Steps = append(recipe.Steps, estate.Step{
				Name: fmt.Sprint("s", s), Run: []string{"x"}, Takes: seconds(rapid.IntRange(0, 9).Draw(t, "takes")),
				Uses: estate.Uses{
					Lanes: rapid.IntRange(0, 1).Draw(t, "uses lanes"), Crew: rapid.IntRange(0, crew).Draw(t, "uses crew"),
					Restore: unit.Rate(rapid.IntRange(0, 100).Draw(t, "uses rate")),
				},
				AfterNeeds: s == 1 && rapid.Bool().Draw(t, "after needs"),
			})
		}
		est.Recipes[estate.RecipeID(fmt.Sprint("r", r))] = recipe
	}
	for i := range rapid.IntRange(1, 20).Draw(t, "services") {
		service := estate.Service{
			Tier: rapid.IntRange(1, 3).Draw(t, "tier"), RunsOn: rapid.SampledFrom([]estate.PlatformID{"hyp", "hyp", "hyp-spare"}).Draw(t, "on"),
			Probe: rapid.SampledFrom([]string{"", "tcp://192.0.2.1:1"}).Draw(t, "probe"),
		}
		if rapid.IntRange(0, 9).Draw(t, "recoverable") > 0 {
			recipe := estate.RecipeID(fmt.Sprint("r", rapid.IntRange(0, 2).Draw(t, "recipe")))
			service.Recovery = &estate.Recovery{Recipe: recipe, To: "hyp-spare"}
		}
		for range rapid.IntRange(0, min(i, 3)).Draw(t, "needs") {
			var need estate.Need
			for range rapid.IntRange(1, 2).Draw(t, "alternatives") {
				need.AnyOf = append(need.AnyOf, estate.ServiceID(fmt.Sprintf("svc-%02d", rapid.IntRange(0, i-1).Draw(t, "need"))))
			}
			service.Needs = append(service.Needs, need)
		}
		est.Services[estate.ServiceID(fmt.Sprintf("svc-%02d", i))] = service
	}
	return est
}

func makePlan(est estate.Estate, lost ...string) (estate.Plan, error) {
	at := graph.Placement{}
	for id, s := range est.Services {
		at[id] = s.RunsOn
	}
	loss, err := graph.ParseLoss(est, lost)
	if err != nil {
		return estate.Plan{}, err
	}
	return Make(Input{Estate: est, Placement: at, Lost: lost, Loss: loss})
}

func TestEveryPlanKeepsToNeedsAndCapacitiesAndIsNoBetterThanItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		est := anyEstate(t)
		p, err := makePlan(est, "main")
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(est, p); err != nil {
			t.Fatal(err)
		}
		if p.Forecast.LowerBound > p.Forecast.Makespan {
			t.Fatalf("the lower bound of %s is above the makespan of %s", p.Forecast.LowerBound, p.Forecast.Makespan)
		}
		again, _ := makePlan(est, "main")
		if diff := cmp.Diff(p, again); diff != "" {
			t.Fatalf("the same input gave another plan:\n%s", diff)
		}
	})
}

func TestWhatNothingIsKnownOfIsAllStillToCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		est := anyEstate(t)
		p, err := makePlan(est, "main")
		if err != nil {
			t.Fatal(err)
		}
		left := time.Duration(0)
		for i, end := range Remaining(est, p, make([]Progress, len(p.Steps))) {
			if end < 0 {
				t.Fatalf("%s never ends", p.Steps[i].ID)
			}
			left = max(left, end)
		}
		passed := make([]Progress, len(p.Steps))
		for i := range passed {
			passed[i].Passed = true
		}
		for _, end := range Remaining(est, p, passed) {
			if end != 0 {
				t.Fatalf("all has passed, and %s are left", end)
			}
		}
	})
}

// chainOf is a line of services that need one another, and beside it as many that need nothing.
func chainOf(n, lanes int) estate.Estate {
	est := estate.Estate{
		Sites:     map[estate.SiteID]estate.Site{"main": {}, "spare": {Capacity: estate.Capacity{Lanes: lanes}}},
		Platforms: map[estate.PlatformID]estate.Platform{"hyp": {Site: "main"}, "hyp-spare": {Site: "spare"}},
		Recipes: map[estate.RecipeID]estate.Recipe{"app": {Steps: []estate.Step{
			{Name: "restore", Run: []string{"x"}, Takes: seconds(10), Uses: estate.Uses{Lanes: 1}}, {Name: "probe", Probe: estate.OwnProbe},
		}}},
		Services: map[estate.ServiceID]estate.Service{},
	}
	recovery := &estate.Recovery{Recipe: "app", To: "hyp-spare"}
	for i := range n {
		link := estate.Service{Tier: 2, RunsOn: "hyp", Recovery: recovery}
		if i > 0 {
			link.Needs = []estate.Need{{AnyOf: []estate.ServiceID{estate.ServiceID(fmt.Sprint("chain-", i-1))}}}
		}
		est.Services[estate.ServiceID(fmt.Sprint("chain-", i))] = link
		est.Services[estate.ServiceID(fmt.Sprint("alone-", i))] = estate.Service{Tier: 2, RunsOn: "hyp", Recovery: recovery}
	}
	return est
}

func TestTheLongestChainGoesFirstAndNamesTheBottleneck(t *testing.T) {
	p, err := makePlan(chainOf(4, 2), "main")
	if err != nil {
		t.Fatal(err)
	}
	f := p.Forecast
	if f.Makespan != seconds(40) || f.LowerBound != seconds(40) || f.OneByOne != seconds(80) {
		t.Errorf("makespan %s, bound %s, one by one %s; want 40s, 40s, 1m20s", f.Makespan, f.LowerBound, f.OneByOne)
	}
	if f.Bottleneck != "the longest chain of needs, chain-0 → chain-1 → chain-2 → chain-3" {
		t.Errorf("the bottleneck is %s", f.Bottleneck)
	}
	p, _ = makePlan(chainOf(4, 1), "main")
	if p.Forecast.LowerBound != seconds(80) || p.Forecast.Bottleneck != "the lanes at spare" {
		t.Errorf("on one lane the bound is %s, because of %s", p.Forecast.LowerBound, p.Forecast.Bottleneck)
	}
}

func TestABetterTierGoesFirst(t *testing.T) {
	est := chainOf(3, 1)
	urgent := est.Services["alone-2"]
	urgent.Tier = 1
	est.Services["alone-2"] = urgent
	p, err := makePlan(est, "main")
	if err != nil {
		t.Fatal(err)
	}
	if first := p.Recovers[0]; first.Service != "alone-2" || first.Ready != seconds(10) {
		t.Errorf("first back is %s after %s", first.Service, first.Ready)
	}
}

func TestWhatCannotBeRecoveredIsNamedWithAllThatNeedsIt(t *testing.T) {
	est := chainOf(3, 2)
	root := est.Services["chain-0"]
	root.Recovery = nil
	est.Services["chain-0"] = root
	p, err := makePlan(est, "main")
	if err != nil {
		t.Fatal(err)
	}
	want := []estate.Stranded{
		{Service: "chain-0", Because: "it has no recovery"},
		{Service: "chain-1", Because: "it needs chain-0, which cannot be recovered"},
		{Service: "chain-2", Because: "it needs chain-1, which cannot be recovered"},
	}
	if diff := cmp.Diff(want, p.Stranded); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(p.Recovers) != 3 {
		t.Errorf("%d services are recovered; want the 3 that stand alone", len(p.Recovers))
	}
}

func TestASurvivingNeedIsAskedFromTheRecoverySite(t *testing.T) {
	est := chainOf(2, 2)
	survivor := est.Services["chain-0"]
	survivor.RunsOn, survivor.Probe = "hyp-spare", "tcp://192.0.2.1:53"
	est.Services["chain-0"] = survivor
	p, err := makePlan(est, "hyp")
	if err != nil {
		t.Fatal(err)
	}
	i := indexOf(p, "chain-0/ask-need")
	if i < 0 || p.Steps[i].Kind != estate.AskNeed || p.Steps[i].Site != "spare" {
		t.Fatalf("nobody asks chain-0: %+v", p.Steps)
	}
	gates := p.Steps[indexOf(p, "chain-1/restore")].Gates
	if diff := cmp.Diff([][]estate.StepID{{"chain-0/ask-need"}}, gates); diff != "" {
		t.Errorf("gates of chain-1 (-want +got):\n%s", diff)
	}
}

func TestAStarvedServiceIsAskedAgainOnceItsNeedIsBack(t *testing.T) {
	est := chainOf(2, 2)
	consumer := est.Services["chain-1"]
	consumer.RunsOn, consumer.Probe = "hyp-spare", "tcp://192.0.2.1:80"
	est.Services["chain-1"] = consumer
	p, err := makePlan(est, "hyp")
	if err != nil {
		t.Fatal(err)
	}
	i := indexOf(p, "chain-1/ask-again")
	back := indexOf(p, "chain-0/probe")
	if i < 0 || p.Steps[i].Start != p.Steps[back].End {
		t.Fatalf("chain-1 is not asked again once chain-0 is back: %+v", p.Steps)
	}
}

func indexOf(p estate.Plan, id estate.StepID) int {
	for i, step := range p.Steps {
		if step.ID == id {
			return i
		}
	}
	return -1
}

func TestWhatDoesNotFitIsRefusedBeforeTheStart(t *testing.T) {
	est := chainOf(2, 2)
	site := est.Sites["spare"]
	site.Capacity.Memory = 3 << 30
	est.Sites["spare"] = site
	for id, s := range est.Services {
		s.Holds.Memory = 1 << 30
		est.Services[id] = s
	}
	recipe := est.Recipes["app"]
	recipe.Steps[0].Uses.Lanes = 3
	_, err := makePlan(est, "main")
	findings, is := diag.Of(err)
	if !is {
		t.Fatalf("Make = %v; want findings", err)
	}
	text := findings.Error()
	for _, want := range []string{"chain-0/restore uses 3 lanes, and site spare has 2", "site spare would hold services of 4GiB in all, and has 3GiB of memory"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

// BenchmarkMake plans 10,000 services of two steps on eight lanes.
func BenchmarkMake(b *testing.B) {
	est := chainOf(5_000, 8)
	for id, s := range est.Services {
		if strings.HasPrefix(string(id), "chain-") {
			s.Needs = nil
			est.Services[id] = s
		}
	}
	for b.Loop() {
		if _, err := makePlan(est, "main"); err != nil {
			b.Fatal(err)
		}
	}
}

// Lower tiers never delay tier 1: its last finish is at most 5 % later than when its steps are planned alone, with the
// same seed and number of schedules. Needs with alternatives are left out: the planner settles on one of them before it
// schedules, and may settle on another one when there is less to plan.
func TestLowerTiersDoNotDelayTierOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		est := anyEstate(t)
		for _, service := range est.Services {
			for i := range service.Needs {
				service.Needs[i].AnyOf = service.Needs[i].AnyOf[:1]
			}
		}
		all, err := makePlan(est, "main")
		if err != nil {
			t.Fatal(err)
		}
		alone := onlyTierOne(all)
		if err := arrange(est, &alone); err != nil {
			t.Fatal(err)
		}
		if with, without := lastOfTierOne(all), lastOfTierOne(alone); float64(with) > 1.05*float64(without) {
			t.Fatalf("tier 1 is back after %s, and alone after %s", with, without)
		}
	})
}

// onlyTierOne is the plan without its lower tiers. What tier 1 needs is tier 1, or has an alternative that is.
func onlyTierOne(p estate.Plan) estate.Plan {
	tierOne := map[estate.StepID]bool{}
	for _, step := range p.Steps {
		tierOne[step.ID] = step.Tier == 1
	}
	only := p
	only.Steps, only.Forecast = nil, estate.Forecast{}
	for _, step := range p.Steps {
		if !tierOne[step.ID] {
			continue
		}
		gates := step.Gates
		step.Gates = nil
		for _, gate := range gates {
			step.Gates = append(step.Gates, slices.DeleteFunc(slices.Clone(gate), func(id estate.StepID) bool { return !tierOne[id] }))
		}
		only.Steps = append(only.Steps, step)
	}
	return only
}

func lastOfTierOne(p estate.Plan) (last unit.Duration) {
	for _, step := range p.Steps {
		if step.Tier == 1 {
			last = max(last, step.End)
		}
	}
	return last
}

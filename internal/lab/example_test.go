package lab

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"reprise/examples"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/graph"
	"reprise/internal/recovery"
)

func loadExample(t *testing.T) estatefile.Loaded {
	t.Helper()
	loaded, err := estatefile.Load("../../examples/noumea/estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// placed is where everything runs after the recovery of some platforms.
func placed(est estate.Estate, recovered ...estate.PlatformID) graph.Placement {
	at := graph.Placement{}
	for id, service := range est.Services {
		at[id] = service.RunsOn
		if slices.Contains(recovered, service.RunsOn) {
			at[id] = service.Recovery.To
		}
	}
	return at
}

func TestExampleLoadsWithoutFindings(t *testing.T) {
	loaded := loadExample(t)
	if len(loaded.Warnings) > 0 {
		t.Errorf("findings: %v", loaded.Warnings)
	}
	perPlatform, perTier := map[estate.PlatformID]int{}, map[int]int{}
	addresses := map[string]estate.ServiceID{}
	for id, service := range loaded.Estate.Services {
		perPlatform[service.RunsOn]++
		perTier[service.Tier]++
		for site, address := range service.At {
			if other, taken := addresses[address]; taken {
				t.Errorf("%s and %s share %s", id, other, address)
			}
			addresses[address] = id
			if want := map[estate.SiteID]string{"ducos": primaryPrefix, standby: standbyPrefix}[site]; !strings.HasPrefix(address, want) {
				t.Errorf("%s at %s has address %s; the demo moves %s", id, site, address, want)
			}
		}
		if service.Title["fr"] == "" || service.Title["en"] == "" {
			t.Errorf("%s has no title in one of the languages", id)
		}
		if _, err := cardOf(loaded.Estate, id); err != nil {
			t.Error(err)
		}
	}
	if len(loaded.Estate.Services) != 120 || perPlatform["hyp-interne"] != 60 || perPlatform["hyp-internet"] != 60 {
		t.Errorf("%d services, %v", len(loaded.Estate.Services), perPlatform)
	}
	if perTier[1] < 15 || perTier[1] > 30 {
		t.Errorf("tiers %v", perTier)
	}
}

// The truth of 2018: incident 1 leaves what citizens reach untouched, and incident 2 takes all of that and the mail.
func TestExampleTellsWhatHappenedIn2018(t *testing.T) {
	est := loadExample(t).Estate
	for _, c := range []struct {
		lost      estate.PlatformID
		recovered []estate.PlatformID
	}{{"hyp-interne", nil}, {"hyp-internet", []estate.PlatformID{"hyp-interne"}}} {
		loss, err := graph.ParseLoss(est, []string{string(c.lost)})
		if err != nil {
			t.Fatal(err)
		}
		impact := graph.ImpactOf(est, placed(est, c.recovered...), loss)
		if len(impact.Starved)+len(impact.CutOff) > 0 {
			t.Errorf("the loss of %s starves %v and cuts off %v", c.lost, impact.Starved, impact.CutOff)
		}
		if len(impact.Destroyed) != 60 || len(impact.Degraded) == 0 {
			t.Errorf("the loss of %s destroys %d and degrades %d", c.lost, len(impact.Destroyed), len(impact.Degraded))
		}
		for id, service := range est.Services {
			if (len(service.Behind) > 0) != (service.RunsOn == "hyp-internet") {
				t.Errorf("%s runs on %s and is behind %v", id, service.RunsOn, service.Behind)
			}
			if destroyed := slices.Contains(impact.Destroyed, id); destroyed != (service.RunsOn == c.lost) {
				t.Errorf("the loss of %s: %s destroyed %v", c.lost, id, destroyed)
			}
		}
	}
	if est.Services["messagerie"].RunsOn != "hyp-internet" || est.Services["guichets"].RunsOn != "hyp-interne" {
		t.Error("the mail went with incident 2, and the counters with incident 1")
	}
}

func TestExampleTakesAsLongAsADemoMay(t *testing.T) {
	loaded := loadExample(t)
	var bound, oneByOne time.Duration
	for _, c := range []struct {
		lost      string
		recovered []estate.PlatformID
	}{{"hyp-interne", nil}, {"hyp-internet", []estate.PlatformID{"hyp-interne"}}} {
		at := placed(loaded.Estate, c.recovered...)
		proposal, err := recovery.Propose(loaded, at, []string{c.lost})
		if err != nil {
			t.Fatal(err)
		}
		f := proposal.Plan.Forecast
		bound, oneByOne = bound+f.LowerBound.Std(), oneByOne+f.OneByOne.Std()
		if !strings.Contains(f.Bottleneck, "lanes") {
			t.Errorf("%s: the bottleneck is %s", c.lost, f.Bottleneck)
		}
		asked := slices.ContainsFunc(proposal.Plan.Steps, func(s estate.PlannedStep) bool { return s.Kind == estate.AskNeed })
		if !asked {
			t.Errorf("%s: no surviving need is asked", c.lost)
		}

		wide := loaded
		wide.Estate.Sites = maps.Clone(loaded.Estate.Sites)
		site := wide.Estate.Sites[standby]
		site.Capacity = estate.Capacity{Lanes: 1000}
		wide.Estate.Sites[standby] = site
		unlimited, err := recovery.Propose(wide, at, []string{c.lost})
		if err != nil {
			t.Fatal(err)
		}
		if chain := unlimited.Plan.Forecast.Makespan; chain*2 > f.LowerBound {
			t.Errorf("%s: the longest chain takes %s, and the lanes make %s", c.lost, chain, f.LowerBound)
		}
	}
	if bound < 45*time.Second || bound > 50*time.Second || oneByOne < 360*time.Second || oneByOne > 400*time.Second {
		t.Errorf("bound %s, one by one %s", bound, oneByOne)
	}
}

func TestExampleScripts(t *testing.T) {
	est := loadExample(t).Estate
	for id, recipe := range est.Recipes {
		for _, step := range recipe.Steps {
			for _, argv := range [][]string{step.Run, step.Observe, step.Undo} {
				if len(argv) == 0 {
					continue
				}
				text, err := fs.ReadFile(examples.Noumea(), argv[0])
				if err != nil {
					t.Errorf("recipe %s: %v", id, err)
				}
				if !strings.HasPrefix(string(text), "#!/bin/sh\n#") || !strings.Contains(string(text), "yours") {
					t.Errorf("%s does not say in its head what to put in its place", argv[0])
				}
			}
		}
	}
	if lines := strings.Count(exampleText(t), "\n"); lines > 300 {
		t.Errorf("the example has %d lines", lines)
	}
}

func exampleText(t *testing.T) string {
	t.Helper()
	text, err := fs.ReadFile(examples.Noumea(), "estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

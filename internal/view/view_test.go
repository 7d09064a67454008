package view

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/graph"
	"reprise/internal/plan"
	"reprise/internal/run"
	"reprise/internal/unit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what is shown with a file that people can read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with: go test ./internal/view -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); if it is meant: go test ./internal/view -update\n%s", path, diff)
	}
}

var began = time.Date(2018, 12, 25, 22, 0, 0, 0, time.UTC)

// council is a recovery of six services in two tiers, driven by hand.
type council struct {
	est     estate.Estate
	machine *run.Machine
	impact  graph.Impact
	plan    estate.Plan
	lines   []string
	fold    run.State
}

func newCouncil(t *testing.T) *council {
	t.Helper()
	need := func(ids ...estate.ServiceID) []estate.Need { return []estate.Need{{AnyOf: ids}} }
	est := estate.Estate{
		Sites:     map[estate.SiteID]estate.Site{"hall": {}, "depot": {Capacity: estate.Capacity{Lanes: 3, Restore: 150e6}}},
		Platforms: map[estate.PlatformID]estate.Platform{"cluster": {Site: "hall"}, "spare": {Site: "depot"}},
		Recipes: map[estate.RecipeID]estate.Recipe{"vm": {Steps: []estate.Step{
			{Name: "restore", Run: []string{"bin/restore"}, Takes: unit.Duration(20 * time.Minute), Uses: estate.Uses{Lanes: 1, Restore: 50e6}, Overwrites: "vm"},
			{Name: "start", Run: []string{"bin/start"}, Takes: unit.Duration(time.Minute), Uses: estate.Uses{Lanes: 1}},
		}}},
		Services: map[estate.ServiceID]estate.Service{
			"dns": {Tier: 1}, "directory": {Tier: 1, Needs: need("dns"), RPO: unit.Duration(15 * time.Minute)},
			"mail":    {Tier: 1, Needs: need("directory"), RPO: unit.Duration(24 * time.Hour)},
			"website": {Tier: 2}, "e-forms": {Tier: 2, Needs: need("website", "mail")}, "payroll": {Tier: 2, Needs: need("directory")},
		},
	}
	at := graph.Placement{}
	for id, s := range est.Services {
		s.RunsOn, s.Recovery = "cluster", &estate.Recovery{Recipe: "vm", To: "spare"}
		est.Services[id] = s
		at[id] = "cluster"
	}
	loss, err := graph.ParseLoss(est, []string{"hall"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Make(plan.Input{Estate: est, Placement: at, Lost: []string{"hall"}, Loss: loss})
	if err != nil {
		t.Fatal(err)
	}
	c := &council{est: est, plan: p, impact: graph.ImpactOf(est, at, loss)}
	planned := fact.Fact{Run: "r1-x7fq", At: began, Body: fact.RunPlanned{Plan: p, By: "chief@hall"}}
	var state run.State
	if err := state.Apply(planned); err != nil {
		t.Fatal(err)
	}
	c.fold.Apply(planned)
	c.machine = run.New(est, state)
	c.take(c.machine.Attach(began, "chief@hall"))
	return c
}

func (c *council) take(out run.Output) {
	for _, f := range out.Facts {
		c.fold.Apply(f)
		if line := Line(c.est, &c.fold, f); line != "" {
			c.lines = append(c.lines, line)
		}
	}
}

func (c *council) end(at time.Duration, step estate.StepID, outcome estate.Outcome, reason string) {
	c.take(c.machine.Handle(began.Add(at), run.Ended{
		Attempt: estate.Attempt{Step: step, Part: estate.Do, Number: 1}, Result: estate.Result{Outcome: outcome, Reason: reason},
	}))
}

// halfWay is the council after a good half hour, in which one restore failed.
func halfWay(t *testing.T) *council {
	c := newCouncil(t)
	c.end(18*time.Minute, "dns/restore", estate.AttemptDone, "")
	c.end(19*time.Minute, "dns/start", estate.AttemptDone, "")
	c.end(22*time.Minute, "website/restore", estate.AttemptFailed, "it exited with code 7\x1b[2J")
	return c
}

func TestTheLivePage(t *testing.T) {
	c := halfWay(t)
	for name, size := range map[string][2]int{"page_80x24": {80, 24}, "page_60x12": {60, 12}} {
		page := Page(Style{Width: size[0]}, c.est, c.machine.State(), began.Add(25*time.Minute), size[1], "Ctrl-C stops it, resumable.")
		for _, line := range page {
			if n := utf8.RuneCountInString(line); n > size[0] {
				t.Errorf("%s: a line is %d columns wide: %q", name, n, line)
			}
		}
		if len(page) > size[1] {
			t.Errorf("%s has %d lines", name, len(page))
		}
		golden(t, name, strings.Join(page, "\n")+"\n")
	}
}

func TestAPageInColourSaysTheSameInWords(t *testing.T) {
	c := halfWay(t)
	plain := Page(Style{}, c.est, c.machine.State(), began.Add(25*time.Minute), 24, "")
	coloured := strings.Join(Page(Style{Colour: true}, c.est, c.machine.State(), began.Add(25*time.Minute), 24, ""), "\n")
	for _, code := range []string{"0", "1", "2", "31", "32", "33"} {
		coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
	}
	if diff := cmp.Diff(strings.Join(plain, "\n"), coloured); diff != "" {
		t.Errorf("(-plain +coloured):\n%s", diff)
	}
}

func TestTheLinesOfALog(t *testing.T) {
	golden(t, "lines", strings.Join(halfWay(t).lines, "\n")+"\n")
}

func TestTheProposal(t *testing.T) {
	c := newCouncil(t)
	var b bytes.Buffer
	Plan(&b, Style{}, c.est, c.plan, c.impact)
	golden(t, "plan", b.String())
}

func TestTheSummary(t *testing.T) {
	c := halfWay(t)
	var b bytes.Buffer
	Summary(&b, Style{}, c.est, c.machine.State(), began.Add(25*time.Minute))
	golden(t, "summary", b.String())
}

func TestTheDocument(t *testing.T) {
	c := halfWay(t)
	var b bytes.Buffer
	if err := JSON(&b, DocumentOf(c.est, c.machine.State(), began.Add(25*time.Minute), true)); err != nil {
		t.Fatal(err)
	}
	golden(t, "document", b.String())
}

func TestNothingThatAProgramSaysReachesTheTerminalRaw(t *testing.T) {
	if got := Clean("a\x1b[2Jb\rc\td\ne\u009b0m"); got != "a\\x1b[2Jb\\x0dc\td\ne\\x9b0m" {
		t.Errorf("Clean = %q", got)
	}
}

func TestALivePageIsRedrawnInPlace(t *testing.T) {
	var b bytes.Buffer
	live := Live{To: &b}
	live.Draw([]string{"one", "\x1b[1mtwo\x1b[0m", "a line of 20 columns"}, 20)
	live.Draw([]string{"four"}, 20)
	live.Draw([]string{"five"}, 20)
	want := "one\x1b[K\n\x1b[1mtwo\x1b[0m\x1b[K\na line of 20 columns\x1b[K\n\x1b[J" +
		"\x1b[3A\rfour\x1b[K\n\x1b[J" + "\x1b[1A\rfive\x1b[K\n\x1b[J"
	if b.String() != want {
		t.Errorf("Draw wrote %q", b.String())
	}
}

func TestAPageOnATerminalThatWasMadeNarrowerIsStillReplaced(t *testing.T) {
	var b bytes.Buffer
	live := Live{To: &b}
	live.Draw([]string{"one", "a line of 20 columns"}, 20)
	b.Reset()
	live.Draw(nil, 15)
	if b.String() != "\x1b[3A\r\x1b[J" {
		t.Errorf("Draw wrote %q", b.String())
	}
}

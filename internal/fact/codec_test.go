package fact

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/unit"
)

// one is an example of every kind of fact, with everything set that it can carry.
func one() []Body {
	exit, point, at := 3, time.Date(2018, 12, 25, 11, 0, 0, 0, time.UTC), time.Date(2018, 12, 26, 0, 0, 0, 0, time.UTC)
	attempt := estate.Attempt{Step: "mail/restore", Part: estate.Do, Number: 2}
	return []Body{
		EstateLoaded{Digest: "sha256:00", Folder: "/srv/estate", Files: []File{{"estate.yaml", "00"}}, Estate: estate.Estate{
			Sites: map[estate.SiteID]estate.Site{"hall": {}}, Platforms: map[estate.PlatformID]estate.Platform{"hyp": {Site: "hall"}},
			Services: map[estate.ServiceID]estate.Service{"mail": {Tier: 1, RunsOn: "hyp", RTO: unit.Duration(4 * time.Hour)}},
		}},
		RunPlanned{Plan: estate.Plan{Lost: []string{"hall"}, Estate: "sha256:00", Recovers: []estate.Move{{Service: "mail", From: "hyp", To: "spare", Tier: 1}},
			Steps: []estate.PlannedStep{{ID: "mail/restore", Service: "mail", Kind: estate.RunStep, Gates: [][]estate.StepID{{"a/b"}}}}}, By: "chief@hall"},
		OldCopiesNotFenced{Services: []estate.ServiceID{"mail"}},
		RunStarted{"chief@hall"}, RunResumed{"chief@hall"}, RunPaused{"chief@hall", "lunch"}, RunUnpaused{"chief@hall"},
		RunInterrupted{"chief@hall"}, RunCancelRequested{"chief@hall", "why"}, RunWaits{}, RunEnded{estate.Completed},
		StepIntended{attempt, "r1/mail/restore/do-2"}, StepAdopted{attempt},
		StepEnded{attempt, estate.Result{Outcome: estate.AttemptFailed, Exit: &exit, Reason: "no", RecoveryPoint: &point, Outputs: map[string]string{"rows": "3"}}, &at},
		StepObserved{attempt, &exit, "odd"}, StepHeld{"mail/restore", "why"}, StepRetried{"mail/restore", "chief@hall", "why"},
		StepSkipped{"mail/restore", "chief@hall", "why"}, StepDoneByHand{"mail/restore", "chief@hall", "why"},
		ServicePlaced{"mail", "spare"}, JournalCut{"1.jsonl", 10, 3},
	}
}

func TestEveryKindOfFactReadsBackAsItWasWritten(t *testing.T) {
	seen := map[Kind]bool{}
	for _, body := range one() {
		seen[body.Kind()] = true
		version, raw, err := Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(body.Kind(), version, raw)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(body, back); diff != "" {
			t.Errorf("%s (-written +read):\n%s", body.Kind(), diff)
		}
	}
	for kind := range kinds {
		if !seen[kind] {
			t.Errorf("there is no example of %s in this test", kind)
		}
	}
}

// Every type of this package that is a body has a line in the table of kinds, under the name that it gives itself.
func TestEveryBodyHasItsLineInTheTable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codec.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	methods := 0
	for _, decl := range file.Decls {
		if f, is := decl.(*ast.FuncDecl); is && f.Recv != nil && f.Name.Name == "Kind" {
			methods++
		}
	}
	if methods != len(kinds)+1 { // Unknown has a name of its own
		t.Errorf("%d types are bodies, and the table has %d lines", methods-1, len(kinds))
	}
}

func TestWhatALaterReleaseWroteIsKeptAsItIs(t *testing.T) {
	for _, c := range []struct {
		kind    Kind
		version int
	}{{"moon-landed", 1}, {"run-started", 2}, {"run-started", 0}} {
		body, err := Decode(c.kind, c.version, []byte(`{"by":"later"}`))
		unknown, is := body.(Unknown)
		if err != nil || !is {
			t.Fatalf("%s version %d read as %T, %v", c.kind, c.version, body, err)
		}
		version, raw, err := Encode(unknown)
		if err != nil || version != c.version || string(raw) != `{"by":"later"}` || unknown.Kind() != c.kind {
			t.Errorf("it is written again as %s version %d, %s, %v", unknown.Kind(), version, raw, err)
		}
	}
}

func TestNonsenseOfAKnownKindIsAnError(t *testing.T) {
	if _, err := Decode("run-started", 1, []byte(`[]`)); err == nil || !strings.Contains(err.Error(), "run-started") {
		t.Errorf("Decode = %v", err)
	}
}

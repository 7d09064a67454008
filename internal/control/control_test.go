package control

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/recovery"
	"reprise/internal/run"
)

func options() Options {
	return Options{Exec: []string{"/bin/false"}, Version: "test", Now: time.Now, Debug: slog.New(slog.DiscardHandler)}
}

func own(t *testing.T, folder Folder) (*Owner, *Serving, *Client) {
	t.Helper()
	owner, err := Own(t.Context(), folder, options())
	if err != nil {
		t.Fatal(err)
	}
	serving, err := owner.Serve()
	if err != nil {
		t.Fatal(err)
	}
	return owner, serving, NewClient(folder)
}

func leave(t *testing.T, owner *Owner, serving *Serving) {
	t.Helper()
	if err := errors.Join(serving.Shutdown(), owner.Close()); err != nil {
		t.Error(err)
	}
}

// probed is an estate whose recovery only asks: it needs no command and works on every system.
func probed(t *testing.T) (estatefile.Loaded, estate.Plan) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "estate.yaml")
	err := os.WriteFile(path, []byte(`
sites: {main: {}, spare: {standby_for: main}}
platforms: {hyp: {site: main}, hyp-spare: {site: spare}}
services:
  web: {tier: 1, runs_on: hyp, probe: "tcp://192.0.2.1:99", recovery: {recipe: wait, to: hyp-spare}}
recipes:
  wait: {steps: [{probe: own, within: 1h}]}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := estatefile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	proposal, err := recovery.Propose(loaded, (&recovery.History{}).Placement.Of(loaded.Estate), []string{"main"})
	if err != nil {
		t.Fatal(err)
	}
	return loaded, proposal.Plan
}

func newFolder(t *testing.T, path string) Folder {
	t.Helper()
	folder, err := NewFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestAFolderHasOneOwnerAtATime(t *testing.T) {
	folder := newFolder(t, t.TempDir())
	owner, serving, _ := own(t, folder)
	if !folder.Owned() {
		t.Error("nobody seems to own it")
	}
	if _, err := Own(t.Context(), folder, options()); !errors.Is(err, ErrOwned) {
		t.Errorf("a second owner got %v", err)
	}
	leave(t, owner, serving)
	if folder.Owned() {
		t.Error("it is still owned")
	}
	owner, serving, _ = own(t, folder)
	leave(t, owner, serving)
}

func TestAnOwnerAnswersHoweverLongThePathOfItsFolder(t *testing.T) {
	folder := newFolder(t, filepath.Join(t.TempDir(), strings.Repeat("a-long-name/", 12)))
	owner, serving, client := own(t, folder)
	defer leave(t, owner, serving)
	err := client.Command(t.Context(), "r1", run.Command{Verb: run.Pause})
	if refused, is := errors.AsType[diag.Refused](err); !is || !strings.Contains(refused.Why, `no run "r1"`) {
		t.Errorf("the owner answered %v", err)
	}
}

func TestWithoutAnOwnerAClientSaysSo(t *testing.T) {
	err := NewClient(newFolder(t, t.TempDir())).Resume(t.Context(), "r1", "test")
	if !errors.Is(err, ErrNoOwner) {
		t.Errorf("Resume = %v", err)
	}
}

func TestFactsReachAClientInOrderAndAsTheyHappen(t *testing.T) {
	folder := newFolder(t, t.TempDir())
	owner, serving, client := own(t, folder)
	loaded, p := probed(t)
	id, err := client.Recover(t.Context(), loaded, p, "chief@hall")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []fact.Kind
	err = client.Facts(t.Context(), 0, func(rec fact.Record) bool {
		kinds = append(kinds, rec.Body.Kind())
		if rec.Number != uint64(len(kinds)) {
			t.Errorf("record %d came as number %d", rec.Number, len(kinds))
		}
		if rec.Body.Kind() == "step-intended" {
			// Paused while we look: the stream must bring that too.
			go client.Command(t.Context(), id, run.Command{Verb: run.Pause, By: "chief@hall", Reason: "lunch"})
		}
		paused, is := rec.Body.(fact.RunPaused)
		if is && (paused.By != "chief@hall" || paused.Reason != "lunch") {
			t.Errorf("paused by %s for %s", paused.By, paused.Reason)
		}
		return !is
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "estate-loaded run-planned old-copies-not-fenced run-started step-intended run-paused"
	if got := strings.Join(words(kinds), " "); got != want {
		t.Errorf("facts came as %s; want %s", got, want)
	}
	if _, err := client.Recover(t.Context(), loaded, p, "chief@hall"); err == nil || !strings.Contains(err.Error(), string(id)) {
		t.Errorf("a second recovery while %s lives got %v", id, err)
	}

	// An owner that leaves in order says so in the journal, and the run can be resumed by another.
	leave(t, owner, serving)
	history, err := folder.ReadHistory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state, _ := history.Run(id); state.Status != estate.Interrupted {
		t.Errorf("the run is %s", state.Status)
	}
	owner, serving, client = own(t, folder)
	defer leave(t, owner, serving)
	if err := client.Resume(t.Context(), id, "deputy@hall"); err != nil {
		t.Error(err)
	}
	if driven := owner.Driven(); len(driven) != 1 || driven[0] != id {
		t.Errorf("driven are %v", driven)
	}
}

func words(kinds []fact.Kind) []string {
	text := make([]string, len(kinds))
	for i, kind := range kinds {
		text[i] = string(kind)
	}
	return text
}

func TestWhatWasCutOffTheJournalIsTold(t *testing.T) {
	folder := newFolder(t, t.TempDir())
	owner, serving, client := own(t, folder)
	loaded, p := probed(t)
	if _, err := client.Recover(t.Context(), loaded, p, "chief@hall"); err != nil {
		t.Fatal(err)
	}
	leave(t, owner, serving)

	segments, _ := filepath.Glob(filepath.Join(folder.Journal(), "*.jsonl"))
	f, err := os.OpenFile(segments[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"n":9,"run":"r1`)
	f.Close()

	owner, serving, _ = own(t, folder)
	defer leave(t, owner, serving)
	if owner.Cut == nil || owner.Cut.Bytes != 16 {
		t.Errorf("the owner says that %+v was cut", owner.Cut)
	}
	history, err := folder.ReadHistory(t.Context())
	if err != nil || len(history.Cuts) != 1 {
		t.Errorf("the journal tells of %d cuts, %v", len(history.Cuts), err)
	}
}

package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
)

// dyingLog is a log whose process dies at a fact: nothing after it becomes durable, and the group that it is in is cut
// where a power cut could have cut it.
type dyingLog struct {
	journal.Log
	mu   sync.Mutex // guards left
	left int        // facts that still become durable
	die  func()
}

var errDied = errors.New("the controller died")

func (l *dyingLog) Append(ctx context.Context, run estate.RunID, after uint64, facts []fact.Fact) ([]fact.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(facts) <= l.left {
		l.left -= len(facts)
		return l.Log.Append(ctx, run, after, facts)
	}
	if l.left > 0 {
		if _, err := l.Log.Append(ctx, run, after, facts[:l.left]); err != nil {
			return nil, err
		}
	}
	l.left = 0
	l.die()
	return nil, errDied
}

// kill makes the next append the last thing that fails.
func (l *dyingLog) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = 0
}

const forEver = 1 << 30

// session drives the run that the folder holds until it ends or the log dies, and says how it then stands.
func session(t *testing.T, folder string, est estate.Estate, w *world, facts int) (*State, int, error) {
	t.Helper()
	file, _, err := filelog.Open(folder, filelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log := &dyingLog{Log: file, left: facts, die: cancel}
	hook := w.hook
	w.hook = func(n int, moment string) fate {
		f := hook(n, moment)
		if f != goesOn {
			log.kill()
			cancel()
		}
		return f
	}
	defer func() { w.hook = hook }()

	state := replay(t, file)
	if state.ID == "" {
		_, p := town(t)
		if _, err := file.Append(ctx, "r1", 0, opened(p)); err != nil {
			t.Fatal(err)
		}
		state = replay(t, file)
	}
	before := state.Index
	d := NewDriver(Setup{Log: log, Actions: w.actions(), Now: time.Now, Debug: slog.New(slog.DiscardHandler), Estate: est, By: "test"}, state)
	err = d.Run(ctx)
	stored := replay(t, file)
	if err == nil {
		if diff := cmp.Diff(stored, *d.State(), cmp.AllowUnexported(State{})); diff != "" {
			t.Fatalf("the live state is not the fold of the journal (-journal +live):\n%s", diff)
		}
	}
	return &stored, int(stored.Index - before), err
}

func replay(t testing.TB, log journal.Log) State {
	t.Helper()
	var state State
	err := journal.Replay(t.Context(), log, func(rec fact.Record) error { return state.Apply(rec.Fact) })
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// finish resumes the run until it has ended and says what is wrong with its end, if anything.
func finish(t *testing.T, folder string, est estate.Estate, w *world) error {
	t.Helper()
	w.hook = func(int, string) fate { return goesOn }
	state, _, err := session(t, folder, est, w, forEver)
	if err != nil {
		return err
	}
	if state.Status != estate.Completed || len(state.Placed) != len(est.Services) {
		return fmt.Errorf("the run ended %s with %d of %d services back", state.Status, len(state.Placed), len(est.Services))
	}
	for i, step := range state.Steps {
		if step.State != estate.Done {
			return fmt.Errorf("%s ended %s", state.Plan.Steps[i].ID, step.State)
		}
		if seen := step.Observed; seen == nil && step.Last.Outputs["said"] != string(KeyOf("r1", step.Last.Attempt)) {
			return fmt.Errorf("the output of %s was lost", state.Plan.Steps[i].ID)
		}
	}
	return w.check(state.Plan)
}

// The controller dies before and after every single fact that a recovery records, even in the middle of a group.
func TestARunSurvivesACrashAroundEveryFact(t *testing.T) {
	est, _ := town(t)
	_, total, err := session(t, t.TempDir(), est, newWorld(), forEver)
	if err != nil {
		t.Fatal(err)
	}
	for facts := range total {
		folder, w := t.TempDir(), newWorld()
		if _, _, err := session(t, folder, est, w, facts); !errors.Is(err, errDied) {
			t.Fatalf("after %d of %d facts: died of %v", facts, total, err)
		}
		if err := finish(t, folder, est, w); err != nil {
			t.Errorf("after a crash at fact %d of %d: %v", facts, total, err)
		}
	}
	t.Logf("%d crash points, one at every fact", total)
}

// The controller dies in and after the effect of every step; the command lives on, or dies with it before or after it
// took effect.
func TestARunSurvivesACrashInAndAfterEveryEffect(t *testing.T) {
	est, p := town(t)
	points := 0
	for n := 1; n <= len(p.Steps); n++ {
		for _, c := range []struct {
			moment string
			fate   fate
		}{{"in", outlives}, {"in", diesWithout}, {"in", diesWith}, {"after", crashedAfter}} {
			points++
			folder, w := t.TempDir(), newWorld()
			w.hook = func(order int, moment string) fate {
				if order == n && moment == c.moment {
					return c.fate
				}
				return goesOn
			}
			if _, _, err := session(t, folder, est, w, forEver); err == nil {
				t.Fatalf("effect %d: the controller did not die", n)
			}
			if err := finish(t, folder, est, w); err != nil {
				t.Errorf("after a crash %s effect %d (fate %d): %v", c.moment, n, c.fate, err)
			}
		}
	}
	t.Logf("%d crash points, four at every effect", points)
}

// A controller that crashes again and again, after ever so few facts, still gets there.
func TestARunSurvivesManyCrashes(t *testing.T) {
	est, _ := town(t)
	folder, w := t.TempDir(), newWorld()
	for crashes := 0; ; crashes++ {
		state, _, err := session(t, folder, est, w, 7+crashes/10)
		if err == nil {
			if state.Status != estate.Completed {
				t.Fatalf("the run ended %s", state.Status)
			}
			t.Logf("completed after %d crashes", crashes)
			return
		}
		if crashes > 200 {
			t.Fatal("the run does not get on")
		}
	}
}

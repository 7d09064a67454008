// Package journaltest holds the suite that every implementation of journal.Log passes.
//
// It checks what the contract promises to any caller, through the contract alone. It does not check what becomes of a
// log whose disk fails or whose files are changed: that belongs to the implementation.
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
)

// Open opens a new, empty log, and returns a function that opens its contents again after closing what was open.
type Open func(t *testing.T) (log journal.Log, reopen func() journal.Log)

// Suite runs the whole suite.
func Suite(t *testing.T, open func(t *testing.T) (log journal.Log, reopen func() journal.Log)) {
	for name, test := range map[string]func(*testing.T, Open){
		"a group is appended and read in order":        inOrder,
		"every kind of body reads as it was returned":  bodies,
		"a refused append leaves no trace":             fenced,
		"runs interleave":                              interleaved,
		"facts that cannot be kept are refused":        unkeepable,
		"an empty append checks the fence only":        emptyAppend,
		"read begins anywhere and ends early":          partialReads,
		"read stops with its context":                  cancelledRead,
		"wait wakes":                                   waitWakes,
		"wait ends with its context":                   waitCancelled,
		"wait ends with the log":                       waitClosed,
		"a closed log refuses everything":              closed,
		"records are in the order of their recording":  recordedOrder,
		"many runs append at once":                     concurrent,
		"of many writers to one run exactly one wins":  contended,
		"a group is never read in part":                groupsAtomic,
		"what a caller does to its facts changes none": aliasing,
		"any sequence of appends equals the model":     againstModel,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

// Ended returns a fact about a run, told apart from others by its reason.
func Ended(run estate.RunID, reason string) fact.Fact {
	at := time.Date(2024, 5, 17, 3, 4, 5, 678_000_000, time.UTC)
	exit := 3
	return fact.Fact{Run: run, At: at, Body: fact.StepEnded{
		Attempt: estate.Attempt{Step: "base/rendre", Part: estate.Do, Number: 1},
		Result:  estate.Result{Outcome: estate.AttemptFailed, Exit: &exit, Reason: reason},
	}}
}

func group(run estate.RunID, reasons ...string) []fact.Fact {
	var facts []fact.Fact
	for _, r := range reasons {
		facts = append(facts, Ended(run, r))
	}
	return facts
}

func reason(r fact.Record) string { return r.Body.(fact.StepEnded).Reason }

// read returns every record after a number.
func read(t *testing.T, log journal.Log, after uint64) []fact.Record {
	t.Helper()
	var records []fact.Record
	err := log.Read(t.Context(), after, func(r fact.Record) bool {
		records = append(records, r)
		return true
	})
	if err != nil {
		t.Fatalf("Read after %d: %v", after, err)
	}
	return records
}

func mustAppend(t *testing.T, log journal.Log, run estate.RunID, after uint64, facts []fact.Fact) []fact.Record {
	t.Helper()
	records, err := log.Append(t.Context(), run, after, facts)
	if err != nil {
		t.Fatalf("Append to %q after %d: %v", run, after, err)
	}
	return records
}

func same(t *testing.T, what string, got, want []fact.Record) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return // nil or not
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func inOrder(t *testing.T, open Open) {
	log, reopen := open(t)
	first := mustAppend(t, log, "r1", 0, group("r1", "a", "b", "c"))
	second := mustAppend(t, log, "r1", 3, group("r1", "d"))
	want := append(first, second...)
	for i, r := range want {
		if n := uint64(i) + 1; r.Number != n || r.Index != n || r.Run != "r1" || reason(r) != string(rune('a'+i)) {
			t.Errorf("record %d is number %d, index %d of run %q: %q", n, r.Number, r.Index, r.Run, reason(r))
		}
		if r.Recorded.IsZero() || r.Recorded.Location() != time.UTC || !r.At.Equal(Ended("", "").At) {
			t.Errorf("record %d: at %v, recorded %v", i+1, r.At, r.Recorded)
		}
	}
	same(t, "read", read(t, log, 0), want)
	log = reopen()
	same(t, "read after reopening", read(t, log, 0), want)
	third := mustAppend(t, log, "r1", 4, group("r1", "e"))
	if third[0].Number != 5 || third[0].Index != 5 {
		t.Errorf("after reopening, the next record is number %d, index %d", third[0].Number, third[0].Index)
	}
}

func bodies(t *testing.T, open Open) {
	log, reopen := open(t)
	paris := time.FixedZone("Paris", 3600)
	facts := []fact.Fact{
		{Run: "", At: time.Now(), Body: fact.EstateLoaded{Digest: "d", Folder: "/é", Files: []fact.File{{Name: "a", SHA256: "b"}}}},
		{Run: "", At: time.Time{}, Body: fact.RunWaits{}},
		{Run: "", At: time.Date(2024, 12, 31, 23, 59, 59, 999_999_999, paris), Body: fact.RunPaused{Reason: "<&> \" \\ \u2028 \x00 \n 日本"}},
		{Run: "", At: time.Now(), Body: fact.StepEnded{Result: estate.Result{Reason: "not UTF-8: \xff", Outputs: map[string]string{}}}},
		{Run: "", At: time.Now(), Body: fact.Unknown{Name: "comet-seen", Version: 7, Raw: []byte(`{ "tail" : [1, 2.50] }`)}},
		{Run: "", At: time.Now(), Body: fact.Unknown{Name: "run-waits", Version: 99, Raw: []byte(`null`)}},
	}
	want := mustAppend(t, log, "", 0, facts)
	for i, r := range want {
		if !r.At.Equal(facts[i].At) || r.At.Location() != time.UTC {
			t.Errorf("fact %d happened at %v and is kept as %v", i+1, facts[i].At, r.At)
		}
	}
	if raw := string(want[4].Body.(fact.Unknown).Raw); raw != `{"tail":[1,2.50]}` {
		t.Errorf("an unknown body is kept as %s", raw)
	}
	same(t, "read", read(t, log, 0), want)
	same(t, "read after reopening", read(t, reopen(), 0), want)
}

func fenced(t *testing.T, open Open) {
	log, reopen := open(t)
	want := mustAppend(t, log, "r1", 0, group("r1", "a", "b"))
	for _, after := range []uint64{0, 1, 3, 1 << 63} {
		records, err := log.Append(t.Context(), "r1", after, group("r1", "x", "y"))
		if !errors.Is(err, journal.ErrFenced) || errors.Is(err, journal.ErrStopped) || records != nil {
			t.Errorf("after %d: got %v, %v; want ErrFenced", after, records, err)
		}
	}
	if _, err := log.Append(t.Context(), "r2", 2, group("r2", "x")); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("a new run after 2: %v; want ErrFenced", err)
	}
	want = append(want, mustAppend(t, log, "r1", 2, group("r1", "c"))...)
	want = append(want, mustAppend(t, log, "r2", 0, group("r2", "d"))...)
	same(t, "read", read(t, log, 0), want)
	log = reopen()
	if _, err := log.Append(t.Context(), "r1", 2, group("r1", "x")); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("after reopening: %v; want ErrFenced", err)
	}
	same(t, "read after reopening", read(t, log, 0), want)
}

func interleaved(t *testing.T, open Open) {
	log, reopen := open(t)
	var want []fact.Record
	for i := range uint64(5) {
		for _, run := range []estate.RunID{"r1", "", "r2"} {
			want = append(want, mustAppend(t, log, run, 2*i, group(run, "a", "b"))...)
		}
	}
	for i, r := range want {
		if index := uint64(i)/6*2 + uint64(i)%2 + 1; r.Number != uint64(i)+1 || r.Index != index {
			t.Errorf("record %d is number %d, index %d of run %q; want index %d", i+1, r.Number, r.Index, r.Run, index)
		}
	}
	same(t, "read", read(t, log, 0), want)
	same(t, "read after reopening", read(t, reopen(), 0), want)
}

func unkeepable(t *testing.T, open Open) {
	log, _ := open(t)
	at := time.Now()
	for name, f := range map[string]fact.Fact{
		"another run's":         {Run: "r2", At: at, Body: fact.RunWaits{}},
		"without a body":        {Run: "r1", At: at},
		"of an unlisted kind":   {Run: "r1", At: at, Body: unlisted{}},
		"of the year 10000":     {Run: "r1", At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Body: fact.RunWaits{}},
		"with broken JSON":      {Run: "r1", At: at, Body: fact.Unknown{Name: "comet-seen", Version: 1, Raw: []byte(`{`)}},
		"with no JSON":          {Run: "r1", At: at, Body: fact.Unknown{Name: "comet-seen", Version: 1}},
		"that does not decode":  {Run: "r1", At: at, Body: fact.RunPlanned{Plan: estate.Plan{Forecast: estate.Forecast{Makespan: -1}}}},
		"a known one, misfit":   {Run: "r1", At: at, Body: fact.Unknown{Name: "run-waits", Version: 1, Raw: []byte(`5`)}},
		"with a kind not UTF-8": {Run: "r1", At: at, Body: fact.Unknown{Name: "\xff", Version: 1, Raw: []byte(`{}`)}},
	} {
		records, err := log.Append(t.Context(), "r1", 0, []fact.Fact{Ended("r1", "good"), f})
		if err == nil || errors.Is(err, journal.ErrStopped) || errors.Is(err, journal.ErrFenced) || records != nil {
			t.Errorf("a fact %s: got %v, %v", name, records, err)
		}
	}
	want := mustAppend(t, log, "r1", 0, group("r1", "a"))
	same(t, "read", read(t, log, 0), want)
}

type unlisted struct{}

func (unlisted) Kind() fact.Kind { return "unlisted" }

func emptyAppend(t *testing.T, open Open) {
	log, _ := open(t)
	if records := mustAppend(t, log, "r1", 0, nil); len(records) != 0 {
		t.Errorf("got %v", records)
	}
	want := mustAppend(t, log, "r1", 0, group("r1", "a"))
	mustAppend(t, log, "r1", 1, nil)
	if _, err := log.Append(t.Context(), "r1", 0, nil); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("after 0: %v; want ErrFenced", err)
	}
	same(t, "read", read(t, log, 0), want)
}

func partialReads(t *testing.T, open Open) {
	log, reopen := open(t)
	var all []fact.Record
	for i := range uint64(20) {
		all = append(all, mustAppend(t, log, "r1", 3*i, group("r1", "a", "b", "c"))...)
	}
	for range 2 {
		for after := range uint64(len(all) + 3) {
			got := read(t, log, after)
			same(t, fmt.Sprintf("read after %d", after), got, all[min(after, uint64(len(all))):])
		}
		for limit := 1; limit <= len(all); limit++ {
			var got []fact.Record
			err := log.Read(t.Context(), 0, func(r fact.Record) bool {
				got = append(got, r)
				return len(got) < limit
			})
			if err != nil || len(got) != limit {
				t.Errorf("stopped after %d records: got %d, %v", limit, len(got), err)
			}
		}
		log = reopen()
	}
}

func cancelledRead(t *testing.T, open Open) {
	log, _ := open(t)
	mustAppend(t, log, "r1", 0, group("r1", "a", "b", "c"))
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := log.Read(ctx, 0, func(fact.Record) bool {
		n++
		cancel()
		return true
	})
	if !errors.Is(err, context.Canceled) || n != 1 {
		t.Errorf("got %d records and %v; want 1 and the context's error", n, err)
	}
}

func waitWakes(t *testing.T, open Open) {
	log, _ := open(t)
	var wg sync.WaitGroup
	for after := range uint64(4) {
		wg.Go(func() {
			if err := log.Wait(t.Context(), after); err != nil {
				t.Errorf("Wait after %d: %v", after, err)
			}
			var got uint64
			if err := log.Read(t.Context(), after, func(r fact.Record) bool { got = r.Number; return false }); err != nil || got != after+1 {
				t.Errorf("woken after %d, and then read record %d, %v", after, got, err)
			}
		})
	}
	mustAppend(t, log, "r1", 0, group("r1", "a"))
	mustAppend(t, log, "r1", 1, group("r1", "b", "c"))
	mustAppend(t, log, "r2", 0, group("r2", "d"))
	wg.Wait()
}

func waitCancelled(t *testing.T, open Open) {
	log, _ := open(t)
	mustAppend(t, log, "r1", 0, group("r1", "a"))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- log.Wait(ctx, 1) }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want the context's error", err)
	}
}

func waitClosed(t *testing.T, open Open) {
	log, _ := open(t)
	result := make(chan error)
	for range 3 {
		go func() { result <- log.Wait(t.Context(), 0) }()
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := <-result; !errors.Is(err, journal.ErrStopped) {
			t.Errorf("got %v; want ErrStopped", err)
		}
	}
}

func closed(t *testing.T, open Open) {
	log, reopen := open(t)
	want := mustAppend(t, log, "r1", 0, group("r1", "a"))
	for range 2 {
		if err := log.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := log.Append(t.Context(), "r1", 1, group("r1", "b")); !errors.Is(err, journal.ErrStopped) {
		t.Errorf("Append: %v; want ErrStopped", err)
	}
	if err := log.Read(t.Context(), 0, func(fact.Record) bool { return true }); !errors.Is(err, journal.ErrStopped) {
		t.Errorf("Read: %v; want ErrStopped", err)
	}
	if err := log.Wait(t.Context(), 0); !errors.Is(err, journal.ErrStopped) {
		t.Errorf("Wait: %v; want ErrStopped", err)
	}
	same(t, "read after reopening", read(t, reopen(), 0), want)
}

func recordedOrder(t *testing.T, open Open) {
	log, _ := open(t)
	for i := range uint64(10) {
		mustAppend(t, log, "r1", i, group("r1", "a"))
	}
	var last time.Time
	for _, r := range read(t, log, 0) {
		if r.Recorded.Before(last) {
			t.Errorf("record %d was recorded at %v, before %v", r.Number, r.Recorded, last)
		}
		last = r.Recorded
	}
}

func aliasing(t *testing.T, open Open) {
	log, _ := open(t)
	outputs := map[string]string{"k": "v"}
	f := fact.Fact{Run: "r1", At: time.Now(), Body: fact.StepEnded{Result: estate.Result{Outputs: outputs}}}
	mustAppend(t, log, "r1", 0, []fact.Fact{f})[0].Body.(fact.StepEnded).Outputs["k"] = "changed in what was returned"
	outputs["k"] = "changed in what was given"
	read(t, log, 0)[0].Body.(fact.StepEnded).Outputs["k"] = "changed in what was read"
	if got := read(t, log, 0)[0].Body.(fact.StepEnded).Outputs["k"]; got != "v" {
		t.Errorf("the log now says %q", got)
	}
}

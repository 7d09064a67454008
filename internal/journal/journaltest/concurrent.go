package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
)

func concurrent(t *testing.T, open Open) {
	log, reopen := open(t)
	const runs, groups, size = 12, 15, 3
	returned := make([][]fact.Record, runs)
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() {
			run := estate.RunID(fmt.Sprintf("r%d", i))
			for g := range uint64(groups) {
				records, err := log.Append(t.Context(), run, g*size, group(run, "a", "b", "c"))
				if err != nil {
					t.Errorf("Append to %s: %v", run, err)
					return
				}
				returned[i] = append(returned[i], records...)
			}
		})
	}
	wg.Wait()
	for range 2 {
		all := read(t, log, 0)
		byRun := map[estate.RunID][]fact.Record{}
		for i, r := range all {
			if r.Number != uint64(i)+1 {
				t.Fatalf("record %d stands in place %d", r.Number, i+1)
			}
			byRun[r.Run] = append(byRun[r.Run], r)
		}
		for i := range runs {
			run := estate.RunID(fmt.Sprintf("r%d", i))
			same(t, string(run), byRun[run], returned[i])
		}
		log = reopen()
	}
}

func contended(t *testing.T, open Open) {
	log, _ := open(t)
	var wins, refusals atomic.Int32
	for round := range uint64(10) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				_, err := log.Append(t.Context(), "r1", 2*round, group("r1", "a", "b"))
				switch {
				case err == nil:
					wins.Add(1)
				case errors.Is(err, journal.ErrFenced):
					refusals.Add(1)
				default:
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
	}
	if wins.Load() != 10 || refusals.Load() != 50 {
		t.Errorf("%d wins and %d refusals in 10 rounds of 6", wins.Load(), refusals.Load())
	}
	if n := len(read(t, log, 0)); n != 20 {
		t.Errorf("%d records; want 20", n)
	}
}

// groupsAtomic reads while others append: whoever is shown a group's first fact is shown its last.
func groupsAtomic(t *testing.T, open Open) {
	log, _ := open(t)
	const groups = 60
	var writers sync.WaitGroup
	for _, run := range []estate.RunID{"r1", "r2"} {
		writers.Go(func() {
			for g := range uint64(groups) {
				if _, err := log.Append(t.Context(), run, 3*g, group(run, "a", "b", "c")); err != nil {
					t.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	var seen uint64
	for seen < 2*3*groups && !t.Failed() {
		if err := log.Wait(t.Context(), seen); err != nil {
			t.Fatalf("Wait: %v", err)
		}
		got := read(t, log, seen)
		if len(got)%3 != 0 || len(got) == 0 {
			t.Fatalf("after %d: read %d records, which is not whole groups of 3", seen, len(got))
		}
		for i, r := range got {
			if r.Number != seen+uint64(i)+1 || reason(r) != string(rune('a'+i%3)) {
				t.Fatalf("after %d: record %d is number %d, %q", seen, i+1, r.Number, reason(r))
			}
		}
		seen += uint64(len(got))
	}
	writers.Wait()
}

// againstModel appends at random, mostly where it is allowed, and compares with a slice.
func againstModel(t *testing.T, open Open) {
	rapid.Check(t, func(rt *rapid.T) {
		log, reopen := open(t)
		defer func() { log.Close() }() // its result is checked elsewhere
		var model []fact.Record
		heads := map[estate.RunID]uint64{}
		for range rapid.IntRange(0, 12).Draw(rt, "steps") {
			run := estate.RunID(rapid.SampledFrom([]string{"", "r1", "r2", "été \"<\\"}).Draw(rt, "run"))
			after := heads[run]
			if rapid.IntRange(0, 4).Draw(rt, "stale") == 0 {
				after = rapid.Uint64Range(0, 6).Draw(rt, "after")
			}
			facts := group(run, rapid.SliceOfN(rapid.String(), 0, 4).Draw(rt, "reasons")...)
			records, err := log.Append(t.Context(), run, after, facts)
			if after != heads[run] {
				if !errors.Is(err, journal.ErrFenced) {
					rt.Fatalf("Append to %q after %d, which has %d: %v", run, after, heads[run], err)
				}
				continue
			}
			if err != nil || len(records) != len(facts) {
				rt.Fatalf("Append: %d records, %v", len(records), err)
			}
			for i, f := range facts {
				heads[run]++
				want := fact.Record{Fact: f, Number: uint64(len(model)) + 1, Index: heads[run], Recorded: records[i].Recorded}
				if diff := cmp.Diff(want, records[i]); diff != "" {
					rt.Fatalf("record (-want +got):\n%s", diff)
				}
				model = append(model, want)
			}
			if rapid.IntRange(0, 5).Draw(rt, "reopen") == 0 {
				log = reopen()
			}
		}
		after := rapid.Uint64Range(0, uint64(len(model))).Draw(rt, "read after")
		var got []fact.Record
		if err := log.Read(t.Context(), after, func(r fact.Record) bool { got = append(got, r); return true }); err != nil {
			rt.Fatalf("Read: %v", err)
		}
		if len(got) != len(model[after:]) || len(got) > 0 && !cmp.Equal(model[after:], got) {
			rt.Fatalf("read after %d (-want +got):\n%s", after, cmp.Diff(model[after:], got))
		}
	})
}

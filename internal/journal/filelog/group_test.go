package filelog_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
	"reprise/internal/journal/journaltest"
)

// TestGroupCommit holds a sync up until all other callers have come: then one more sync serves them all.
func TestGroupCommit(t *testing.T) {
	const runs = 50
	var coming atomic.Int64
	var syncs atomic.Int64
	opts := filelog.Options{Sync: func(f *os.File) error {
		syncs.Add(1)
		for coming.Load() < runs { // the disk is slow until everybody is on the way
			runtime.Gosched()
		}
		return f.Sync()
	}}
	dir := t.TempDir()
	coming.Store(runs)
	log, _ := open(t, dir, opts)
	appendTo(t, log, "warm", 0, journaltest.Ended("warm", ""))
	coming.Store(0)
	syncs.Store(0)
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() {
			run := estate.RunID(fmt.Sprintf("r%d", i))
			facts := []fact.Fact{journaltest.Ended(run, "")}
			coming.Add(1)
			if _, err := log.Append(t.Context(), run, 0, facts); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := syncs.Load(); n > runs/4 {
		t.Errorf("%d appends took %d syncs", runs, n)
	}
	if n := len(contents(t, log)); n != runs+1 {
		t.Errorf("%d records; want %d", n, runs+1)
	}
}

// TestCloseDuringCommit closes while a write is under way and others queue: what was begun is acknowledged, what was
// not is refused, and the files hold exactly the former.
func TestCloseDuringCommit(t *testing.T) {
	dir := t.TempDir()
	entered, leave := make(chan bool), make(chan bool)
	var hold atomic.Bool
	log, _ := open(t, dir, filelog.Options{Sync: func(f *os.File) error {
		if hold.Load() {
			entered <- true
			<-leave
		}
		return f.Sync()
	}})
	appendTo(t, log, "r0", 0, journaltest.Ended("r0", ""))
	hold.Store(true)
	begun, closed := make(chan error), make(chan error)
	go func() {
		_, err := log.Append(t.Context(), "r1", 0, []fact.Fact{journaltest.Ended("r1", "")})
		begun <- err
	}()
	<-entered
	hold.Store(false)
	queued := make(chan error)
	for i := range 3 {
		go func() {
			run := estate.RunID(fmt.Sprintf("q%d", i))
			_, err := log.Append(t.Context(), run, 0, []fact.Fact{journaltest.Ended(run, "")})
			queued <- err
		}()
	}
	go func() { closed <- log.Close() }()
	for range 3 { // whether they came before Close or after it
		if err := <-queued; !errors.Is(err, journal.ErrStopped) {
			t.Errorf("a queued append: %v; want ErrStopped", err)
		}
	}
	leave <- true
	if err := <-begun; err != nil {
		t.Errorf("an append whose write had begun: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, opened := open(t, dir, filelog.Options{}); opened.Records != 2 {
		t.Errorf("opened: %+v; want 2 records", opened)
	}
}

// TestFailureFailsAllThatWait: a failed sync is everybody's error.
func TestFailureFailsAllThatWait(t *testing.T) {
	var failing atomic.Bool
	var coming atomic.Int64
	log, _ := open(t, t.TempDir(), filelog.Options{Sync: func(f *os.File) error {
		if failing.Load() {
			for coming.Load() < 20 {
				runtime.Gosched()
			}
			return errors.New("worn out")
		}
		return f.Sync()
	}})
	appendTo(t, log, "warm", 0, journaltest.Ended("warm", ""))
	failing.Store(true)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			run := estate.RunID(fmt.Sprintf("r%d", i))
			facts := []fact.Fact{journaltest.Ended(run, "")}
			coming.Add(1)
			if recs, err := log.Append(t.Context(), run, 0, facts); !errors.Is(err, journal.ErrStopped) || recs != nil {
				t.Errorf("got %v, %v; want ErrStopped", recs, err)
			}
		})
	}
	wg.Wait()
}

// TestRotation checks where segments begin, and that a log of many reads like a log of one.
func TestRotation(t *testing.T) {
	small := fill(t, 100, filelog.Options{SegmentBytes: 2500})
	names := segments(t, small)
	if len(names) < 10 || names[0] != first {
		t.Fatalf("segments: %q", names)
	}
	next := 1
	for i, name := range names {
		b := files(t, small)[name]
		if want := fmt.Sprintf("%020d.jsonl", next); name != want {
			t.Errorf("segment %d is named %s; its first record has number %d", i+1, name, next)
		}
		if i < len(names)-1 && len(b) < 2500 {
			t.Errorf("%s was left at %d bytes", name, len(b))
		}
		next += lineCount(b)
	}
	log, opened := open(t, small, filelog.Options{SegmentBytes: 2500})
	if opened.Records != 100 || opened.Cut != nil {
		t.Errorf("opened: %+v", opened)
	}
	for i, r := range contents(t, log) {
		if diff := cmp.Diff(numbered(i), r.Fact); diff != "" {
			t.Errorf("record %d (-want +got):\n%s", i+1, diff)
		}
	}
}

// TestReadWhileWriting follows a log through its own Read and through the folder, while it grows over many segments.
func TestReadWhileWriting(t *testing.T) {
	dir := t.TempDir()
	log, _ := open(t, dir, filelog.Options{SegmentBytes: 3000})
	const total = 900
	var wg sync.WaitGroup
	follow := func(name string, read func(after uint64, yield func(fact.Record) bool) error) {
		wg.Go(func() {
			for seen := uint64(0); seen < total; {
				err := read(seen, func(r fact.Record) bool {
					if r.Number != seen+1 || !cmp.Equal(r.Fact, numbered(int(seen))) {
						t.Errorf("%s: after %d comes %+v", name, seen, r)
					}
					seen++
					return true
				})
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if err := log.Wait(t.Context(), min(seen, total-1)); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	follow("log", func(after uint64, yield func(fact.Record) bool) error { return log.Read(t.Context(), after, yield) })
	follow("folder", func(after uint64, yield func(fact.Record) bool) error {
		_, err := filelog.Read(t.Context(), dir, after, yield)
		return err
	})
	for i := 0; i < total; i += 3 {
		appendTo(t, log, "r1", uint64(i), numbered(i), numbered(i+1), numbered(i+2))
	}
	wg.Wait()
}

// TestReadFolder covers what following does not.
func TestReadFolder(t *testing.T) {
	dir := fill(t, 50, filelog.Options{SegmentBytes: 3000})
	before := files(t, dir)
	for after := range uint64(53) {
		n := after
		opened, err := filelog.Read(t.Context(), dir, after, func(r fact.Record) bool {
			n++
			return r.Number == n
		})
		if err != nil || n != max(50, after) || opened.Records != 50 || opened.Cut != nil {
			t.Errorf("after %d: up to %d, %+v, %v", after, n, opened, err)
		}
	}
	last := segments(t, dir)[len(segments(t, dir))-1]
	torn := append(before[last], `{"n":51,"run":"r1","i":`...)
	if err := os.WriteFile(filepath.Join(dir, last), torn, 0o600); err != nil {
		t.Fatal(err)
	}
	before[last] = torn
	if opened, err := filelog.Read(t.Context(), dir, 0, func(fact.Record) bool { return true }); err != nil || opened.Records != 50 {
		t.Errorf("with an incomplete last line: %+v, %v", opened, err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("reading changed the folder (-before +after):\n%s", diff)
	}
	if _, err := filelog.Read(t.Context(), filepath.Join(dir, "none"), 0, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if opened, err := filelog.Read(t.Context(), t.TempDir(), 0, nil); err != nil || opened.Records != 0 {
		t.Errorf("an empty folder: %+v, %v", opened, err)
	}
}

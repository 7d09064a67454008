package filelog_test

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
	"reprise/internal/journal/journaltest"
)

// disk is a disk that fails on demand and counts.
type disk struct {
	writes, syncs       atomic.Int64
	failWrite, failSync atomic.Pointer[error]
	short               atomic.Bool // writes keep three quarters and say so, or fail with failWrite
	now                 func() time.Time
}

func (d *disk) options() filelog.Options {
	return filelog.Options{
		Now: d.now,
		Write: func(f *os.File, b []byte) (int, error) {
			d.writes.Add(1)
			if d.short.Load() {
				n, err := f.Write(b[:len(b)*3/4])
				if fail := d.failWrite.Load(); fail != nil {
					err = *fail
				}
				return n, err
			}
			return f.Write(b)
		},
		Sync: func(f *os.File) error {
			d.syncs.Add(1)
			if fail := d.failSync.Load(); fail != nil {
				return *fail
			}
			return f.Sync()
		},
	}
}

// TestOneWriteOneSync counts what an append of a single caller costs.
func TestOneWriteOneSync(t *testing.T) {
	var d disk
	log, _ := open(t, t.TempDir(), d.options())
	appendTo(t, log, "r1", 0, numbered(0)) // creates the segment, which costs a sync of the folder
	for i := range uint64(5) {
		writes, syncs := d.writes.Load(), d.syncs.Load()
		appendTo(t, log, "r1", 1+3*i, numbered(1), numbered(2), numbered(3))
		if w, s := d.writes.Load()-writes, d.syncs.Load()-syncs; w != 1 || s != 1 {
			t.Errorf("a group of 3 took %d writes and %d syncs", w, s)
		}
	}
	writes, syncs := d.writes.Load(), d.syncs.Load()
	appendTo(t, log, "r1", 16)
	if _, err := log.Append(t.Context(), "r1", 0, []fact.Fact{numbered(0)}); !errors.Is(err, journal.ErrFenced) {
		t.Error(err)
	}
	if w, s := d.writes.Load()-writes, d.syncs.Load()-syncs; w != 0 || s != 0 {
		t.Errorf("an empty and a refused append took %d writes and %d syncs", w, s)
	}
}

// TestFailureStopsForGood breaks the disk once and mends it: the log stays stopped, and opening tells what landed.
func TestFailureStopsForGood(t *testing.T) {
	for _, c := range []struct {
		name   string
		fail   func(d *disk)
		cause  error
		landed []uint64 // how many records may be found again
		cut    bool
	}{
		{"sync", func(d *disk) { err := error(syscall.EIO); d.failSync.Store(&err) }, syscall.EIO, []uint64{4}, false},
		{"no space", func(d *disk) { err := error(syscall.ENOSPC); d.failWrite.Store(&err); d.short.Store(true) }, syscall.ENOSPC, []uint64{3}, true},
		{"short write", func(d *disk) { d.short.Store(true) }, io.ErrShortWrite, []uint64{3}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d disk
			dir := t.TempDir()
			log, _ := open(t, dir, d.options())
			acknowledged := appendTo(t, log, "r1", 0, numbered(0), numbered(1))
			waiting := make(chan error)
			go func() { waiting <- log.Wait(t.Context(), 2) }()

			c.fail(&d)
			_, err := log.Append(t.Context(), "r1", 2, []fact.Fact{numbered(2), numbered(3)})
			if !errors.Is(err, journal.ErrStopped) || !errors.Is(err, c.cause) {
				t.Errorf("got %v; want ErrStopped and the cause", err)
			}
			mustContain(t, err, "disk", "again")
			if err := <-waiting; !errors.Is(err, journal.ErrStopped) || !errors.Is(err, c.cause) {
				t.Errorf("Wait: got %v; want ErrStopped and the cause", err)
			}

			d.failSync.Store(nil)
			d.failWrite.Store(nil)
			d.short.Store(false)
			writes, syncs := d.writes.Load(), d.syncs.Load()
			for _, after := range []uint64{2, 4} {
				if _, err := log.Append(t.Context(), "r1", after, []fact.Fact{numbered(2)}); !errors.Is(err, journal.ErrStopped) {
					t.Errorf("after the disk recovered: got %v; want ErrStopped", err)
				}
			}
			if d.writes.Load() != writes || d.syncs.Load() != syncs {
				t.Error("a stopped log wrote or synced again")
			}
			if diff := cmp.Diff(acknowledged, contents(t, log)); diff != "" {
				t.Errorf("a stopped log does not read what it acknowledged (-want +got):\n%s", diff)
			}
			if err := log.Wait(t.Context(), 1); err != nil {
				t.Errorf("Wait for what is there: %v", err)
			}
			if err := log.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}

			again, opened := open(t, dir, filelog.Options{})
			if (opened.Cut != nil) != c.cut || opened.Records < c.landed[0] || opened.Records > c.landed[len(c.landed)-1] {
				t.Errorf("opened: %+v", opened)
			}
			appendTo(t, again, "r1", opened.Records, numbered(9))
		})
	}
}

// TestFailureWhileASegmentBegins fails the sync of the folder, and the creation itself.
func TestFailureWhileASegmentBegins(t *testing.T) {
	dir := t.TempDir()
	var d disk
	opts := d.options()
	opts.SegmentBytes = 1
	sync := opts.Sync
	opts.Sync = func(f *os.File) error {
		if info, err := f.Stat(); err == nil && info.IsDir() && d.writes.Load() == 2 {
			return syscall.EIO
		}
		return sync(f)
	}
	log, _ := open(t, dir, opts)
	appendTo(t, log, "r1", 0, numbered(0))
	if _, err := log.Append(t.Context(), "r1", 1, []fact.Fact{numbered(1)}); !errors.Is(err, journal.ErrStopped) || !errors.Is(err, syscall.EIO) {
		t.Errorf("the folder's sync failed: %v", err)
	}
	log.Close()
	log, opened := open(t, dir, filelog.Options{SegmentBytes: 1})
	if opened.Records != 2 {
		t.Errorf("opened: %+v", opened)
	}
	// Somebody else writes where only we may: the name of the next segment is taken.
	if err := os.WriteFile(dir+"/00000000000000000003.jsonl", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Append(t.Context(), "r1", 2, []fact.Fact{numbered(2)}); !errors.Is(err, journal.ErrStopped) || !errors.Is(err, os.ErrExist) {
		t.Errorf("the next segment's name was taken: %v", err)
	}
}

// TestOpenSyncsBeforeItIsBelieved: what a killed writer left in the page cache is made durable before anybody acts on it.
func TestOpenSyncsBeforeItIsBelieved(t *testing.T) {
	dir := fill(t, 3, filelog.Options{})
	var d disk
	log, _ := open(t, dir, d.options())
	log.Close()
	if d.syncs.Load() == 0 {
		t.Error("opening synced nothing")
	}
	failing := error(syscall.EIO)
	d.failSync.Store(&failing)
	if _, _, err := filelog.Open(dir, d.options()); !errors.Is(err, syscall.EIO) {
		t.Errorf("opening with a failing sync: %v", err)
	}
}

// TestClockSetBack: recorded never goes back, not even across an opening.
func TestClockSetBack(t *testing.T) {
	dir := t.TempDir()
	clock := time.Date(2024, 5, 17, 12, 0, 0, 5, time.FixedZone("", 7200))
	opts := filelog.Options{Now: func() time.Time { return clock }}
	log, _ := open(t, dir, opts)
	want := clock
	for i := range uint64(4) {
		rec := appendTo(t, log, "r1", i, numbered(0))[0]
		if !rec.Recorded.Equal(want) {
			t.Errorf("record %d: recorded %v; want %v", i+1, rec.Recorded, want)
		}
		clock = clock.Add(-time.Hour)
		if i == 1 {
			log.Close()
			log, _ = open(t, dir, opts)
		}
		if i == 2 {
			clock = want.Add(time.Second)
			want = clock
		}
	}
}

// ended is a fact that tells its reason.
func ended(reason string) fact.Fact { return journaltest.Ended("r", reason) }

func TestASecondWriterIsNoticedBeforeAnythingIsSpoilt(t *testing.T) {
	dir := t.TempDir()
	first, _, err := filelog.Open(dir, filelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := first.Append(t.Context(), "r", 0, []fact.Fact{ended("one")}); err != nil {
		t.Fatal(err)
	}
	second, _, err := filelog.Open(dir, filelog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if _, err := second.Append(t.Context(), "r", 1, []fact.Fact{ended("two")}); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Append(t.Context(), "r", 1, []fact.Fact{ended("three")}); !errors.Is(err, journal.ErrStopped) {
		t.Errorf("the first writer went on: %v", err)
	}
	if opened, err := filelog.Read(t.Context(), dir, 0, func(fact.Record) bool { return true }); err != nil || opened.Records != 2 {
		t.Errorf("the journal then holds %d records, %v", opened.Records, err)
	}
}

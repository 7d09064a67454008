package filelog_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
)

// TestFlipEveryBit changes each bit of a journal of whole records in turn. Each change is found, by opening and by
// reading, and opening changes nothing.
func TestFlipEveryBit(t *testing.T) {
	t.Parallel()
	dir := fill(t, 2, filelog.Options{})
	path := filepath.Join(dir, first)
	log, _ := open(t, dir, filelog.Options{})
	appendTo(t, log, "", 0, fact.Fact{Body: fact.RunWaits{}}, fact.Fact{Body: fact.Unknown{Name: "comet-seen", Version: 2, Raw: []byte("0")}})
	appendTo(t, log, "r1", 2, fact.Fact{Run: "r1", Body: fact.RunWaits{}}, fact.Fact{Run: "r1", Body: fact.RunEnded{State: "completed"}})
	log.Close()
	whole := files(t, dir)[first]
	for bit := range 8 * len(whole) {
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		log, opened, err := filelog.Open(dir, filelog.Options{})
		if !errors.Is(err, journal.ErrDamaged) {
			t.Errorf("bit %d of byte %d (%q): got %+v, %v; want ErrDamaged", bit%8, bit/8, whole[bit/8], opened, err)
			log.Close()
		}
		if _, err := filelog.Read(t.Context(), dir, 0, func(fact.Record) bool { return true }); !errors.Is(err, journal.ErrDamaged) {
			t.Errorf("bit %d of byte %d (%q): Read: %v; want ErrDamaged", bit%8, bit/8, whole[bit/8], err)
		}
		if bit%64 == 0 { // opening is read-only unless the verdict is wrong; do not look every time
			if after := files(t, dir); len(after) != 1 || !bytes.Equal(after[first], flipped) {
				t.Fatalf("bit %d of byte %d: opening changed the folder", bit%8, bit/8)
			}
		}
	}
}

// TestFlipAnyBit changes a bit of a bigger journal, under an open log: whoever reads it finds the change.
func TestFlipAnyBit(t *testing.T) {
	t.Parallel()
	dir := fill(t, 300, filelog.Options{SegmentBytes: 20_000})
	whole, names := files(t, dir), segments(t, dir)
	log, _ := open(t, dir, filelog.Options{})
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "segment")
		at := rapid.IntRange(0, len(whole[name])-1).Draw(rt, "byte")
		flipped := bytes.Clone(whole[name])
		flipped[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := os.WriteFile(path, whole[name], 0o600); err != nil {
				rt.Error(err)
			}
		}()
		all := func(fact.Record) bool { return true }
		if err := log.Read(t.Context(), 0, all); !errors.Is(err, journal.ErrDamaged) {
			rt.Errorf("Read of the open log: %v; want ErrDamaged", err)
		}
		if _, err := filelog.Read(t.Context(), dir, 0, all); !errors.Is(err, journal.ErrDamaged) {
			rt.Errorf("Read of the folder: %v; want ErrDamaged", err)
		}
		again, _, err := filelog.Open(dir, filelog.Options{})
		if !errors.Is(err, journal.ErrDamaged) {
			again.Close()
			rt.Errorf("Open: %v; want ErrDamaged", err)
		}
	})
}

// TestLostUnderOpenLog takes from an open log what it has acknowledged.
func TestLostUnderOpenLog(t *testing.T) {
	dir := fill(t, 30, filelog.Options{SegmentBytes: 2000})
	log, _ := open(t, dir, filelog.Options{})
	names := segments(t, dir)
	for _, name := range []string{names[0], names[len(names)-1]} {
		whole := files(t, dir)[name]
		path := filepath.Join(dir, name)
		half := whole[:bytes.IndexByte(whole, '\n')+1] // ends in a whole line: only what the log remembers tells
		if name == names[len(names)-1] && lineCount(whole) < 2 {
			half = nil
		}
		if err := os.WriteFile(path, half, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := log.Read(t.Context(), 0, func(fact.Record) bool { return true }); !errors.Is(err, journal.ErrDamaged) {
			t.Errorf("%s lost its end: %v; want ErrDamaged", name, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamageSaysWhereAndWhatNext checks what a person gets to read.
func TestDamageSaysWhereAndWhatNext(t *testing.T) {
	dir := fill(t, 6, filelog.Options{})
	path := filepath.Join(dir, first)
	whole := files(t, dir)[first]
	lines := bytes.SplitAfter(whole, []byte("\n"))
	offset := len(lines[0]) + len(lines[1])
	whole[offset+40] ^= 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := filelog.Open(dir, filelog.Options{})
	damage, ok := errors.AsType[*filelog.Damage](err)
	if !ok || damage.File != path || damage.Line != 3 || damage.Offset != int64(offset) {
		t.Errorf("got %+v", damage)
	}
	mustContain(t, err, path, "line 3", "hash", "Nothing was changed", "copy it")
}

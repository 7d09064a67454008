package filelog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
)

// TestCutAtEveryByte ends the last segment at every byte of its last 4 KiB, as a killed writer or a power cut does.
func TestCutAtEveryByte(t *testing.T) {
	for name, zeros := range map[string]int{"nothing behind": 0, "zeros behind": 100} {
		step := 1 + zeros/10 // what matters about zeros shows everywhere
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := fill(t, 3, filelog.Options{SegmentBytes: 300})
			writing, opened := open(t, dir, filelog.Options{}) // which goes on in the last segment
			for n := opened.Records; n < 16; n++ {
				appendTo(t, writing, "r1", n, numbered(int(n)))
			}
			writing.Close()
			names, whole := segments(t, dir), files(t, dir)
			last := names[len(names)-1]
			if len(names) < 2 || len(whole[last]) < 4096 {
				t.Fatalf("the journal has %d segments, the last of %d bytes; the test wants more", len(names), len(whole[last]))
			}
			before := 0
			for _, n := range names[:len(names)-1] {
				before += lineCount(whole[n])
			}
			log, _ := open(t, dir, filelog.Options{})
			all := contents(t, log)
			log.Close()
			for size := len(whole[last]) - 4096; size <= len(whole[last]); size += step {
				left := whole[last][:size]
				damagedFiles := map[string][]byte{last: append(bytes.Clone(left), make([]byte, zeros)...)}
				for _, n := range names[:len(names)-1] {
					damagedFiles[n] = whole[n]
				}
				put(t, dir, damagedFiles)
				checkCut(t, dir, last, before, left, zeros, all)
			}
		})
	}
}

func checkCut(t *testing.T, dir, last string, before int, left []byte, zeros int, all []fact.Record) {
	t.Helper()
	// A record lies whole before the cut if all of it but its newline does.
	records, goodTo := before+lineCount(left), bytes.LastIndexByte(left, '\n')+1
	if rest := left[goodTo:]; bytes.HasSuffix(rest, []byte(`"}`)) && bytes.Contains(rest[max(0, len(rest)-80):], []byte(`,"sha256":"`)) && len(rest) > 300 {
		records, goodTo = records+1, len(left)
	}
	want := filelog.Opened{Records: uint64(records)}
	if cut := int64(len(left) + zeros - goodTo); cut > 0 {
		want.Cut = &filelog.Cut{Segment: last, Offset: int64(goodTo), Bytes: cut, Saved: fmt.Sprintf("torn-%s-%d", last, goodTo)}
	}
	noSync := filelog.Options{Sync: func(*os.File) error { return nil }} // thousands of openings, and no power cut
	log, opened, err := filelog.Open(dir, noSync)
	if err != nil {
		t.Fatalf("%d bytes left: %v", len(left), err)
	}
	defer log.Close()
	if diff := cmp.Diff(want, opened); diff != "" {
		t.Fatalf("%d bytes left: (-want +got):\n%s", len(left), diff)
	}
	if want.Cut != nil {
		saved, err := os.ReadFile(filepath.Join(dir, want.Cut.Saved))
		if err != nil || !bytes.Equal(saved, append(bytes.Clone(left[goodTo:]), make([]byte, zeros)...)) {
			t.Fatalf("%d bytes left: what was cut was not saved: %v, %q", len(left), err, saved)
		}
	}
	if got := contents(t, log); len(got) != records || records > 0 && !reflect.DeepEqual(all[:records], got) { // go-cmp is slow
		t.Fatalf("%d bytes left: (-want +got):\n%s", len(left), cmp.Diff(all[:records], got))
	}
	appended := appendTo(t, log, "r1", uint64(records), numbered(0))
	log.Close()
	again, opened, err := filelog.Open(dir, noSync)
	if err != nil {
		t.Fatalf("%d bytes left, appended, opened again: %v", len(left), err)
	}
	defer again.Close()
	if diff := cmp.Diff(filelog.Opened{Records: uint64(records) + 1}, opened); diff != "" {
		t.Fatalf("%d bytes left, appended, opened again: (-want +got):\n%s", len(left), diff)
	}
	var got []fact.Record
	if err := again.Read(t.Context(), uint64(records), func(r fact.Record) bool { got = append(got, r); return true }); err != nil {
		t.Fatal(err)
	}
	if want := appended; !reflect.DeepEqual(want, got) {
		t.Fatalf("%d bytes left, appended, opened again: (-want +got):\n%s", len(left), cmp.Diff(want, got))
	}
}

// TestCutBeforeSaved opens after an opening that was killed between saving a torn tail and cutting it.
func TestCutBeforeSaved(t *testing.T) {
	dir := fill(t, 3, filelog.Options{})
	whole := files(t, dir)[first]
	torn := whole[:len(whole)-9]
	offset := bytes.LastIndexByte(torn, '\n') + 1
	name := fmt.Sprintf("torn-%s-%d", first, offset)
	for _, c := range []struct{ kept, saved string }{
		{string(torn[offset:]), name},
		{"another tail that was torn off there once", name + "-2"},
	} {
		put(t, dir, map[string][]byte{first: torn, name: []byte(c.kept)})
		log, opened := open(t, dir, filelog.Options{})
		log.Close()
		if opened.Cut == nil || opened.Cut.Saved != c.saved {
			t.Errorf("%q was there: %+v", c.kept, opened.Cut)
		}
		after := files(t, dir)
		if string(after[name]) != c.kept || !bytes.Equal(after[c.saved], torn[offset:]) {
			t.Errorf("%q was there: now %q and %q", c.kept, after[name], after[c.saved])
		}
	}
}

// TestTornIsNotDamaged tells the two apart where they look alike.
func TestTornIsNotDamaged(t *testing.T) {
	dir := fill(t, 6, filelog.Options{SegmentBytes: 300})
	names, whole := segments(t, dir), files(t, dir)
	last := names[len(names)-1]
	if len(names) < 3 {
		t.Fatalf("the journal has %d segments; the test wants more", len(names))
	}
	lines := bytes.SplitAfter(whole[last], []byte("\n"))
	lastLine := bytes.TrimSuffix(lines[len(lines)-2], []byte("\n"))
	cut := func(b []byte, n int) []byte { return b[:len(b)-n] }
	for _, c := range []struct {
		name    string
		change  func(files map[string][]byte)
		damaged string // part of the error; "": none
	}{
		{"the last segment is empty", func(f map[string][]byte) { f["00000000000000000007.jsonl"] = []byte{} }, ""},
		{"the last segment is all zeros", func(f map[string][]byte) { f["00000000000000000007.jsonl"] = make([]byte, 99) }, ""},
		{"other files lie about", func(f map[string][]byte) { f["7.jsonl"], f["notes.txt"] = []byte("x"), []byte("x") }, ""},
		{"a middle segment is torn", func(f map[string][]byte) { f[names[1]] = cut(f[names[1]], 9) }, names[1]},
		{"a middle segment lacks its last newline", func(f map[string][]byte) { f[names[1]] = cut(f[names[1]], 1) }, names[1]},
		{"a middle segment is empty", func(f map[string][]byte) { f[names[1]] = []byte{} }, names[1]},
		{"a middle segment is missing", func(f map[string][]byte) { delete(f, names[1]) }, names[1]},
		{"the first segment is missing", func(f map[string][]byte) { delete(f, names[0]) }, names[0]},
		{"an empty segment with a later name follows", func(f map[string][]byte) { f["00000000000000000009.jsonl"] = []byte{} }, "00000000000000000007.jsonl"},
		{"a whole record is followed by a letter", func(f map[string][]byte) { f[last] = append(cut(f[last], 1), 'J') }, last},
		{"a whole record is followed by a carriage return", func(f map[string][]byte) { f[last] = append(cut(f[last], 1), '\r') }, last},
		{"a whole record is followed by a torn one", func(f map[string][]byte) { f[last] = append(cut(f[last], 1), `{"n":7,"run`...) }, last},
		{"a torn record is followed by a newline", func(f map[string][]byte) { f[last] = append(cut(f[last], 9), '\n') }, last},
		{"an empty line ends the journal", func(f map[string][]byte) { f[last] = append(f[last], '\n') }, last},
		{"the last record is there twice", func(f map[string][]byte) { f[last] = append(f[last], append(lastLine, '\n')...) }, last},
		{"the last record is there twice, without its newline", func(f map[string][]byte) { f[last] = append(f[last], lastLine...) }, last},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := map[string][]byte{}
			for n, b := range whole {
				changed[n] = bytes.Clone(b)
			}
			c.change(changed)
			put(t, dir, changed)
			log, opened, err := filelog.Open(dir, filelog.Options{})
			if err == nil {
				log.Close()
			}
			if c.damaged == "" {
				if err != nil || opened.Records != 6 {
					t.Errorf("got %+v, %v; want 6 records", opened, err)
				}
				return
			}
			if !errors.Is(err, journal.ErrDamaged) {
				t.Fatalf("got %+v, %v; want ErrDamaged", opened, err)
			}
			mustContain(t, err, c.damaged, "copy")
			if diff := cmp.Diff(changed, files(t, dir)); diff != "" {
				t.Errorf("opening a damaged journal changed it (-before +after):\n%s", diff)
			}
			// The reader without a lock cannot know a record that lacks its newline from one that is being written.
			if _, err := filelog.Read(t.Context(), dir, 0, func(fact.Record) bool { return true }); !errors.Is(err, journal.ErrDamaged) &&
				!strings.HasSuffix(c.name, "without its newline") && !strings.HasPrefix(c.name, "an empty segment") {
				t.Errorf("Read: got %v; want ErrDamaged", err)
			}
		})
	}
}

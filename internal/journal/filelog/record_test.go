package filelog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/fact"
)

func sample() line {
	return line{
		number: 12, run: "r1", index: 3,
		at:       time.Date(2024, 5, 17, 3, 4, 5, 600_000_000, time.UTC),
		recorded: time.Date(2024, 5, 17, 3, 4, 6, 0, time.UTC),
		kind:     "step-intended", version: 1, body: []byte(`{"step":"base/rendre"}`),
	}
}

// TestFormat pins the format: journals are read for ever.
func TestFormat(t *testing.T) {
	ln := sample()
	head := `{"n":12,"run":"r1","i":3,"at":"2024-05-17T03:04:05.6Z","recorded":"2024-05-17T03:04:06Z","kind":"step-intended","v":1,` +
		`"body":{"step":"base/rendre"},"prev":"` + strings.Repeat("0", 64) + `"`
	sum := sha256.Sum256([]byte(head))
	want := head + `,"sha256":"` + hex.EncodeToString(sum[:]) + "\"}\n"
	got := ln.appendTo(nil)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !json.Valid(got) {
		t.Error("a line is not JSON")
	}
	back, err := parse(got[:len(got)-1])
	if diff := cmp.Diff(ln, back, cmp.AllowUnexported(line{})); err != nil || diff != "" {
		t.Errorf("parsed: %v (-want +got):\n%s", err, diff)
	}
}

// seal gives a line that somebody else has written a hash that is right.
func seal(head string) []byte {
	sum := sha256.Sum256([]byte(head))
	return []byte(head + sumKey + hex.EncodeToString(sum[:]) + `"}`)
}

// TestOneWayToWrite refuses lines whose hash is right and whose meaning is clear, but that the journal would have written
// in another way.
func TestOneWayToWrite(t *testing.T) {
	ln := sample()
	good := string(ln.appendTo(nil))
	good = good[:len(good)-sumLen-1]
	if _, err := parse(seal(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{
		{`{"n":12`, `{"n":012`},
		{`{"n":12`, `{"n":+12`},
		{`{"n":12`, `{"n": 12`},
		{`{"n":12`, `{"n":99999999999999999999`},
		{`{"n":12,"run":"r1"`, `{"run":"r1","n":12`},
		{`"r1"`, `"\u00721"`},
		{`"r1"`, `"r<"`},
		{`"r1"`, `r1`},
		{`"r1"`, "\"\xff\""},
		{`"i":3`, `"i":-3`},
		{`05.6Z`, `05.60Z`},
		{`05.6Z`, `05,6Z`},
		{`05.6Z`, `05.6+00:00`},
		{`05.6Z`, `05.6+02:00`},
		{`2024-05-17T03:04:06Z`, `2024-02-30T03:04:06Z`},
		{`"v":1`, `"v":1.0`},
		{`"v":1`, `"v":-0`},
		{`"body":{`, `"body":{ `},
		{`"body":{`, `"body": {`},
		{`rendre"}`, `rendre"},"extra":1`},
		{`rendre"}`, `rendre"`},
		{`rendre`, "\xff"},
		{`,"body":{"step":"base/rendre"}`, ``},
		{`"prev":"0`, `"prev":"A`},
		{`"prev":"0`, `"prev":"g`},
		{`"prev":"00`, `"prev":"0`},
	} {
		changed := strings.Replace(good, c[0], c[1], 1)
		if changed == good {
			t.Fatalf("%s is not in the line", c[0])
		}
		if _, err := parse(seal(changed)); err == nil {
			t.Errorf("%s in place of %s was accepted", c[1], c[0])
		}
	}
	upper := strings.ToUpper(string(seal(good)[len(good)+len(sumKey):]))
	if _, err := parse([]byte(good + sumKey + upper)); err == nil {
		t.Error("a hash in capitals was accepted")
	}
}

// TestUnknownKinds reads what a later release wrote, verifies it, and keeps every byte of it.
func TestUnknownKinds(t *testing.T) {
	for _, version := range []int{1, 0, -4, math.MaxInt32} {
		ln := sample()
		ln.kind, ln.version, ln.body = "comet-seen", version, []byte(`{"tail":1.50,"tail":[null]}`)
		b := ln.appendTo(nil)
		back, err := parse(b[:len(b)-1])
		if err != nil {
			t.Fatal(err)
		}
		rec, err := back.record()
		want := fact.Unknown{Name: "comet-seen", Version: version, Raw: ln.body}
		if diff := cmp.Diff(fact.Body(want), rec.Body); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// FuzzParse: whatever parses is written back as the same bytes, and nothing makes the reader panic. The hash is put
// right first, or no changed line would get past it.
func FuzzParse(f *testing.F) {
	ln := sample()
	f.Add(ln.appendTo(nil), true)
	ln.run, ln.kind, ln.body = "é\"<\x00", "a,b", []byte(`[",\"sha256\":\"",1e-9,{}]`)
	f.Add(ln.appendTo(nil), true)
	f.Add([]byte(`{"n":1,"run":"\`), false)
	f.Add(bytes.Repeat([]byte(sumKey), 20), false)
	f.Fuzz(func(t *testing.T, b []byte, put bool) {
		b = bytes.TrimSuffix(b, []byte("\n"))
		if put && len(b) > sumLen {
			b = seal(string(b[:len(b)-sumLen]))
		}
		ln, err := parse(b)
		if err == nil {
			again := ln
			if got := again.appendTo(nil); string(got) != string(b)+"\n" || again.sum != ln.sum {
				t.Errorf("accepted %q\nand wrote  %q", b, got)
			}
			if bytes.IndexByte(b, '\n') >= 0 || !json.Valid(b) {
				t.Errorf("accepted %q, which is not one line of JSON", b)
			}
			_, _ = ln.record() // whether the body fits its kind is another matter
		}
		if _, length, found := wholePrefix(b); found != (err == nil) && length == len(b) {
			t.Errorf("wholePrefix says %v of %q", found, b)
		}
	})
}

// FuzzWholePrefix puts anything behind a good record, which is found all the same.
func FuzzWholePrefix(f *testing.F) {
	ln := sample()
	good := ln.appendTo(nil)
	good = good[:len(good)-1]
	f.Add([]byte("J"))
	f.Add([]byte(`,"sha256":"`))
	f.Add(good)
	f.Fuzz(func(t *testing.T, behind []byte) {
		if _, length, found := wholePrefix(append(bytes.Clone(good), behind...)); !found || length != len(good) {
			t.Errorf("a record followed by %q: found %v, length %d of %d", behind, found, length, len(good))
		}
	})
}

package filelog_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
	"reprise/internal/journal/journaltest"
)

func TestContract(t *testing.T) {
	for name, opts := range map[string]filelog.Options{
		"one segment":   {},
		"many segments": {SegmentBytes: 700},
	} {
		t.Run(name, func(t *testing.T) {
			journaltest.Suite(t, func(t *testing.T) (journal.Log, func() journal.Log) {
				dir := filepath.Join(t.TempDir(), "a", "journal")
				log, _ := open(t, dir, opts)
				return log, func() journal.Log {
					log.Close() // the suite checks Close itself
					log, _ = open(t, dir, opts)
					return log
				}
			})
		})
	}
}

// open opens the journal in dir and closes it with the test.
func open(t testing.TB, dir string, opts filelog.Options) (*filelog.Log, filelog.Opened) {
	t.Helper()
	log, opened, err := filelog.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() }) // a second Close does nothing
	return log, opened
}

// fill appends groups of facts to a new journal of the run r1 until it holds n records, closes it, and returns its folder.
func fill(t testing.TB, n int, opts filelog.Options) string {
	t.Helper()
	dir := t.TempDir()
	log, _ := open(t, dir, opts)
	for i := 0; i < n; {
		var facts []fact.Fact
		for range min(1+i%3, n-i) {
			facts = append(facts, numbered(i))
			i++
		}
		appendTo(t, log, "r1", uint64(i-len(facts)), facts...)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// numbered returns the fact that becomes record i+1. Its body looks like the end of a record, to mislead.
func numbered(i int) fact.Fact {
	return journaltest.Ended("r1", strconv.Itoa(i)+` ,"sha256":"x"} é`)
}

func appendTo(t testing.TB, log journal.Log, run estate.RunID, after uint64, facts ...fact.Fact) []fact.Record {
	t.Helper()
	records, err := log.Append(t.Context(), run, after, facts)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// contents returns all that a log holds.
func contents(t testing.TB, log journal.Log) []fact.Record {
	t.Helper()
	var records []fact.Record
	if err := log.Read(t.Context(), 0, func(r fact.Record) bool { records = append(records, r); return true }); err != nil {
		t.Fatal(err)
	}
	return records
}

// files returns a folder's files by name.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = b
	}
	return found
}

// put makes dir hold exactly these files.
func put(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// segments returns the names of a folder's segments, in order.
func segments(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

const first = "00000000000000000001.jsonl"

func lineCount(b []byte) int { return bytes.Count(b, []byte("\n")) }

func mustContain(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

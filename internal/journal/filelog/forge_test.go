package filelog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/internal/fact"
	"reprise/internal/journal"
)

// TestForgedRecords opens journals whose every line has the hash of its own bytes, and which are wrong all the same.
func TestForgedRecords(t *testing.T) {
	for _, c := range []struct {
		name  string
		forge func(second *line)
		says  string // "": it is as it should be
	}{
		{"nothing", func(*line) {}, ""},
		{"another run, from its beginning", func(ln *line) { ln.run, ln.index = "r2", 1 }, ""},
		{"the record before", func(ln *line) { ln.prev[0] ^= 1 }, `"prev"`},
		{"the number", func(ln *line) { ln.number = 3 }, "record 3 where record 2"},
		{"the index", func(ln *line) { ln.index = 3 }, `record 3 of run "r1" where record 2`},
		{"the run", func(ln *line) { ln.run = "r2" }, `record 2 of run "r2" where record 1`},
		{"the time of recording", func(ln *line) { ln.recorded = ln.recorded.Add(-time.Nanosecond) }, "before"},
		{"a body that does not fit its kind", func(ln *line) { ln.body = []byte(`7`) }, "decode"},
	} {
		for _, newline := range []string{"\n", ""} { // a whole record that lacks its newline is judged no less
			firstLine := sample()
			firstLine.number, firstLine.index = 1, 1
			content := string(firstLine.appendTo(nil))
			second := firstLine
			second.number, second.index, second.prev = 2, 2, firstLine.sum
			c.forge(&second)
			content += strings.TrimSuffix(string(second.appendTo(nil)), "\n") + newline
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, segmentName(1)), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			log, opened, err := Open(dir, Options{})
			if err == nil {
				log.Close()
			}
			switch {
			case c.says == "" && (err != nil || opened != Opened{Records: 2}):
				t.Errorf("%s, newline %q: %+v, %v; want 2 records", c.name, newline, opened, err)
			case c.says != "" && (!errors.Is(err, journal.ErrDamaged) || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%s, newline %q: %v; want ErrDamaged that says %q", c.name, newline, err, c.says)
			}
		}
	}
}

// TestReadMissesTheBeginning: a journal without its first segment is damaged, even for those who want its end only.
func TestReadMissesTheBeginning(t *testing.T) {
	dir := t.TempDir()
	ln := sample()
	for range 2 { // segments of one record each
		if err := os.WriteFile(filepath.Join(dir, segmentName(ln.number)), ln.appendTo(nil), 0o600); err != nil {
			t.Fatal(err)
		}
		ln.number, ln.index, ln.prev = ln.number+1, ln.index+1, ln.sum
	}
	_, err := Read(t.Context(), dir, ln.number-2, func(fact.Record) bool { return true })
	if !errors.Is(err, journal.ErrDamaged) || !strings.Contains(err.Error(), segmentName(1)) {
		t.Errorf("got %v; want ErrDamaged that names the first segment", err)
	}
}

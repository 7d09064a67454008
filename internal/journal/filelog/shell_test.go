package filelog_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reprise/internal/journal/filelog"
)

// These are the commands of DESIGN.md, which the tests compare with this file.
const (
	// oneLine prints the hash of line $1 of segment $2 twice: as it is, and as the line states it.
	oneLine = `sed -n "$1p" "$2" | sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum
sed -n "$1p" "$2" | sed 's/.*,"sha256":"\([0-9a-f]*\)"}$/\1/'`

	// wholeLog verifies every record and the chain through all segments of the folder, and prints what does not fit.
	wholeLog = `cat [0-9]*.jsonl | sed 's/,"sha256":"[0-9a-f]*"}$//' |
  while IFS= read -r line; do printf %s "$line" | sha256sum | cut -c 1-64; done >/tmp/are
cat [0-9]*.jsonl | sed 's/.*,"sha256":"\([0-9a-f]*\)"}$/\1/' >/tmp/say
cat [0-9]*.jsonl | sed 's/.*,"prev":"\([0-9a-f]*\)","sha256":"[0-9a-f]*"}$/\1/' | sed 1d >/tmp/prev
diff /tmp/are /tmp/say && sed '$d' /tmp/are | diff - /tmp/prev && echo intact`
)

// shell runs a script in dir, with its temporary files in a folder of the test's own.
func shell(t *testing.T, dir, script string, args ...string) (string, error) {
	t.Helper()
	script = strings.ReplaceAll(script, "/tmp/", t.TempDir()+"/")
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func TestVerifiedByStandardTools(t *testing.T) {
	for _, tool := range []string{"sh", "sed", "sha256sum", "diff", "cut", "tr"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: %s is not on this machine, so nothing has shown that a journal can be verified by hand", tool)
		}
	}
	dir := fill(t, 30, filelog.Options{SegmentBytes: 4000})
	if n := len(segments(t, dir)); n < 2 {
		t.Fatalf("%d segments", n)
	}
	out, err := shell(t, dir, oneLine, "2", first)
	hashes := strings.Fields(out)
	if err != nil || len(hashes) != 3 || len(hashes[0]) != 64 || hashes[0] != hashes[2] {
		t.Errorf("one line: %v, %s", err, out)
	}
	if out, err := shell(t, dir, wholeLog); err != nil || out != "intact\n" {
		t.Errorf("the whole log: %v, %s", err, out)
	}

	path := filepath.Join(dir, first)
	whole := files(t, dir)[first]
	for name, change := range map[string]func() []byte{
		"another byte":  func() []byte { return bytes.Replace(whole, []byte("base"), []byte("bass"), 1) },
		"a line less":   func() []byte { return whole[bytes.IndexByte(whole, '\n')+1:] },
		"another claim": func() []byte { return bytes.Replace(whole, []byte(`"prev":"0`), []byte(`"prev":"1`), 1) },
	} {
		if err := os.WriteFile(path, change(), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := shell(t, dir, wholeLog)
		if name == "a line less" { // the first line is the one that nothing precedes
			if !bytes.Contains(change()[:bytes.IndexByte(change(), '\n')], []byte(`"n":2,`)) {
				t.Error("the journal still begins with record 1")
			}
			continue
		}
		if err == nil || strings.Contains(out, "intact") {
			t.Errorf("%s: the tools found nothing: %s", name, out)
		}
	}
}

// TestDesignQuotesTheCommands keeps the page and what is tested the same.
func TestDesignQuotesTheCommands(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.ReplaceAll(string(page), "\n    ", "\n")
	for _, command := range []string{oneLine, wholeLog} {
		if !strings.Contains(flat, command) {
			t.Errorf("DESIGN.md does not hold:\n%s", command)
		}
	}
}

package lab_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"reprise/internal/lab"
)

// TestDemoNoumea runs the built program, as a user would. It takes two minutes, so it is run where REPRISE_DEMO is set.
// Counts are asserted and times are not: a busy machine is slow, and never allowed to lose anything.
func TestDemoNoumea(t *testing.T) {
	if os.Getenv("REPRISE_DEMO") == "" {
		t.Skip("set REPRISE_DEMO=1 to run the demo, twice, in about two minutes")
	}
	program := filepath.Join(t.TempDir(), "reprise")
	if out, err := exec.Command("go", "build", "-o", program, "reprise/cmd/reprise").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	for name, words := range map[string][]string{"plain": nil, "crash": {"--crash"}} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			cmd := exec.Command(program, append([]string{"demo", "noumea", "--headless", "--json"}, words...)...)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			if err := cmd.Run(); err != nil {
				t.Errorf("%v\n%s", err, said.String())
			}
			var d lab.Document
			decoder := json.NewDecoder(&out)
			if err := decoder.Decode(&d); err != nil || decoder.More() {
				t.Fatalf("stdout is not exactly one document: %v", err)
			}
			if d.Schema != lab.DemoSchema || d.Services != 120 || d.Restored != 120 || d.Effects != 240 || d.EffectsRepeated != 0 || d.RestartedRunning != 0 {
				t.Errorf("%+v", d)
			}
			if words != nil && (d.Crashes < 5 || d.Adopted == 0 || d.UnknownResolved == 0) {
				t.Errorf("crashes %d, adopted %d, resolved %d", d.Crashes, d.Adopted, d.UnknownResolved)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

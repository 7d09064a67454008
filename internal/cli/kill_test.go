package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"reprise/internal/view"
)

// town is twelve services of two steps on three lanes, whose scripts keep a ledger of their own.
const town = `sites:
  main: {}
  spare: {standby_for: main, capacity: {lanes: 3}}
platforms:
  hyp: {site: main}
  hyp-spare: {site: spare}
defaults:
  services: {tier: 2, runs_on: hyp, recovery: {recipe: app, to: hyp-spare}}
services:
  dns-1: {}
  dns-2: {}
  directory: {needs: {any_of: [dns-1, dns-2]}}
  database: {}
  sso: {needs: directory}
  mail: {needs: [directory, {any_of: [dns-1, dns-2]}]}
  website: {needs: database}
  payroll: {needs: [sso, database]}
  permits: {needs: [sso, files]}
  files: {needs: directory}
  intranet: {needs: [sso, website]}
  archive: {needs: files}
recipes:
  app:
    steps:
      - {run: [bin/effect], name: restore, takes: 1s, observe: [bin/look]}
      - {run: [bin/effect], name: start, takes: 1s, observe: [bin/look]}
`

// effect says in one line when it begins, takes a while, changes the world in one instant, and says that it has ended.
const effect = `#!/bin/sh
here=$(dirname "$0")
echo "start $REPRISE_SERVICE/$REPRISE_STEP" >> "$here/../ledger"
echo "first line of $REPRISE_EFFECT_KEY"
sleep 0.06
: > "$here/../done-$REPRISE_SERVICE-$REPRISE_STEP"
echo "last line of $REPRISE_EFFECT_KEY"
echo "end $REPRISE_SERVICE/$REPRISE_STEP" >> "$here/../ledger"
`

const look = `#!/bin/sh
here=$(dirname "$0")
echo "observe $REPRISE_SERVICE/$REPRISE_STEP" >> "$here/../ledger"
test -e "$here/../done-$REPRISE_SERVICE-$REPRISE_STEP"
`

// TestARecoverySurvivesRealKills kills the controller with SIGKILL at twenty random instants, and in half of them the
// wrapper of a running step with it, resumes, and compares the world with a ledger that the scripts keep themselves.
func TestARecoverySurvivesRealKills(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("recovering needs Linux")
	}
	for sample := range 20 {
		t.Run(fmt.Sprint(sample), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(2018, uint64(sample)))
			killed := &killedTown{t: t, dir: layOutTown(t)}
			killed.reprise("plan", "--lost", "main", "--out", "plan.json")
			killed.dieAfter(time.Duration(random.IntN(900))*time.Millisecond, sample%2 == 1, "recover", "--plan", "plan.json")
			killed.check()
		})
	}
}

func layOutTown(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"estate.yaml": town, "bin/effect": effect, "bin/look": look} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

type killedTown struct {
	t   *testing.T
	dir string
}

func (k *killedTown) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "REPRISE_TEST_AS_PROGRAM=1")
	return cmd
}

func (k *killedTown) reprise(args ...string) []byte {
	k.t.Helper()
	cmd := k.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		k.t.Fatalf("reprise %v: %v\n%s%s", args, err, out, &stderr)
	}
	return out
}

// dieAfter starts a controller and kills it, and one wrapper with it if asked to.
func (k *killedTown) dieAfter(after time.Duration, wrapperToo bool, args ...string) {
	k.t.Helper()
	cmd := k.command(args...)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	alarm := time.NewTimer(after)
	defer alarm.Stop()
	<-alarm.C
	cmd.Process.Kill()
	cmd.Wait()
	if wrapperToo {
		killOneWrapper(k.t, filepath.Join(k.dir, ".reprise", "runs"))
	}
}

// dieOnceBegun starts a controller and kills it when a command of its run has begun.
func (k *killedTown) dieOnceBegun(args ...string) {
	k.t.Helper()
	cmd := k.command(args...)
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-again.C {
		if begun, _ := filepath.Glob(filepath.Join(k.dir, ".reprise", "runs", "*", "*", "*", "*", "started.json")); len(begun) > 0 {
			return
		}
	}
	k.t.Fatal("no command of the run has begun")
}

// check resumes the run, if it was opened at all, and holds its end against the ledger.
func (k *killedTown) check() {
	k.t.Helper()
	var list view.ListDocument
	if err := json.Unmarshal(k.reprise("run", "list", "--json"), &list); err != nil {
		k.t.Fatal(err)
	}
	if len(list.Runs) == 0 {
		k.reprise("recover", "--plan", "plan.json")
	} else if list.Runs[0].State != "completed" {
		k.reprise("run", "resume", "--json")
	}
	var status view.StatusDocument
	if err := json.Unmarshal(k.reprise("status", "--json"), &status); err != nil {
		k.t.Fatal(err)
	}
	if status.Run.State != "completed" || status.Run.Restored != 12 {
		k.t.Errorf("the run is %s with %d of 12 restored", status.Run.State, status.Run.Restored)
	}
	k.checkLedger()
	k.checkOutputs(status.Run.Steps)
}

// checkLedger: no effect began a second time unless somebody had looked in between.
func (k *killedTown) checkLedger() {
	k.t.Helper()
	data, err := os.ReadFile(filepath.Join(k.dir, "ledger"))
	if err != nil {
		k.t.Fatal(err)
	}
	begun, ended := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(data)) {
		what, step, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch what {
		case "start":
			if begun[step] {
				k.t.Errorf("%s was begun again without a look", step)
			}
			begun[step] = true
		case "observe":
			begun[step] = false
		case "end":
			ended[step] = true
		}
	}
	if len(begun) != 24 {
		k.t.Errorf("%d of 24 effects are in the ledger", len(begun))
	}
}

// checkOutputs: what an attempt said before it ended is there, whoever was alive to hear it.
func (k *killedTown) checkOutputs(steps []view.StepDocument) {
	k.t.Helper()
	for _, step := range steps {
		attempts, err := filepath.Glob(filepath.Join(k.dir, ".reprise", "runs", "*", string(step.Step), "do-*"))
		if err != nil || len(attempts) == 0 {
			k.t.Errorf("%s left no attempt behind", step.Step)
		}
		for _, dir := range attempts {
			output, _ := os.ReadFile(filepath.Join(dir, "output"))
			ended, _ := os.ReadFile(filepath.Join(dir, "ended.json"))
			if bytes.Contains(ended, []byte(`"exit": 0`)) && (!bytes.Contains(output, []byte("first line")) || !bytes.Contains(output, []byte("last line"))) {
				k.t.Errorf("output of %s was lost: %q", dir, output)
			}
		}
	}
}

// killOneWrapper kills the wrapper of some attempt that is under way, if there is one.
func killOneWrapper(t *testing.T, runs string) {
	t.Helper()
	started, _ := filepath.Glob(filepath.Join(runs, "*", "*", "*", "*", "started.json"))
	for _, path := range started {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "ended.json")); err == nil {
			continue
		}
		var process struct{ PID int }
		data, _ := os.ReadFile(path)
		if json.Unmarshal(data, &process) != nil || process.PID <= 1 {
			continue
		}
		if p, err := os.FindProcess(process.PID); err == nil {
			p.Kill()
			return
		}
	}
}

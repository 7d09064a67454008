package wrapper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"reprise/internal/estate"
	"reprise/internal/unit"
)

// TestMain makes this test binary the wrapper process where a test starts one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "exec" {
		if err := Attempt(os.Args[2]).Exec(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Under the race detector every process sleeps for a second before it ends, unless it is told not to.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	os.Exit(m.Run())
}

func starter(t *testing.T) Starter {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Starter{Exec: []string{self, "exec"}}
}

// script prepares an attempt that runs a shell script.
func script(t *testing.T, text string, change ...func(*Spec)) Attempt {
	t.Helper()
	attempt := Attempt(filepath.Join(t.TempDir(), "run", "service", "step", "do-1"))
	spec := Spec{Key: "run/service/step/do-1", Argv: []string{"sh", "-c", text}, Timeout: unit.Duration(time.Minute)}
	for _, c := range change {
		c(&spec)
	}
	if err := attempt.Prepare(spec); err != nil {
		t.Fatal(err)
	}
	return attempt
}

// runs starts the attempt's wrapper, waits for it, and looks.
func runs(t *testing.T, attempt Attempt) (State, Ended) {
	t.Helper()
	wait(t, start(t, attempt))
	return look(t, attempt)
}

func start(t *testing.T, attempt Attempt) <-chan struct{} {
	t.Helper()
	ended, err := starter(t).Start(attempt)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func wait(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("the wrapper did not end")
	}
}

func look(t *testing.T, attempt Attempt) (State, Ended) {
	t.Helper()
	state, ended, err := attempt.Look()
	if err != nil {
		t.Fatal(err)
	}
	return state, ended
}

// until waits for a condition of the world outside.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-ticker.C {
		if holds() {
			return
		}
	}
	t.Fatalf("it never happened: %s", what)
}

func TestAnExitCodeAndItsOutputAreKept(t *testing.T) {
	attempt := script(t, "echo said; echo complained >&2; exit 3")
	state, ended := runs(t, attempt)
	if state != HasEnded || ended.How != Exited || ended.Exit != 3 {
		t.Errorf("Look = %s, %+v; want exit code 3", state, ended)
	}
	if output, err := attempt.Output(); err != nil || string(output) != "said\ncomplained\n" {
		t.Errorf("Output = %q, %v", output, err)
	}
}

func TestACommandThatIsNotThereCouldNotStart(t *testing.T) {
	attempt := script(t, "", func(s *Spec) { s.Argv = []string{"/no/such/command"} })
	if state, ended := runs(t, attempt); state != HasEnded || ended.How != CouldNotStart || !strings.Contains(ended.Reason, "no such file") {
		t.Errorf("Look = %s, %+v; want could-not-start", state, ended)
	}
}

func TestWhatNeverBeganNeverWill(t *testing.T) {
	attempt := script(t, "echo it ran")
	if state, _ := look(t, attempt); state != NotStarted {
		t.Fatalf("before its start it is %s", state)
	}
	if state, _ := runs(t, attempt); state != NotStarted {
		t.Errorf("a wrapper that came late left it %s", state)
	}
	if output, _ := attempt.Output(); output != nil {
		t.Errorf("it ran all the same: %q", output)
	}
}

func TestAFolderThatIsNotThereNeverBegan(t *testing.T) {
	if state, _ := look(t, Attempt(filepath.Join(t.TempDir(), "nothing"))); state != NotStarted {
		t.Errorf("it is %s", state)
	}
}

func TestAnAttemptIsRunOnce(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	attempt := script(t, "echo x >> "+count)
	ended := []<-chan struct{}{start(t, attempt), start(t, attempt), start(t, attempt)}
	for _, e := range ended {
		wait(t, e)
	}
	wait(t, start(t, attempt))
	if data, _ := os.ReadFile(count); string(data) != "x\n" {
		t.Errorf("it ran %d times", strings.Count(string(data), "x"))
	}
}

func TestATimeoutEndsTheWholeGroupAndNeedsNoController(t *testing.T) {
	dir := t.TempDir()
	// Nobody waits for this wrapper: its controller might as well be dead.
	// What it starts has left its parent, its group and its session, and does not care to be asked.
	attempt := script(t, "setsid sh -c 'trap \"\" TERM; echo $$ > "+dir+"/child; while :; do sleep 1; done' & trap '' TERM; while :; do sleep 1; done",
		func(s *Spec) { s.Timeout = unit.Duration(300 * time.Millisecond) })
	start(t, attempt)
	until(t, "ended.json", func() bool { return attempt.has("ended.json") })
	if _, ended := look(t, attempt); ended.How != TimedOut {
		t.Errorf("it ended %+v; want timed-out", ended)
	}
	child := readPID(t, filepath.Join(dir, "child"))
	until(t, "the grandchild's end", func() bool { return !running(child) })
}

func TestAKilledWrapperLeavesALostAttemptAndNoProcess(t *testing.T) {
	attempt := script(t, "echo begun; sleep 600")
	ended := start(t, attempt)
	until(t, "output", func() bool { out, _ := attempt.Output(); return len(out) > 0 })
	if state, _ := look(t, attempt); state != Alive {
		t.Fatalf("while it runs it is %s", state)
	}
	var self Process
	attempt.read("started.json", &self)
	syscall.Kill(self.PID, syscall.SIGKILL)
	wait(t, ended)
	if state, _ := look(t, attempt); state != Lost {
		t.Errorf("it is %s; want lost", state)
	}
	if left := inSession(self.PID); len(left) > 0 {
		t.Errorf("it was called lost while %d of its processes lived", len(left))
	}
	if output, _ := attempt.Output(); string(output) != "begun\n" {
		t.Errorf("its output was lost: %q", output)
	}
}

func TestALostAttemptLeavesNoSecretBehind(t *testing.T) {
	t.Setenv("REPRISE_TEST_SECRET", "open-sesame")
	attempt := script(t, "echo begun; sleep 600", func(s *Spec) {
		s.Secrets = map[estate.SecretID]estate.Secret{"dns": {Env: "REPRISE_TEST_SECRET"}}
	})
	ended := start(t, attempt)
	until(t, "output", func() bool { out, _ := attempt.Output(); return len(out) > 0 })
	if err := attempt.Kill(); err != nil {
		t.Fatal(err)
	}
	wait(t, ended)
	if state, _ := look(t, attempt); state != Lost || attempt.has("credentials") {
		t.Errorf("it is %s, and its secrets are there: %t", state, attempt.has("credentials"))
	}
}

func TestAReportThatIsNoFileIsRefusedAndNotWaitedFor(t *testing.T) {
	attempt := script(t, "rm \"$REPRISE_OUT\"; mkfifo \"$REPRISE_OUT\"")
	runs(t, attempt)
	if _, err := attempt.Report(); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("Report = %v", err)
	}
}

func TestAWrapperThatCannotBeginSaysWhy(t *testing.T) {
	attempt := script(t, "true")
	ended, err := Starter{Exec: []string{"sh", "-c", "echo no luck today >&2; exit 3"}}.Start(attempt)
	if err != nil {
		t.Fatal(err)
	}
	wait(t, ended)
	if state, _ := look(t, attempt); state != NotStarted || !strings.Contains(attempt.Complaint(), "no luck today sh: exit status 3") {
		t.Errorf("it is %s and complains: %q", state, attempt.Complaint())
	}
}

func TestWithoutAScopeTheWrapperDoesWithout(t *testing.T) {
	bin := t.TempDir()
	os.WriteFile(filepath.Join(bin, "systemd-run"), []byte("#!/bin/sh\nexit 1\n"), 0o755)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("INVOCATION_ID", "1")
	s := starter(t)
	s.Systemd = t.TempDir()
	attempt := script(t, "exit 4")
	ended, err := s.Start(attempt)
	if err != nil {
		t.Fatal(err)
	}
	wait(t, ended)
	if state, ended := look(t, attempt); state != HasEnded || ended.Exit != 4 {
		t.Errorf("it is %s, %+v", state, ended)
	}
}

func TestCancelEndsACommandThatAnotherControllerBegan(t *testing.T) {
	attempt := script(t, "echo begun; sleep 600")
	start(t, attempt)
	until(t, "the command", func() bool { out, _ := attempt.Output(); return len(out) > 0 })
	if err := attempt.Cancel(); err != nil {
		t.Fatal(err)
	}
	state, ended, err := attempt.Await(t.Context())
	if err != nil || state != HasEnded || ended.How != Cancelled {
		t.Errorf("Await = %s, %+v, %v; want cancelled", state, ended, err)
	}
}

func TestADaemonLeftBehindDoesNotHoldUpItsStep(t *testing.T) {
	attempt := script(t, "setsid sleep 600 & echo $! > pid; echo started")
	if state, ended := runs(t, attempt); state != HasEnded || ended.Exit != 0 {
		t.Fatalf("Look = %s, %+v", state, ended)
	}
	daemon := readPID(t, filepath.Join(attempt.Work(), "pid"))
	if !running(daemon) {
		t.Error("what a finished step left running was ended with it")
	}
	syscall.Kill(daemon, syscall.SIGKILL)
}

func TestOutputIsBounded(t *testing.T) {
	const lines = 60_000 // of 31 bytes: 1.8 MiB
	attempt := script(t, fmt.Sprintf(`awk 'BEGIN { for (i = 1; i <= %d; i++) printf "this is line number %%010d\n", i }'`, lines))
	runs(t, attempt)
	output, err := attempt.Output()
	if err != nil {
		t.Fatal(err)
	}
	if len(output) > 3*OutputLimit+100 || len(output) < 2*OutputLimit {
		t.Errorf("%d bytes were kept", len(output))
	}
	for _, want := range []string{"this is line number 0000000001\n", "KiB left out", fmt.Sprintf("this is line number %010d\n", lines)} {
		if !bytes.Contains(output, []byte(want)) {
			t.Errorf("%q is not in what was kept", want)
		}
	}
}

func TestASecretReachesTheCommandAndNotItsOutput(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "key"), []byte("open-sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REPRISE_TEST_SECRET", "from-the-environment")
	attempt := script(t, `cat "$CREDENTIALS_DIRECTORY/borg" "$CREDENTIALS_DIRECTORY/dns"; env`, func(s *Spec) {
		s.Folder = folder
		s.Secrets = map[estate.SecretID]estate.Secret{"borg": {File: "key"}, "dns": {Env: "REPRISE_TEST_SECRET"}}
	})
	if _, ended := runs(t, attempt); ended.Exit != 0 {
		t.Fatalf("it ended %+v", ended)
	}
	output, _ := attempt.Output()
	if strings.Contains(string(output), "sesame") || strings.Contains(string(output), "from-the") || strings.Count(string(output), "[redacted]") != 2 {
		t.Errorf("the output is %q", output)
	}
	if attempt.has("credentials") {
		t.Error("the secrets are still on disk")
	}
}

func TestTheEnvironmentIsTheWrappersOwn(t *testing.T) {
	t.Setenv("REPRISE_LEAK", "leaked")
	attempt := script(t, "env; pwd", func(s *Spec) { s.Env = []string{"REPRISE_SERVICE=mail"} })
	runs(t, attempt)
	output, _ := attempt.Output()
	if strings.Contains(string(output), "leaked") || !strings.Contains(string(output), "REPRISE_SERVICE=mail\n") ||
		!strings.Contains(string(output), "REPRISE_OUT="+attempt.Out()+"\n") || !strings.Contains(string(output), attempt.Work()) {
		t.Errorf("the command saw:\n%s", output)
	}
}

func TestSignalsAreTheCommandsOwn(t *testing.T) {
	attempt := script(t, "grep SigIgn /proc/self/status; yes | head -n 1")
	runs(t, attempt)
	output, _ := attempt.Output()
	if string(output) != "SigIgn:\t0000000000000000\ny\n" {
		t.Errorf("the command inherited ignored signals: %q", output)
	}
}

func TestOnlyRootRunsAStepAsAnotherUser(t *testing.T) {
	name := "nobody"
	if me, err := user.Current(); err == nil && me.Username == name {
		name = "daemon"
	}
	other, err := user.Lookup(name)
	if err != nil {
		t.Skip("this system has no account called " + name)
	}
	attempt := script(t, "id -u; echo x=y > \"$REPRISE_OUT\"; touch here", func(s *Spec) { s.User = name })
	// The test's own temporary folder is private to its user.
	for dir := filepath.Dir(string(attempt)); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o711)
	}
	_, ended := runs(t, attempt)
	output, _ := attempt.Output()
	if os.Getuid() != 0 {
		if ended.How != CouldNotStart || !strings.Contains(ended.Reason, "only root") {
			t.Errorf("it ended %+v", ended)
		}
		return
	}
	if strings.TrimSpace(string(output)) != other.Uid || ended.Exit != 0 {
		t.Errorf("it ended %+v and said %q; want uid %s", ended, output, other.Uid)
	}
}

// Under systemd the wrapper gets a scope of its own, so that stopping the controller's unit does not end it. A stand-in
// for systemd-run shows what it is asked.
func TestUnderSystemdTheWrapperGetsItsOwnScope(t *testing.T) {
	t.Setenv("INVOCATION_ID", "")
	os.Unsetenv("INVOCATION_ID")
	if words := scope("/run"); words != nil {
		t.Errorf("without a unit there is no scope to leave: %q", words)
	}
	bin := t.TempDir()
	os.WriteFile(filepath.Join(bin, "systemd-run"), []byte("#!/bin/sh\n"), 0o755)
	t.Setenv("PATH", bin)
	t.Setenv("INVOCATION_ID", "1")
	system := t.TempDir()
	if words := scope(filepath.Join(system, "absent")); words != nil {
		t.Errorf("without systemd there is no scope: %q", words)
	}
	words := scope(system)
	if len(words) < 5 || filepath.Base(words[0]) != "systemd-run" || words[1] != "--scope" || words[len(words)-1] != "--" {
		t.Errorf("scope = %q", words)
	}
}

func readPID(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// running says whether a process is there and is no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return len(after) > 0 && after[0] != 'Z'
}

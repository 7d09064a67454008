package wrapper

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Starter starts wrapper processes.
type Starter struct {
	// Exec is the command line of the wrapper, to which the attempt's folder is added: the path of this program and
	// "exec".
	Exec []string
}

// Start starts the wrapper of a prepared attempt, in a session of its own so that neither a terminal's Ctrl-C nor the
// controller's death reaches it; under systemd, in a scope of its own, so that stopping the controller's unit does not
// end it either. The returned channel is closed once the wrapper has ended; what became of the attempt is learned from
// Look.
func (s Starter) Start(a Attempt) (<-chan struct{}, error) {
	argv := append(append(scope("/run/systemd/system"), s.Exec...), string(a))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Dir = string(a)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start wrapper: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	return ended, nil
}

// scope returns the words that put a command into a transient scope, where systemd, known by its folder, runs this process
// as part of a unit.
func scope(systemd string) []string {
	if _, unit := os.LookupEnv("INVOCATION_ID"); !unit {
		return nil
	}
	if _, err := os.Stat(systemd); err != nil {
		return nil
	}
	run, err := exec.LookPath("systemd-run")
	if err != nil {
		return nil
	}
	words := []string{run, "--scope", "--quiet", "--collect"}
	if os.Getuid() != 0 {
		words = append(words, "--user")
	}
	return append(words, "--")
}

// lookEvery is how often an adopted attempt is looked at. Its wrapper is nobody's child any more, so nothing else tells
// that it has ended.
const lookEvery = 20 * time.Millisecond

// Await waits until an attempt that was alive is no longer, or ctx is done.
func (a Attempt) Await(ctx context.Context) (State, Ended, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		state, ended, err := a.Look()
		if state != Alive || err != nil {
			return state, ended, err
		}
		select {
		case <-ctx.Done():
			return Alive, Ended{}, ctx.Err()
		case <-ticker.C:
		}
	}
}

// Ask runs a question to the world, such as a step's observe: without a wrapper, for as long as limit at the most, its
// output kept in the attempt's folder under the given name.
func (a Attempt) Ask(ctx context.Context, spec Spec, name string) (Ended, error) {
	if err := makeDurable(string(a)); err != nil {
		return Ended{}, fmt.Errorf("observe: %w", err)
	}
	question := Attempt(filepath.Join(string(a), name))
	for _, dir := range []string{string(question), question.Work()} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return Ended{}, fmt.Errorf("observe: %w", err)
		}
	}
	os.RemoveAll(question.path("credentials")) // of a question that was cut short
	return question.runCommand(ctx, spec), nil
}

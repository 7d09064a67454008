package wrapper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Starter starts wrapper processes.
type Starter struct {
	// Exec is the command line of the wrapper, to which the attempt's folder is added: the path of this program and
	// "exec".
	Exec []string
	// Systemd is the folder that tells that systemd runs this machine; empty means where it always is.
	Systemd string
}

const systemdFolder = "/run/systemd/system"

// Start starts the wrapper of a prepared attempt, in a session of its own so that neither a terminal's Ctrl-C nor the
// controller's death reaches it; under systemd, in a scope of its own, so that stopping the controller's unit does not
// end it either. Where no scope can be had, it does without. The returned channel is closed once the wrapper has ended;
// what became of the attempt is learned from Look, and what a wrapper that never began its work complained of from
// Complaint.
func (s Starter) Start(a Attempt) (<-chan struct{}, error) {
	words := scope(cmp.Or(s.Systemd, systemdFolder))
	wait, err := s.start(a, words)
	if err != nil && words == nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err == nil {
			wait()
		}
		if words != nil && !a.has("started.json") {
			if wait, err := s.start(a, nil); err == nil {
				wait()
			}
		}
	}()
	return ended, nil
}

func (s Starter) start(a Attempt, words []string) (wait func(), err error) {
	complaints, err := os.OpenFile(a.path("wrapper.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start wrapper: %w", err)
	}
	argv := append(append(words, s.Exec...), string(a))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Dir = string(a)
	cmd.Stderr = complaints
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start wrapper: %w", err), complaints.Close())
	}
	return func() {
		defer complaints.Close()
		if err := cmd.Wait(); err != nil && !a.has("started.json") {
			fmt.Fprintf(complaints, "%s: %v\n", argv[0], err)
		}
	}, nil
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

// Complaint returns what a wrapper said that could not begin its work.
func (a Attempt) Complaint() string {
	text, err := os.ReadFile(a.path("wrapper.log"))
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// Package wrapper runs one command so that what became of it outlives whoever asked for it.
//
// An attempt is a folder. Its controller writes what to run into it and starts a wrapper process (`reprise exec`), which
// lives in a session of its own, keeps the command's output within bounds, enforces its timeout, and leaves the exit code
// on disk before it ends. From the folder anybody can tell, at any later time, whether the command never began, is alive,
// has ended and how, or was lost with its wrapper.
//
// Guarantees: the command of one folder is started once at the most, whoever tries and however often; what is said to
// never have begun will never begin; an end that was told is durable. It does not decide what to do about any of that.
//
// Files of an attempt: spec.json, lock (held by the wrapper while it lives), started.json, ended.json, output,
// output.tail-*, out (what the command reports), work/ (where it runs), revoked, wrapper.log (what a wrapper said that
// could not begin).
package wrapper

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"reprise/internal/estate"
	"reprise/internal/unit"
)

// Spec is what an attempt runs.
type Spec struct {
	Key     estate.EffectKey                  `json:"key"`
	Argv    []string                          `json:"argv"` // the first word is absolute, or looked up in PATH
	Env     []string                          `json:"env"`  // added to a small environment of the wrapper's
	Timeout unit.Duration                     `json:"timeout"`
	User    string                            `json:"user,omitempty"`    // as whom; empty: as the caller
	Secrets map[estate.SecretID]estate.Secret `json:"secrets,omitempty"` // files are relative to Folder
	Folder  string                            `json:"folder"`            // the estate's
}

// How says in which way a command ended.
type How string

const (
	Exited        How = "exited"
	TimedOut      How = "timed-out"
	Cancelled     How = "cancelled"
	CouldNotStart How = "could-not-start"
)

// Ended is what a wrapper leaves behind.
type Ended struct {
	How    How       `json:"how"`
	Exit   int       `json:"exit"` // -1 where the process had no exit code
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// Process identifies a process for as long as the machine runs.
type Process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // in clock ticks since boot
	Boot  string `json:"boot"`  // boot id
}

// State says how an attempt stands.
type State string

const (
	NotStarted State = "not-started" // proven: it never began, and now never will
	Alive      State = "alive"
	HasEnded   State = "ended"
	Lost       State = "lost" // it began, its wrapper is dead, and no end was recorded
)

// Attempt is the folder of one attempt.
type Attempt string

func (a Attempt) path(name string) string { return filepath.Join(string(a), name) }

// Work is the folder that the command runs in, and Out the file that it may report to.
func (a Attempt) Work() string { return a.path("work") }

// Out is the file named by REPRISE_OUT.
func (a Attempt) Out() string { return a.path("out") }

// Exists says whether the attempt's folder is there.
func (a Attempt) Exists() bool {
	info, err := os.Stat(string(a))
	return err == nil && info.IsDir()
}

// Questions are the attempts to find out, after a was lost, what became of it, in order.
func (a Attempt) Questions() []Attempt {
	var asked []Attempt
	for n := 1; ; n++ {
		question := Attempt(a.path(fmt.Sprintf("observe-%d", n)))
		if !question.Exists() {
			return asked
		}
		asked = append(asked, question)
	}
}

// NewQuestion names the next question about a lost attempt. Its folder is made, so that no other gets the same.
func (a Attempt) NewQuestion() (Attempt, error) {
	question := Attempt(a.path(fmt.Sprintf("observe-%d", len(a.Questions())+1)))
	if err := MakeDurable(string(question)); err != nil {
		return "", fmt.Errorf("observe: %w", err)
	}
	return question, nil
}

// Prepare makes the folder of an attempt, durably, with what it is to run. Preparing it again with the same spec is
// harmless.
func (a Attempt) Prepare(spec Spec) error {
	if err := MakeDurable(string(a)); err != nil {
		return fmt.Errorf("prepare attempt: %w", err)
	}
	if err := os.MkdirAll(a.Work(), 0o700); err != nil {
		return fmt.Errorf("prepare attempt: %w", err)
	}
	return a.write("spec.json", spec)
}

// write puts a value into a file of the attempt so that it is either there whole and durable, or not there.
func (a Attempt) write(name string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temp := a.path("." + name + ".tmp")
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(append(data, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temp, a.path(name))
	}
	if err == nil {
		err = syncFolder(string(a))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// read gets a value back, and says whether the file is there at all.
func (a Attempt) read(name string, value any) (bool, error) {
	data, err := os.ReadFile(a.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read attempt: %w", err)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return false, fmt.Errorf("read attempt: %s: %w", a.path(name), err)
	}
	return true, nil
}

func (a Attempt) has(name string) bool {
	_, err := os.Lstat(a.path(name))
	return err == nil
}

// MakeDurable makes a folder and all that lead to it, each entry synced in its parent: a folder that is missing after a
// power cut then proves that nothing was started in it.
func MakeDurable(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MakeDurable(parent); err != nil {
			return err
		}
	}
	// Others may pass through, for the sake of steps that run as another user; they may not look.
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

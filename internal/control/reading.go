package control

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal/filelog"
	"reprise/internal/run"
	"reprise/internal/wrapper"
)

// Owned says whether a process owns the folder now.
func (f Folder) Owned() bool {
	if !f.Exists() {
		return false
	}
	lock := f.lock()
	free, err := lock.TryRLock()
	if err != nil || !free {
		return true
	}
	lock.Close()
	return false
}

// Standing says how a run stands, given whether anybody owns the folder: one that its facts call running, with nobody to
// run it, was interrupted by a crash that could write nothing any more.
func (f Folder) Standing(s *run.State) estate.RunState {
	switch s.Status {
	case estate.RunRunning, estate.RunWaiting, estate.RunCancelling:
		if !f.Owned() {
			return estate.Interrupted
		}
	}
	return s.Status
}

// EachFact calls tell with every fact of a run, in order, and the run's state after it.
func (f Folder) EachFact(ctx context.Context, id estate.RunID, tell func(*run.State, fact.Fact)) error {
	var state run.State
	var failed error
	_, err := filelog.Read(ctx, f.Journal(), 0, func(rec fact.Record) bool {
		if rec.Run != id {
			return true
		}
		if failed = state.Apply(rec.Fact); failed != nil {
			return false
		}
		tell(&state, rec.Fact)
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("read run %s: %w", id, err)
	}
	return nil
}

// Output is what one attempt of a step said.
type Output struct {
	Name string // do-1, undo-1, do-1/observe-1
	Text []byte
}

// Outputs returns what every attempt of a step said, in the order of attempts.
func (f Folder) Outputs(id estate.RunID, step estate.StepID) ([]Output, error) {
	dir := filepath.Join(f.Attempts(), string(id), filepath.FromSlash(string(step)))
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read outputs: %w", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int {
		if len(a.Name()) != len(b.Name()) { // do-9 before do-10
			return len(a.Name()) - len(b.Name())
		}
		return strings.Compare(a.Name(), b.Name())
	})
	var outputs []Output
	for _, entry := range entries {
		attempt := wrapper.Attempt(filepath.Join(dir, entry.Name()))
		for _, said := range append([]wrapper.Attempt{attempt}, attempt.Questions()...) {
			text, err := said.Output()
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(dir, string(said))
			if err != nil {
				return nil, fmt.Errorf("read outputs: %w", err)
			}
			outputs = append(outputs, Output{filepath.ToSlash(name), text})
		}
	}
	return outputs, nil
}

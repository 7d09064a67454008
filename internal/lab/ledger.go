package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// What a line of the ledger says.
const (
	EffectStart = "start"   // an effect is about to begin
	EffectEnd   = "end"     // it has ended
	Observed    = "observe" // somebody looked whether it is there
	Undone      = "undo"    // it was taken back
	Retried     = "retry"   // a person asked for another attempt
	Crashed     = "crash"   // the lab has killed the controller
)

// Line is one line of the ledger. It is written by what acts on the world, never by the controller: so it can convict
// the controller of having acted twice.
type Line struct {
	Time    time.Time `json:"time"`
	Run     string    `json:"run,omitempty"`
	Service string    `json:"service,omitempty"`
	Step    string    `json:"step,omitempty"`
	Key     string    `json:"key,omitempty"`
	What    string    `json:"what"`
	Exit    *int      `json:"exit,omitempty"` // of an end, an observation or an undo
}

// note appends a line in a single write, so that lines of many processes do not mix.
func (f Folder) note(line Line) error {
	data, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	file, err := os.OpenFile(f.ledger(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	_, err = file.Write(append(data, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// readLedger returns every line so far. The last one may still be being written, and is then left out.
func (f Folder) readLedger() ([]Line, error) {
	data, err := os.ReadFile(f.ledger())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return parseLedger(data)
}

func parseLedger(data []byte) ([]Line, error) {
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	var lines []Line
	for scan := bufio.NewScanner(bytes.NewReader(data)); scan.Scan(); {
		var line Line
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("ledger: line %d: %w", len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// Account is what a ledger adds up to.
type Account struct {
	Effects          int // effects that were begun
	Repeated         int // begun again with nothing that allows it
	Crashes          int
	RestartedRunning int // running at a crash, and begun anew before they had ended
	Running          int // begun without an end so far
}

// Audit adds a ledger up. An effect of a step may begin again after it failed, after a look at the world found that
// nothing took effect (exit 1), or after a person asked for it; any other second beginning counts as repeated, and so
// does one with an effect key that was used before.
func Audit(lines []Line) Account {
	type stepOf struct{ run, service, step string }
	type step struct {
		begun   bool // and nothing since allows it to begin again
		running bool
		atCrash bool // was running at a crash
	}
	steps := map[stepOf]*step{}
	keys := map[string]bool{}
	var sum Account
	for _, line := range lines {
		id := stepOf{line.Run, line.Service, line.Step}
		s := steps[id]
		if s == nil {
			s = &step{}
			steps[id] = s
		}
		failed := line.Exit != nil && *line.Exit != 0
		switch line.What {
		case EffectStart:
			sum.Effects++
			if s.begun || line.Key != "" && keys[line.Key] {
				sum.Repeated++
			}
			if s.atCrash {
				sum.RestartedRunning++
			}
			keys[line.Key] = true
			*s = step{begun: true, running: true}
		case EffectEnd:
			s.running, s.atCrash = false, false
			s.begun = s.begun && !failed
		case Observed:
			if line.Exit != nil && *line.Exit == 1 {
				*s = step{atCrash: s.atCrash}
			}
		case Retried:
			s.begun = false
		case Crashed:
			sum.Crashes++
			for _, other := range steps {
				other.atCrash = other.atCrash || other.running
			}
		}
	}
	for _, s := range steps {
		if s.running {
			sum.Running++
		}
	}
	return sum
}

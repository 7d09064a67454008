package wrapper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// Look tells how an attempt stands. Where it has not begun, Look also sees to it that it never will: a wrapper that
// comes late finds the attempt revoked. Where it was lost, what is left of its process group is killed first, so that
// nobody observes a world that is still being changed.
func (a Attempt) Look() (State, Ended, error) {
	var ended Ended
	if found, err := a.read("ended.json", &ended); found || err != nil {
		return HasEnded, ended, err
	}
	if _, err := os.Stat(string(a)); errors.Is(err, fs.ErrNotExist) {
		// The folder is durable before a wrapper is started in it, and this attempt's controller is gone.
		return NotStarted, Ended{}, nil
	}
	lock := flock.New(a.path("lock"))
	free, err := lock.TryLock()
	if err != nil {
		return "", Ended{}, fmt.Errorf("look at attempt: %w", err)
	}
	if !free {
		return Alive, Ended{}, nil
	}
	defer lock.Close()
	// It may have ended between the first look and the lock.
	if found, err := a.read("ended.json", &ended); found || err != nil {
		return HasEnded, ended, err
	}
	if !a.has("started.json") {
		return NotStarted, Ended{}, a.write("revoked", struct{}{})
	}
	return Lost, Ended{}, a.killLeftovers()
}

// Report is what a command wrote to its REPRISE_OUT file, within bounds.
func (a Attempt) Report() ([]byte, error) {
	f, err := os.Open(a.Out())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	defer f.Close()
	data := make([]byte, maxReport)
	n, _ := f.Read(data)
	return data[:n], nil
}

const maxReport = 64 << 10

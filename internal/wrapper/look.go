package wrapper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gofrs/flock"
)

// Look tells how an attempt stands. Where it has not begun, Look also sees to it that it never will: a wrapper that
// comes late finds the attempt revoked. Where it was lost, what is left of its processes is killed first, so that nobody
// observes a world that is still being changed.
//
// A folder that is not there proves that nothing began, for it is durable before a wrapper is started in it; the caller
// must know that nobody has removed it.
func (a Attempt) Look() (State, Ended, error) {
	var ended Ended
	if found, err := a.read("ended.json", &ended); found || err != nil {
		return HasEnded, ended, err
	}
	if _, err := os.Stat(string(a)); errors.Is(err, fs.ErrNotExist) {
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
	// Its wrapper can remove the secrets no more.
	return Lost, Ended{}, errors.Join(a.killLeftovers(), os.RemoveAll(a.path("credentials")))
}

// Report is what a command wrote to its REPRISE_OUT file, within bounds. It is an error if that is no plain file any more.
func (a Attempt) Report() ([]byte, error) {
	info, err := os.Lstat(a.Out())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("read report: the file named by REPRISE_OUT was replaced by something that is no file")
	}
	if info.Size() > maxReport {
		return nil, fmt.Errorf("read report: the file named by REPRISE_OUT holds %d KiB, and %d KiB are read", info.Size()>>10, maxReport>>10)
	}
	data, err := os.ReadFile(a.Out())
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	return data, nil
}

const maxReport = 64 << 10

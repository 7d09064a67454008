package lab

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// leash is what every process of a demo hangs on: a lock that the lab holds for as long as it lives. The kernel gives it
// back when the lab ends, by whatever, SIGKILL included, and then all who wait for it end themselves.
type leash struct{ file *os.File }

func (f Folder) holdLeash() (*leash, error) {
	file, err := os.OpenFile(f.leash(), os.O_CREATE|os.O_RDWR, 0o644)
	if err == nil {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, fmt.Errorf("hold the leash: %w", err)
	}
	return &leash{file}, nil
}

// release ends every process of the demo that still hangs on it.
func (l *leash) release() { l.file.Close() }

// exitOffLeash is the exit code of a process whose lab is gone.
const exitOffLeash = 4

// onLeash ends this process as soon as nobody holds the leash any more.
func (f Folder) onLeash() error {
	file, err := os.Open(f.leash())
	if err != nil {
		return fmt.Errorf("no demo lives in %s: %w", f, err)
	}
	go func() {
		for {
			err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH)
			if !errors.Is(err, syscall.EINTR) {
				os.Exit(exitOffLeash)
			}
		}
	}()
	return nil
}

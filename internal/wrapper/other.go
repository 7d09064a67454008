//go:build !linux

package wrapper

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// ErrSpent says that an attempt was begun before, or revoked: it is not run.
var ErrSpent = errors.New("this attempt was begun before or revoked; it is not run again")

// errNeedsLinux is what every act of this package answers here.
var errNeedsLinux = fmt.Errorf("running the steps of a recipe needs Linux, and this is %s; run reprise on the controller at the standby site", runtime.GOOS)

// Exec needs Linux.
func (a Attempt) Exec() error { return errNeedsLinux }

// Cancel needs Linux.
func (a Attempt) Cancel() error { return errNeedsLinux }

func (a Attempt) killLeftovers() error { return errNeedsLinux }

// Starter starts wrapper processes.
type Starter struct {
	Exec    []string
	Systemd string
}

// Start needs Linux.
func (s Starter) Start(a Attempt) (<-chan struct{}, error) { return nil, errNeedsLinux }

// Await needs Linux.
func (a Attempt) Await(ctx context.Context) (State, Ended, error) { return "", Ended{}, errNeedsLinux }

// Kill needs Linux.
func (a Attempt) Kill() error { return errNeedsLinux }

// Complaint is empty: nothing starts here.
func (a Attempt) Complaint() string { return "" }

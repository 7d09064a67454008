//go:build !linux

package lab

import (
	"context"
	"time"

	"reprise/internal/diag"
)

// errNeedsLinux says what the lab cannot do without.
var errNeedsLinux = diag.Refuse("the lab starts real processes in ways that only Linux has", "run it on Linux, or see a plan with: reprise plan --lost NAME")

func processBegan() time.Time { return time.Now() }

func (f Folder) onLeash() error { return errNeedsLinux }

func (e Effect) start() error       { return errNeedsLinux }
func (e Effect) isUp() (int, error) { return exitUnclear, errNeedsLinux }
func (e Effect) stop() error        { return errNeedsLinux }

// Serve needs Linux.
func Serve(folder, site, service, scheme, address string) error { return errNeedsLinux }

// Noumea needs Linux.
func Noumea(ctx context.Context, o Options) (Document, error) { return Document{}, errNeedsLinux }

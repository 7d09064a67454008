// Package control owns the data folder: one owner at a time holds its lock, writes its journal and drives its runs, and
// everybody else asks that owner over a unix socket.
//
// Guarantees: two processes never write one journal; an act is durable when it is acknowledged, and carries its author;
// an owner that stops leaves every run resumable. Reading needs no owner: see ReadHistory. What may be asked of a run is
// decided by package run, and what may be opened by package recovery.
package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal/filelog"
	"reprise/internal/recovery"
	"reprise/internal/wrapper"
)

// Folder is a data folder, by its absolute path.
type Folder string

// NewFolder names a data folder. It is made when somebody owns it.
func NewFolder(path string) (Folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	return Folder(abs), nil
}

func (f Folder) path(name string) string { return filepath.Join(string(f), name) }

// Journal returns the folder of the journal, and Attempts that of all attempts.
func (f Folder) Journal() string { return f.path("journal") }

// Attempts returns the folder that holds what every attempt left behind.
func (f Folder) Attempts() string { return f.path("runs") }

// keepWhole makes the folder of a run's attempts when the run begins, and says whether nothing has been removed from it
// since. Somebody who clears it away to make room takes away the proof of what never began; that is noted, for ever.
func (f Folder) keepWhole(id estate.RunID, begins bool) (bool, error) {
	dir := filepath.Join(f.Attempts(), string(id))
	_, err := os.Stat(dir)
	removed := errors.Is(err, fs.ErrNotExist) && !begins
	if err := wrapper.MakeDurable(dir); err != nil {
		return false, fmt.Errorf("keep attempts of %s: %w", id, err)
	}
	note := filepath.Join(dir, "removed-before")
	if removed {
		if err := wrapper.MakeDurable(note); err != nil {
			return false, fmt.Errorf("keep attempts of %s: %w", id, err)
		}
	}
	_, err = os.Stat(note)
	return errors.Is(err, fs.ErrNotExist), nil
}

// Exists says whether anything was ever kept here.
func (f Folder) Exists() bool {
	_, err := os.Stat(f.Journal())
	return err == nil
}

// maxSocketPath is what every platform takes as the path of a unix socket: 104 bytes on some, with the closing zero.
const maxSocketPath = 103

// socket returns where the owner listens: in the folder, or, where its path is too long for a socket, in a folder of
// this user's under the system's temporary one, named after the data folder.
func (f Folder) socket() (string, error) {
	if path := f.path("control.sock"); len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(f))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("reprise-%d", os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("socket: %w", err)
	}
	if err := ownedByUs(dir); err != nil {
		return "", fmt.Errorf("socket: %w; remove it, or set TMPDIR to a folder of your own", err)
	}
	return filepath.Join(dir, hex.EncodeToString(sum[:8])+".sock"), nil
}

// ReadHistory folds the journal as it is on disk, without owning it and without changing anything. It returns how many
// records it read besides, and an error wrapping journal.ErrDamaged where the journal is damaged.
func (f Folder) ReadHistory(ctx context.Context) (*recovery.History, error) {
	h := &recovery.History{}
	if !f.Exists() {
		return h, nil
	}
	_, err := filelog.Read(ctx, f.Journal(), 0, func(rec fact.Record) bool {
		h.Apply(rec)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return h, nil
}

// Holder says who owns a folder.
type Holder struct {
	PID     int    `json:"pid"`
	Version string `json:"version"`
}

// Holder reads who owns the folder, as the owner wrote it; it may be gone by now.
func (f Folder) Holder() Holder {
	var h Holder
	if data, err := os.ReadFile(f.path("owner.json")); err == nil {
		_ = json.Unmarshal(data, &h) // an owner that is just starting has not written it yet
	}
	return h
}

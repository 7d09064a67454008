package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// restored is the note that a restore leaves among the data, so that they appear together in one rename.
type restored struct {
	Run string `json:"run"`
	Key string `json:"key"`
}

// restore brings a service's data back from its archive: read at the declared rate into a folder of its own, verified,
// made durable, and put in place in one move. Until that move nothing has taken effect.
func (e Effect) restore() error {
	card, err := e.card()
	if err != nil {
		return err
	}
	var manifest Manifest
	if err := readJSON(e.Folder.manifest(e.Service), &manifest); err != nil {
		return err
	}
	archive, err := os.Open(e.Folder.archive(e.Service))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer archive.Close()

	place := e.place()
	if err := os.MkdirAll(string(place), 0o755); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fresh, err := os.MkdirTemp(string(place), ".restoring-")
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer os.RemoveAll(fresh) // after the move there is nothing left to remove
	if err := manifest.unpack(&paced{from: archive, rate: card.Rate, began: e.began}, fresh); err != nil {
		return fmt.Errorf("restore %s: %w", e.Service, err)
	}
	if err := writeJSON(filepath.Join(fresh, noteName), restored{e.Run, e.Key}); err != nil {
		return err
	}
	if err := place.putInPlace(fresh); err != nil {
		return fmt.Errorf("restore %s: %w", e.Service, err)
	}
	fmt.Printf("%s: %d files of %s restored and verified\n", e.Service, len(manifest.Files), manifest.RecoveryPoint.Format(time.RFC3339))
	return e.report("recovery_point", manifest.RecoveryPoint.Format(time.RFC3339))
}

// putInPlace makes a folder of data the service's own, durably. Older data are moved aside first and then removed.
func (p Place) putInPlace(fresh string) error {
	old := fresh + ".old"
	if err := os.Rename(p.data(), old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := errors.Join(syncFile(filepath.Join(fresh, noteName)), syncFile(fresh)); err != nil {
		return err
	}
	if err := os.Rename(fresh, p.data()); err != nil {
		return err
	}
	return errors.Join(syncFile(string(p)), os.RemoveAll(old))
}

// state says whether the data of this recovery are there whole.
func (e Effect) state() (int, error) {
	place := e.place()
	var note restored
	err := readJSON(filepath.Join(place.data(), noteName), &note)
	if errors.Is(err, fs.ErrNotExist) {
		return exitNothing, nil
	}
	if err != nil {
		return exitUnclear, err
	}
	if note.Run != e.Run {
		return exitNothing, nil // what lies here is of another recovery
	}
	var manifest Manifest
	if err := readJSON(e.Folder.manifest(e.Service), &manifest); err != nil {
		return exitUnclear, err
	}
	if err := manifest.verify(place.data()); err != nil {
		return exitUnclear, err
	}
	return exitThere, nil
}

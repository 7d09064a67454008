package control

import "github.com/gofrs/flock"

// lock is the data folder's lock. Windows locks no folders, so it is a file.
func (f Folder) lock() *flock.Flock { return flock.New(f.path("lock")) }

// ownedByUs trusts the temporary folder, which is each user's own on Windows.
func ownedByUs(string) error { return nil }

//go:build !windows

package control

import (
	"fmt"
	"os"
	"syscall"

	"github.com/gofrs/flock"
)

// lock is the data folder's lock: of the folder itself, for a lock file gets removed by somebody who takes it for stale.
func (f Folder) lock() *flock.Flock { return flock.New(string(f), flock.SetFlag(os.O_RDONLY)) }

// ownedByUs refuses a folder that another user made under our name, or that others may write.
func ownedByUs(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, is := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !is || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a private folder of this user", dir)
	}
	return nil
}

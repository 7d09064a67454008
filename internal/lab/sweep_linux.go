package lab

import (
	"os"
	"path/filepath"
	"syscall"
)

// folderPattern is how temporary folders of demos are called.
const folderPattern = "reprise-noumea-*"

// sweep removes the temporary folders of this user's demos that were killed before they could do so: those with a leash
// that nobody holds. A demo that is kept has no leash any more, and one that is just being made has none yet.
func sweep() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
	for _, path := range folders {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Getuid()) {
			continue // what is not ours is not touched, not even opened
		}
		leash, err := os.Open(Folder(path).leash())
		if err != nil {
			continue
		}
		if syscall.Flock(int(leash.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(path)
		}
		leash.Close()
	}
}

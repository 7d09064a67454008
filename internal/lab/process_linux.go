package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Process tells a process from any later one with the same number.
type Process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // in clock ticks since boot
}

// clockTicks is the unit of start times in /proc, which Linux keeps at 100 a second for programs whatever it uses itself.
const clockTicks = 100

// identify returns the identity of a living process. A zombie is not alive.
func identify(pid int) (Process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Process{}, err
	}
	// After the last bracket the fields are fixed (proc(5)): the state is the first, the start time the twentieth.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return Process{}, fmt.Errorf("read /proc/%d/stat: too few fields", pid)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return Process{}, fmt.Errorf("process %d has ended", pid)
	}
	start, err := strconv.ParseUint(fields[19], 10, 64)
	return Process{pid, start}, err
}

// alive says whether this very process is still there.
func (p Process) alive() bool {
	now, err := identify(p.PID)
	return err == nil && now == p
}

// kill ends this very process, and no other one that has its number by now.
func (p Process) kill(with syscall.Signal) error {
	handle, err := os.FindProcess(p.PID) // holds the process by more than its number from here on
	if err != nil {
		return err
	}
	defer handle.Release()
	if !p.alive() {
		return nil
	}
	if err := handle.Signal(with); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end process %d: %w", p.PID, err)
	}
	return nil
}

// processBegan returns when this process was begun, the shells that it was before included: they replaced themselves.
func processBegan() time.Time {
	now := time.Now()
	self, err := identify(os.Getpid())
	if err != nil {
		return now
	}
	const clockBoottime = 7
	var boot syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&boot)), 0); errno != 0 {
		return now
	}
	age := time.Duration(boot.Nano()) - time.Duration(self.Start)*(time.Second/clockTicks)
	if age < 0 || age > time.Minute {
		return now
	}
	return now.Add(-age)
}

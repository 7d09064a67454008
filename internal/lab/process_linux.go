package lab

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reprise/internal/wrapper"
)

// Process tells a process from any later one with the same number.
type Process wrapper.Process

// clockTicks is the unit of start times in /proc, which Linux keeps at 100 a second for programs whatever it uses itself.
const clockTicks = 100

// identify returns the identity of a living process. A zombie is not alive.
func identify(pid int) (Process, error) {
	p, err := wrapper.Identify(pid)
	return Process(p), err
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
	var boot unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot); err != nil {
		return now
	}
	age := time.Duration(boot.Nano()) - time.Duration(self.Start)*(time.Second/clockTicks)
	if age < 0 || age > time.Minute {
		return now
	}
	return now.Add(-age)
}

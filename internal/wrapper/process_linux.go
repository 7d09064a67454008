package wrapper

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// identify returns what tells a process from any later one with the same number.
func identify(pid int) (Process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Process{}, err
	}
	// The command's name may hold spaces and brackets; what follows its last bracket has fixed fields (proc(5)): the
	// start time is field 22, and the first one after the bracket is field 3.
	_, rest, _ := strings.Cut(string(stat[max(0, strings.LastIndexByte(string(stat), ')')):]), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 20 {
		return Process{}, fmt.Errorf("read /proc/%d/stat: too few fields", pid)
	}
	start, err := strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		return Process{}, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Process{}, err
	}
	return Process{PID: pid, Start: start, Boot: strings.TrimSpace(string(boot))}, nil
}

// killLeftovers kills what is left of the process group of an attempt whose wrapper is dead. A group whose leader's
// number now belongs to another process is gone, for a number is not given again while its group exists.
func (a Attempt) killLeftovers() error {
	var child Process
	if found, err := a.read("child.json", &child); !found || err != nil {
		return err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return fmt.Errorf("look at attempt: %w", err)
	}
	if child.Boot != strings.TrimSpace(string(boot)) {
		return nil
	}
	if now, err := identify(child.PID); err == nil && now.Start != child.Start {
		return nil
	}
	if err := syscall.Kill(-child.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end what is left of attempt: %w", err)
	}
	return nil
}

// Cancel asks the wrapper of a living attempt to end its command. That it has ended is learned from Look.
func (a Attempt) Cancel() error {
	var self Process
	if found, err := a.read("started.json", &self); !found || err != nil {
		return err
	}
	if now, err := identify(self.PID); err != nil || now != self {
		return nil // it is gone already
	}
	if err := syscall.Kill(self.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("cancel attempt: %w", err)
	}
	return nil
}

package wrapper

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one line of the system's process table.
type process struct {
	pid, parent, session int
	start                uint64 // in clock ticks since boot
	zombie               bool
}

// readProcess reads one process (proc(5)). Its name may hold spaces and brackets; what follows the last bracket has fixed
// fields, of which the first is field 3.
func readProcess(pid int) (process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return process{}, fmt.Errorf("read /proc/%d/stat: too few fields", pid)
	}
	parent, err1 := strconv.Atoi(fields[1])
	session, err2 := strconv.Atoi(fields[3])
	start, err3 := strconv.ParseUint(fields[19], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil {
		return process{}, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
	}
	return process{pid, parent, session, start, fields[0] == "Z" || fields[0] == "X"}, nil
}

// living returns every process that is no zombie. Those that end while it looks are left out.
func living() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, err := readProcess(pid); err == nil && !p.zombie {
			all = append(all, p)
		}
	}
	return all
}

// descendants returns the living processes below one.
func descendants(of int) []int {
	children := map[int][]int{}
	for _, p := range living() {
		children[p.parent] = append(children[p.parent], p.pid)
	}
	var below []int
	for next := children[of]; len(next) > 0; next = next[1:] {
		below = append(below, next[0])
		next = append(next, children[next[0]]...)
	}
	return below
}

// inSession returns the living processes of a session.
func inSession(session int) []int {
	var members []int
	for _, p := range living() {
		if p.session == session {
			members = append(members, p.pid)
		}
	}
	return members
}

const (
	killAgain = 10 * time.Millisecond // how often what is left is looked for
	killFor   = 2 * time.Second       // how long; what is stuck in the kernel cannot be ended by anybody
)

// killAll kills what find finds, again and again until it finds nothing: what is killed may have just started another.
// It says whether nothing is left.
func killAll(find func() []int) bool {
	for deadline := time.Now().Add(killFor); ; {
		left := find()
		if len(left) == 0 {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		for _, pid := range left {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		timer := time.NewTimer(killAgain)
		<-timer.C
	}
}

func bootID() (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(boot)), err
}

// Identify returns what tells a living process from any later one with the same number. It is an error if there is none,
// or only what is left of one that nobody has waited for.
func Identify(pid int) (Process, error) {
	p, err := readProcess(pid)
	if err != nil {
		return Process{}, err
	}
	if p.zombie {
		return Process{}, fmt.Errorf("process %d has ended", pid)
	}
	boot, err := bootID()
	return Process{PID: pid, Start: p.start, Boot: boot}, err
}

// killLeftovers kills what is left of an attempt whose wrapper is dead: everything in the wrapper's session. A session's
// number is not given again while it has a member; one whose number belongs to a later process is gone. What has left the
// session on purpose is a service that was started, and stays.
func (a Attempt) killLeftovers() error {
	var self Process
	if found, err := a.read("started.json", &self); !found || err != nil {
		return err
	}
	boot, err := bootID()
	if err != nil {
		return fmt.Errorf("look at attempt: %w", err)
	}
	if self.Boot != boot {
		return nil
	}
	if now, err := readProcess(self.PID); err == nil && now.start != self.Start {
		return nil
	}
	if !killAll(func() []int { return inSession(self.PID) }) {
		return fmt.Errorf("attempt %s: processes of it are left that cannot be ended", a)
	}
	return nil
}

// Cancel asks the wrapper of a living attempt to end its command. That it has ended is learned from Look.
func (a Attempt) Cancel() error { return a.signal(syscall.SIGTERM) }

// Kill kills the wrapper of a living attempt that does not do what it is asked, stopped or not. The attempt is then lost.
func (a Attempt) Kill() error { return a.signal(syscall.SIGKILL) }

func (a Attempt) signal(signal syscall.Signal) error {
	var self Process
	if found, err := a.read("started.json", &self); !found || err != nil {
		return err
	}
	if now, err := Identify(self.PID); err != nil || now != self {
		return nil // it is gone already
	}
	if err := syscall.Kill(self.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end attempt: %w", err)
	}
	return nil
}

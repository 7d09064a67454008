package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// errRuns says that a service's process is there already.
var errRuns = errors.New("its process is running already")

// lockPlace takes the lock of a service's process, or returns errRuns where a process holds it.
func (p Place) lockPlace() (*os.File, error) {
	lock, err := os.OpenFile(p.lock(), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errRuns
		}
		return nil, err
	}
	return lock, nil
}

// launch starts the process of a service in a session of its own and returns once it listens. The lock of the place goes
// over to it before it exists, so at no instant is there a process that nobody can see.
func (f Folder) launch(self []string, site, service, scheme, address string) (*exec.Cmd, error) {
	place := f.service(site, service)
	lock, err := place.lockPlace()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	defer lock.Close()
	if err := os.Remove(place.process()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	output, err := os.OpenFile(place.output(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	defer output.Close()
	told, ready, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	defer told.Close()
	cmd := exec.Command(self[0], append(self[1:], "lab", "-C", string(f), "serve", site, service, scheme, address)...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = output, output, []*os.File{lock, ready}
	cmd.Dir = string(place)
	// 120 of these live at once: one thread of Go code and a small heap are plenty for each.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=20", "GOMEMLIMIT=16MiB")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	ready.Close()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", service, err)
	}
	if line, _ := bufio.NewReader(told).ReadString('\n'); strings.TrimSpace(line) != readyWord {
		cmd.Process.Kill()
		cmd.Wait()
		said, _ := os.ReadFile(place.output())
		return nil, fmt.Errorf("start %s: its process ended before it listened: %s", service, strings.TrimSpace(string(said)))
	}
	return cmd, nil
}

// start starts the service's process at its address, and takes the declared time for it.
func (e Effect) start() error {
	card, err := e.card()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	cmd, err := e.Folder.launch([]string{self}, e.Site, e.Service, card.Scheme, net.JoinHostPort(e.At, e.Port))
	if err != nil {
		return err
	}
	time.Sleep(time.Until(e.began.Add(card.Start - startMargin)))
	fmt.Printf("%s: process %d listens at %s:%s\n", e.Service, cmd.Process.Pid, e.At, e.Port)
	return cmd.Process.Release()
}

// startMargin is what the end of this process takes, so that the whole takes what is declared at the most.
const startMargin = 10 * time.Millisecond

// isUp says whether the service's process is there and answers.
func (e Effect) isUp() (int, error) {
	place := e.place()
	lock, err := place.lockPlace()
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if lock != nil {
			lock.Close()
		}
		return exitNothing, nil // nobody holds the place, so there is no process
	}
	if !errors.Is(err, errRuns) {
		return exitUnclear, err
	}
	card, err := e.card()
	if err != nil {
		return exitUnclear, err
	}
	var recorded Process
	if err := readJSON(place.process(), &recorded); err != nil {
		return exitUnclear, err
	}
	if !recorded.alive() {
		return exitUnclear, fmt.Errorf("process %d is gone, and another holds its place", recorded.PID)
	}
	who, err := ask(context.Background(), card.Scheme, net.JoinHostPort(e.At, e.Port))
	if err != nil {
		return exitUnclear, err
	}
	if who.Service != e.Service || who.Site != e.Site {
		return exitUnclear, fmt.Errorf("%s at %s answers there", who.Service, who.Site)
	}
	return exitThere, nil
}

// stop ends the service's process and returns once it is gone. Where there is none, it is done.
func (e Effect) stop() error {
	return e.place().end()
}

// end kills the process that runs at a place and waits until the place is free.
func (p Place) end() error {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		lock, err := p.lockPlace()
		if err == nil {
			return lock.Close()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, errRuns) {
			return err
		}
		var recorded Process
		if err := readJSON(p.process(), &recorded); err == nil {
			if err := recorded.kill(syscall.SIGKILL); err != nil {
				return err
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the process at %s does not end", p)
		}
	}
}

package wrapper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// grace is how long a process group has between being asked to end and being killed.
const grace = 2 * time.Second

// drain is how long output is still read after the command itself has ended, for what its children had written. A
// daemon that it left behind with its output open does not hold it up longer than that.
const drain = 200 * time.Millisecond

// command is a process and all that it starts, under watch.
type command struct {
	argv    []string
	env     []string
	dir     string
	user    string
	timeout time.Duration
	output  io.Writer
}

// run starts the command and returns when it has ended by itself, or was ended because its time was up or ctx was done.
// The calling process must be nothing but this command's wrapper: whatever is below it belongs to the command.
func (c command) run(ctx context.Context) Ended {
	attr, err := c.attributes()
	if err != nil {
		return couldNotStart(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return couldNotStart(err)
	}
	defer reader.Close()
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env, cmd.Dir, cmd.SysProcAttr = c.env, c.dir, attr
	cmd.Stdout, cmd.Stderr = writer, writer
	err = cmd.Start()
	writer.Close()
	if err != nil {
		return couldNotStart(explain(c.argv[0], err))
	}

	copied := make(chan struct{})
	go func() {
		defer close(copied)
		io.Copy(c.output, reader) // a full disk must not stop the command; what could be kept is kept
		io.Copy(io.Discard, reader)
	}()
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()

	ended := c.await(ctx, exited)
	reader.SetReadDeadline(time.Now().Add(drain))
	<-copied
	return ended
}

func couldNotStart(err error) Ended {
	return Ended{How: CouldNotStart, Exit: -1, Reason: err.Error(), At: time.Now().UTC()}
}

// explain says what a failed start means for a script: the system's own words are about something else.
func explain(path string, err error) error {
	_, missing := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s cannot be executed; make it executable with: chmod +x", path)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s is no program and names no interpreter; begin it with a line such as #!/bin/sh", path)
	case errors.Is(err, os.ErrNotExist) && missing == nil:
		return fmt.Errorf("%s names an interpreter that is not there; look at its first line", path)
	case errors.Is(err, os.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is not there: no such file; a path with a slash is relative to the estate's folder", path)
	}
	return err
}

// await waits for the exit, and ends everything when the time is up or ctx is done.
func (c command) await(ctx context.Context, exited <-chan error) Ended {
	timer := time.NewTimer(c.timeout)
	defer timer.Stop()
	how, reason := Exited, ""
	var err error
	select {
	case err = <-exited:
	case <-timer.C:
		how, reason = TimedOut, fmt.Sprintf("it took longer than its timeout of %s", c.timeout)
		err = endAll(exited)
	case <-ctx.Done():
		how, reason = Cancelled, "it was asked to end"
		err = endAll(exited)
	}
	exit := exitCode(err)
	if how == Exited && exit != 0 {
		reason = fmt.Sprintf("it exited with code %d", exit)
		if signalled, is := errors.AsType[*exec.ExitError](err); is && exit < 0 {
			reason = "it was ended from outside: " + signalled.Error()
		}
	}
	return Ended{How: how, Exit: exit, Reason: reason, At: time.Now().UTC()}
}

// endAll asks all that the command started to end, kills what has not ended within the grace, and returns how the command
// itself ended. Whatever left its parent, group or session is still below this process, which adopts orphans.
func endAll(exited <-chan error) error {
	below := func() []int { return descendants(os.Getpid()) }
	for _, pid := range below() {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case err := <-exited:
		killAll(below)
		return err
	case <-patience.C:
		killAll(below)
		return <-exited
	}
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit, is := errors.AsType[*exec.ExitError](err); is {
		return exit.ExitCode()
	}
	return -1
}

// attributes puts the command into a process group of its own and, where the step names another user, makes it that
// user's.
func (c command) attributes() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	uid, gid, other, err := account(c.user)
	if err != nil || !other {
		return attr, err
	}
	attr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	return attr, giveTo(c.user, c.dir)
}

// account looks a user up, and says whether it is another than the one that this process runs as.
func account(name string) (uid, gid uint32, other bool, err error) {
	if name == "" {
		return 0, 0, false, nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		return 0, 0, false, fmt.Errorf("run as %s: %w; create the account or change the step's `user`", name, err)
	}
	u, err1 := strconv.ParseUint(found.Uid, 10, 32)
	g, err2 := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return 0, 0, false, fmt.Errorf("run as %s: %w", name, err)
	}
	other = int(u) != os.Getuid()
	if other && os.Getuid() != 0 {
		return 0, 0, false, fmt.Errorf("run as %s: only root can run a step as another user; start reprise as root or as %s", name, name)
	}
	return uint32(u), uint32(g), other, nil
}

// giveTo makes a file the property of the user that a step runs as.
func giveTo(name, path string) error {
	uid, gid, other, err := account(name)
	if err != nil || !other {
		return err
	}
	return os.Chown(path, int(uid), int(gid))
}

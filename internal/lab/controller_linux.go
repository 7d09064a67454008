package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"reprise/internal/view"
)

// controller starts the real program, as a user would, in the demo's folder.
type controller struct {
	*stage
	out io.Writer
}

func (c controller) command(words ...string) *exec.Cmd {
	words = append(slices.Clone(c.Self[1:]), words...)
	cmd := exec.Command(c.Self[0], append(words, "-C", c.folder.path(".reprise"))...)
	cmd.Dir = string(c.folder)
	cmd.Stdout, cmd.Stderr = c.out, c.Err
	// The demo's attempts are no business of the machine's service manager.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "INVOCATION_ID=") })
	// In a group of its own, so that Ctrl-C reaches it once, from the lab; and dead when the lab is.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	return cmd
}

// begin starts a command, and keeps for it the thread that its parent-death signal is bound to. The result comes once.
func begin(cmd *exec.Cmd) (ended <-chan error, err error) {
	started, done := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			done <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return done, nil
}

// run runs a command to its end. When ctx is done the command is asked to end, and then made to.
func run(ctx context.Context, cmd *exec.Cmd) error {
	ended, err := begin(cmd)
	if err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		quit(cmd, ended)
		return ctx.Err()
	}
}

// patience is how long a command that was interrupted has to end in good order.
const patience = 5 * time.Second

func quit(cmd *exec.Cmd, ended <-chan error) {
	cmd.Process.Signal(syscall.SIGINT)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
		cmd.Process.Kill()
		<-ended
	}
}

// recover plans and carries out the recovery of a lost platform, killing the controller at the given shares of its time,
// and returns how the run stands in the end.
func (c controller) recover(ctx context.Context, platform string, crashes []float64) (view.RunDocument, error) {
	file := c.folder.path("plan-" + platform + ".json")
	if err := run(ctx, c.command("plan", "--lost", platform, "--out", file, "-f", c.folder.estate())); err != nil {
		return view.RunDocument{}, fmt.Errorf("plan: %w", err)
	}
	var planned view.PlanDocument
	if err := readJSON(file, &planned); err != nil {
		return view.RunDocument{}, err
	}
	var instants []time.Duration
	for _, share := range crashes {
		instants = append(instants, time.Duration(share*float64(planned.Plan.Forecast.LowerBound)))
	}
	driven := c.drive(ctx, c.command("recover", "--plan", file, "-f", c.folder.estate()), instants)
	if ctx.Err() != nil {
		return view.RunDocument{}, ctx.Err()
	}
	document, err := c.document(ctx)
	if err != nil {
		return document, errors.Join(driven, err)
	}
	if driven != nil && !document.State.Ended() {
		return document, fmt.Errorf("recover: %w", driven)
	}
	return document, nil
}

// drive runs the controller to its end. At every instant that comes it is killed, while effects are running, and resumed.
func (c controller) drive(ctx context.Context, cmd *exec.Cmd, instants []time.Duration) error {
	began := time.Now()
	for {
		ended, err := begin(cmd)
		if err != nil {
			return err
		}
		var crash <-chan time.Time
		if len(instants) > 0 {
			crash = time.After(time.Until(began.Add(instants[0])))
		}
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			quit(cmd, ended)
			return ctx.Err()
		case <-crash:
		}
		if err, over := c.untilRunning(ctx, ended); over {
			return err
		}
		if ctx.Err() != nil {
			quit(cmd, ended)
			return ctx.Err()
		}
		cmd.Process.Kill()
		<-ended
		if err := c.folder.note(Line{Time: time.Now().UTC(), What: Crashed}); err != nil {
			return err
		}
		fmt.Fprintln(c.Out, "The lab has killed the controller. Now: reprise run resume")
		instants = instants[1:]
		cmd = c.command("run", "resume")
	}
}

// untilRunning waits until the ledger shows an effect that has begun and not ended, so that a crash hits something.
func (c controller) untilRunning(ctx context.Context, ended <-chan error) (err error, over bool) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		lines, err := c.folder.readLedger()
		if err != nil || Audit(lines).Running > 0 {
			return err, err != nil
		}
		select {
		case err := <-ended:
			return err, true
		case <-ctx.Done():
			return nil, false
		case <-look.C:
		}
	}
}

// document asks the program how its last run stands.
func (c controller) document(ctx context.Context) (view.RunDocument, error) {
	cmd := c.command("status", "--json")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := run(ctx, cmd); err != nil {
		return view.RunDocument{}, fmt.Errorf("status: %w", err)
	}
	var status view.StatusDocument
	if err := json.Unmarshal(out.Bytes(), &status); err != nil {
		return view.RunDocument{}, fmt.Errorf("status: %w", err)
	}
	if status.Run == nil {
		return view.RunDocument{}, errors.New("status: there is no run")
	}
	return *status.Run, nil
}

// crashShares are the shares of a recovery's time at which its controller is killed: one at random in every equal part
// of what lies between its beginning and its last quarter.
func crashShares(random *rand.Rand, n int) []float64 {
	var shares []float64
	for i := range n {
		shares = append(shares, 0.05+0.7*(float64(i)+random.Float64())/float64(n))
	}
	return shares
}

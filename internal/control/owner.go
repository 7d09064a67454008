package control

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"reprise/internal/action"
	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
	"reprise/internal/recovery"
	"reprise/internal/run"
	"reprise/internal/wrapper"
)

// ErrOwned says that another process owns the folder.
var ErrOwned = errors.New("another process owns the data folder")

// errLeaving says that this owner drives nothing any more: the next one will.
var errLeaving = errors.New("this owner is leaving")

// Options are what an owner is made with.
type Options struct {
	Exec    []string // the command line that starts a wrapper: this program and "exec"
	Version string
	Now     func() time.Time
	Debug   *slog.Logger
	Journal filelog.Options
}

// Owner owns a data folder until Close.
type Owner struct {
	Options
	folder Folder
	lock   *flock.Flock
	log    journal.Log
	// Cut is what was cut off the journal when it was opened, if anything.
	Cut *filelog.Cut

	mu      sync.Mutex // guards what follows
	history *recovery.History
	drivers map[estate.RunID]*run.Driver
	ctx     context.Context // of all drivers; nil before Serve and after Shutdown
	driving sync.WaitGroup
	failure error // what drivers returned
	idle    chan struct{}
}

// Own takes a data folder, making it if need be, and opens its journal. It returns ErrOwned, wrapped, where another
// process has it. Nothing is driven before Serve.
func Own(ctx context.Context, folder Folder, opts Options) (*Owner, error) {
	// Others may pass through, for the sake of steps that run as another user; the journal below is private.
	if err := os.MkdirAll(string(folder), 0o711); err != nil {
		return nil, fmt.Errorf("own data folder: %w", err)
	}
	lock := folder.lock()
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("own data folder: %w", err)
	}
	if !free {
		return nil, fmt.Errorf("%s: %w (process %d)", folder, ErrOwned, folder.Holder().PID)
	}
	o := &Owner{Options: opts, folder: folder, lock: lock, drivers: map[estate.RunID]*run.Driver{}, idle: make(chan struct{}, 1)}
	if err := o.open(ctx); err != nil {
		lock.Close()
		return nil, err
	}
	return o, nil
}

func (o *Owner) open(ctx context.Context) error {
	holder, _ := json.Marshal(Holder{PID: os.Getpid(), Version: o.Version})
	if err := os.WriteFile(o.folder.path("owner.json"), append(holder, '\n'), 0o600); err != nil {
		return fmt.Errorf("own data folder: %w", err)
	}
	log, opened, err := filelog.Open(o.folder.Journal(), o.Journal)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	o.log, o.Cut, o.history = log, opened.Cut, &recovery.History{}
	if err := o.refresh(ctx); err != nil {
		return errors.Join(err, log.Close())
	}
	if cut := opened.Cut; cut != nil {
		told := fact.JournalCut{Segment: cut.Segment, Offset: cut.Offset, Bytes: cut.Bytes}
		if _, err := log.Append(ctx, "", o.history.Index(""), []fact.Fact{{At: o.Now(), Body: told}}); err != nil {
			return errors.Join(fmt.Errorf("open journal: %w", err), log.Close())
		}
	}
	return nil
}

// refresh reads what was appended since the last time. mu is held, or nobody else has the owner yet.
func (o *Owner) refresh(ctx context.Context) error {
	return o.log.Read(ctx, o.history.Last, func(rec fact.Record) bool {
		o.history.Apply(rec)
		return true
	})
}

// Close gives the folder back. It is called after Shutdown has returned.
func (o *Owner) Close() error {
	return errors.Join(o.log.Close(), o.lock.Close())
}

// Recover opens a run of a plan and drives it.
func (o *Owner) Recover(ctx context.Context, loaded estatefile.Loaded, p estate.Plan, by estate.Person) (estate.RunID, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ctx == nil {
		return "", errLeaving // before anything is opened that the next owner would then refuse
	}
	if err := o.refresh(ctx); err != nil {
		return "", err
	}
	id := o.newRunID()
	if err := recovery.Open(ctx, o.log, o.history, loaded, p, by, id, o.Now()); err != nil {
		return "", err
	}
	return id, o.drive(ctx, id, by)
}

// newRunID names a run so that it can be typed at night and still is not mixed up with one of another data folder.
func (o *Owner) newRunID() estate.RunID {
	return estate.RunID(fmt.Sprintf("r%d-%s", len(o.history.Runs)+1, strings.ToLower(rand.Text()[:4])))
}

// Resume drives a run on that was paused, interrupted or whose controller died.
func (o *Owner) Resume(ctx context.Context, id estate.RunID, by estate.Person) error {
	o.mu.Lock()
	driver := o.drivers[id]
	if driver != nil {
		o.mu.Unlock()
		if err := driver.Command(ctx, run.Command{Verb: run.Unpause, By: by}); !errors.Is(err, run.ErrOver) {
			return err
		}
		o.mu.Lock()
	}
	defer o.mu.Unlock()
	return o.drive(ctx, id, by)
}

// drive starts the driver of a run. mu is held.
func (o *Owner) drive(ctx context.Context, id estate.RunID, by estate.Person) error {
	state, loaded, err := o.find(ctx, id)
	if err != nil {
		return err
	}
	if state.Status.Ended() {
		return diag.Refused{Why: fmt.Sprintf("run %s has ended: %s", id, state.Status), Next: reopen(state)}
	}
	if o.ctx == nil {
		return errLeaving
	}
	whole, err := o.folder.keepWhole(id, state.Status == estate.Planned)
	if err != nil {
		return err
	}
	actions := action.Set{
		estate.RunStep:   action.Run{Folder: o.folder.Attempts(), Starter: wrapper.Starter{Exec: o.Exec}, Whole: whole},
		estate.ProbeStep: action.Probe{}, estate.AskNeed: action.Probe{}, estate.AskAgain: action.Probe{},
	}
	driver := run.NewDriver(run.Setup{
		Log: o.log, Actions: actions, Now: o.Now, Debug: o.Debug, Estate: loaded.Estate, Folder: loaded.Folder, By: by,
	}, state)
	o.drivers[id] = driver
	runCtx := o.ctx
	o.driving.Go(func() {
		err := driver.Run(runCtx)
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.drivers[id] == driver { // another one may drive it by now
			delete(o.drivers, id)
		}
		o.failure = errors.Join(o.failure, err)
		if len(o.drivers) == 0 {
			select {
			case o.idle <- struct{}{}:
			default:
			}
		}
	})
	return nil
}

func reopen(state run.State) string {
	if state.Status == estate.RunFailed {
		return fmt.Sprintf("reopen a failed step with: reprise run retry %s SERVICE/STEP", state.ID)
	}
	return "there is nothing to resume"
}

// find returns a copy of a run's state, made afresh so that its driver shares it with nobody, and the estate it began
// with. mu is held.
func (o *Owner) find(ctx context.Context, id estate.RunID) (run.State, fact.EstateLoaded, error) {
	if err := o.refresh(ctx); err != nil {
		return run.State{}, fact.EstateLoaded{}, err
	}
	known, found := o.history.Run(id)
	if !found {
		return run.State{}, fact.EstateLoaded{}, diag.Refused{Why: fmt.Sprintf("there is no run %q in %s", id, o.folder), Next: "see them with: reprise run list"}
	}
	if err := o.history.Broken[id]; err != nil {
		return run.State{}, fact.EstateLoaded{}, fmt.Errorf("run %s cannot be driven: %w", id, err)
	}
	loaded, found := o.history.Estate(known.Plan.Estate)
	if !found {
		return run.State{}, fact.EstateLoaded{}, fmt.Errorf("run %s cannot be driven: its estate %s is not in the journal", id, known.Plan.Estate)
	}
	var state run.State
	var failed error
	err := o.log.Read(ctx, 0, func(rec fact.Record) bool {
		if rec.Run == id {
			failed = state.Apply(rec.Fact)
		}
		return failed == nil
	})
	return state, loaded, errors.Join(err, failed)
}

// Command passes a person's request on to a run, whether it is being driven or not. What is asked of a run that is not
// driven takes effect when it is resumed; to cancel one drives it, for there may be things to undo.
func (o *Owner) Command(ctx context.Context, id estate.RunID, c run.Command) error {
	o.mu.Lock()
	driver := o.drivers[id]
	if driver != nil {
		o.mu.Unlock()
		if err := driver.Command(ctx, c); !errors.Is(err, run.ErrOver) {
			return err
		}
		o.mu.Lock()
	}
	defer o.mu.Unlock()
	state, loaded, err := o.find(ctx, id)
	if err != nil {
		return err
	}
	machine, index := run.New(loaded.Estate, state), state.Index
	out, err := machine.Command(o.Now(), c)
	if err != nil {
		return err
	}
	if len(out.Facts) > 0 {
		if _, err := o.log.Append(ctx, id, index, out.Facts); err != nil {
			return err
		}
	}
	if c.Verb == run.CancelIt {
		return o.drive(ctx, id, c.By)
	}
	return nil
}

// Driven returns the runs that are being driven.
func (o *Owner) Driven() []estate.RunID {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ids []estate.RunID
	for id := range o.drivers {
		ids = append(ids, id)
	}
	return ids
}

package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"reprise/internal/action"
	"reprise/internal/estate"
	"reprise/internal/journal"
)

// Setup is what a driver works with.
type Setup struct {
	Log     journal.Log
	Actions action.Set
	Now     func() time.Time
	Debug   *slog.Logger
	Estate  estate.Estate // the one that the run's plan was made from
	Folder  string        // the estate's, absolute
	By      estate.Person // who drives
}

// Driver performs what a machine decides: facts first, durable, then effects.
type Driver struct {
	Setup
	inbox   chan any // what effects report: Ended, Adopted, Observed
	orders  chan order
	over    chan struct{}
	machine *Machine
	replies []chan error                    // to people whose request is in the next append
	asked   map[estate.StepID]chan struct{} // closed when the living attempt of a step is to end
	effects sync.WaitGroup
}

type order struct {
	command Command
	reply   chan error
}

// NewDriver makes the driver of a run that stands so, for one call of Run. Nothing is started.
func NewDriver(setup Setup, state State) *Driver {
	return &Driver{
		Setup: setup, machine: New(setup.Estate, state),
		inbox: make(chan any), orders: make(chan order), over: make(chan struct{}),
		asked: map[estate.StepID]chan struct{}{},
	}
}

// Run drives the run until nothing more happens in it by itself, or ctx is done: then it records the interruption, leaves
// running commands to their wrappers, and returns. It returns when all that it started has ended, and the error is nil
// unless the journal or an action failed. State tells how the run then stands.
func (d *Driver) Run(ctx context.Context) error {
	defer close(d.over)
	effects, detach := context.WithCancel(context.WithoutCancel(ctx))
	err := d.loop(ctx, effects)
	detach()
	go func() { d.effects.Wait(); close(d.inbox) }()
	for range d.inbox { // what they still report is found again by the next session
	}
	return err
}

func (d *Driver) loop(ctx, effects context.Context) error {
	out := d.machine.Attach(d.Now(), d.By)
	for {
		if err := d.commit(effects, out); err != nil {
			return err
		}
		if d.machine.Over() {
			return nil
		}
		out = d.next(ctx, out.Wake)
	}
}

// commit makes facts durable, tells the people who asked for them, and then performs effects. If the first fails, the
// session ends: an effect without a durable intent must not begin.
func (d *Driver) commit(effects context.Context, out Output) error {
	if len(out.Facts) > 0 {
		after := d.machine.State().Index - uint64(len(out.Facts))
		// Not the session's context: an interruption must not tear the append that records it.
		_, err := d.Log.Append(context.WithoutCancel(effects), d.machine.State().ID, after, out.Facts)
		if err != nil {
			err = fmt.Errorf("run %s stops, its last facts could not be kept: %w", d.machine.State().ID, err)
		}
		for _, reply := range d.replies {
			reply <- err
		}
		d.replies = nil
		if err != nil {
			return err
		}
	}
	for _, effect := range out.Effects {
		d.perform(effects, effect)
	}
	return nil
}

// next waits for the next thing to happen, takes all that has happened by then, and returns what follows from it. One
// append then serves for all of it.
func (d *Driver) next(ctx context.Context, wake time.Time) Output {
	var alarm <-chan time.Time
	if !wake.IsZero() {
		timer := time.NewTimer(wake.Sub(d.Now()))
		defer timer.Stop()
		alarm = timer.C
	}
	var all Output
	add := func(out Output) {
		all.Facts = append(all.Facts, out.Facts...)
		all.Effects = append(all.Effects, out.Effects...)
		all.Wake = out.Wake
	}
	select {
	case event := <-d.inbox:
		add(d.machine.Handle(d.Now(), event))
	case o := <-d.orders:
		add(d.obey(o))
	case <-alarm:
		add(d.machine.Tick(d.Now()))
	case <-ctx.Done():
		add(d.machine.Interrupt(d.Now(), d.By))
		return all
	}
	for {
		select {
		case event := <-d.inbox:
			add(d.machine.Handle(d.Now(), event))
		default:
			return all
		}
	}
}

// obey lets the machine decide about a person's request. A refusal is answered at once; what was taken is answered once
// it is durable.
func (d *Driver) obey(o order) Output {
	out, err := d.machine.Command(d.Now(), o.command)
	if err != nil || len(out.Facts) == 0 {
		o.reply <- err
		return out
	}
	d.replies = append(d.replies, o.reply)
	return out
}

// ErrOver says that the run that a command was meant for is not driven any more.
var ErrOver = errors.New("the run has just stopped")

// Command asks the run for something, from any goroutine, and returns when the request is durable or refused. It returns
// ErrOver if the driver has stopped meanwhile.
func (d *Driver) Command(ctx context.Context, c Command) error {
	o := order{command: c, reply: make(chan error, 1)}
	select {
	case d.orders <- o:
	case <-d.over:
		return ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-o.reply
}

// State returns how the run stands. It may be called once Run has returned.
func (d *Driver) State() *State { return d.machine.State() }

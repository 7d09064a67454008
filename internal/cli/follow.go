package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"reprise/internal/control"
	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/recovery"
	"reprise/internal/run"
	"reprise/internal/view"
)

// follow has a run begun or resumed by the folder's owner, becoming it where there is none, and shows the run until it
// has ended or ctx is done. As the owner it stays until all its runs have ended; interrupted, it leaves them resumable.
func (f *flags) follow(ctx context.Context, restoreSignals func(), cancelling bool, begin func(context.Context, asker) (estate.RunID, error)) error {
	folder, err := f.dataFolder()
	if err != nil {
		return err
	}
	before, err := folder.ReadHistory(ctx)
	if err != nil {
		return err
	}
	screen := &screen{env: f.env, json: f.json, cancelling: cancelling, since: before.Last}
	var id estate.RunID
	link, err := f.reach(ctx, folder, func(client *control.Client) (err error) {
		id, err = begin(ctx, client)
		return err
	})
	screen.owner = link.owner != nil
	if err == nil {
		err = screen.show(ctx, link.client, id)
		if !screen.owner && (errors.Is(err, control.ErrOwnerGone) || errors.Is(err, control.ErrNoOwner)) {
			screen.gone, err = true, nil
		}
	}
	if ctx.Err() != nil {
		restoreSignals() // a second Ctrl-C ends the process at once
	}
	if err = link.leave(ctx, ignoreCancelled(err)); err != nil {
		return err
	}
	// The journal now says how the run stands, whoever drove it last.
	history, err := folder.ReadHistory(context.Background())
	if err != nil {
		return err
	}
	state, found := history.Run(id)
	if !found {
		return status(exitInterrupted) // stopped before the run was opened
	}
	loaded, _ := history.Estate(state.Plan.Estate)
	state.Status = folder.Standing(state)
	return screen.end(loaded.Estate, state)
}

func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// screen shows a run while it lasts: a live page on a terminal, plain lines elsewhere, and with --json nothing before
// the document at its end.
type screen struct {
	env        Env
	json       bool
	owner      bool   // this process drives the run
	gone       bool   // another one did, and is not there any more
	cancelling bool   // the run's end that is wanted is to be cancelled
	since      uint64 // records up to here are the past: they are folded, and not told again
	history    recovery.History
}

// redraw is how often a live page is drawn, and resize and clock are seen.
const redraw = 200 * time.Millisecond

// show follows a run until it has ended, ctx is done, or its owner is gone.
func (s *screen) show(ctx context.Context, client *control.Client, id estate.RunID) error {
	ctx, cancel := context.WithCancel(ctx)
	records := make(chan fact.Record)
	streamed := make(chan error, 1)
	var stream sync.WaitGroup
	stream.Go(func() {
		streamed <- client.Facts(ctx, 0, func(rec fact.Record) bool {
			select {
			case records <- rec:
				return true
			case <-ctx.Done():
				return false
			}
		})
	})
	err := s.draw(ctx, records, streamed, id)
	cancel()
	stream.Wait()
	return err
}

func (s *screen) draw(ctx context.Context, records <-chan fact.Record, streamed <-chan error, id estate.RunID) error {
	_, _, live := s.env.Terminal()
	live = live && !s.json
	page := view.Live{To: s.env.Stdout}
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case rec := <-records:
			s.history.Apply(rec)
			if rec.Run != id || rec.Number <= s.since {
				continue
			}
			if !live {
				s.line(id, rec.Fact)
			}
			if _, ended := rec.Body.(fact.RunEnded); ended {
				if live {
					s.page(&page, id)
				}
				return nil
			}
		case <-ticker.C:
			if live {
				s.page(&page, id)
			}
		case err := <-streamed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *screen) line(id estate.RunID, f fact.Fact) {
	state, found := s.history.Run(id)
	if !found {
		return
	}
	loaded, _ := s.history.Estate(state.Plan.Estate)
	if text := view.Line(loaded.Estate, state, f); text != "" {
		w := s.env.Stdout
		if s.json {
			w = s.env.Stderr
		}
		fmt.Fprintln(w, text)
	}
}

func (s *screen) page(page *view.Live, id estate.RunID) {
	state, found := s.history.Run(id)
	if !found {
		return
	}
	loaded, _ := s.history.Estate(state.Plan.Estate)
	_, height, _ := s.env.Terminal()
	hint := fmt.Sprintf("Ctrl-C stops it, resumable. Elsewhere: reprise run pause|log|list %s", id)
	if !s.owner {
		hint = "Ctrl-C leaves it running under its owner, and only stops showing it."
	}
	style := s.env.style()
	page.Draw(view.Page(style, loaded.Estate, state, s.env.Now(), height, hint), style.Width)
}

// end says how the run stands when it is no longer shown, and makes that an exit code.
func (s *screen) end(est estate.Estate, state *run.State) error {
	if s.json {
		if err := view.JSON(s.env.Stdout, view.DocumentOf(est, state, s.env.Now(), true)); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.env.Stdout)
		view.Summary(s.env.Stdout, s.env.style(), est, state, s.env.Now())
	}
	switch {
	case state.Status == estate.Completed, state.Status == estate.RunCancelled && s.cancelling:
		return nil
	case state.Status.Ended():
		return status(exitFailed)
	case s.gone:
		fmt.Fprintf(s.env.Stderr, "The process that drove the run is gone.\n  next: reprise run resume %s\n", state.ID)
	case s.owner:
		fmt.Fprintf(s.env.Stderr, "Interrupted. Commands that were running go on under their wrappers.\n  next: reprise run resume %s\n", state.ID)
	default:
		fmt.Fprintf(s.env.Stderr, "No longer shown. The run goes on under its owner.\n  next: reprise run resume %s shows it again\n", state.ID)
	}
	return status(exitInterrupted)
}

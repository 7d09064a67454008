package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reprise/internal/view"
	"time"
)

// limit is how long a demo may take, setting up and cleaning up included.
const limit = 5 * time.Minute

// errLimit says that a demo was stopped because its time was up.
var errLimit = errors.New("the demo took longer than its limit of 5m; this machine may be overloaded")

// Noumea stages the two incidents of December 2018 and returns what was measured. When ctx is done it ends everything
// that it started, and returns ctx's error. Nothing of it runs any more when it returns, and nothing lies about unless
// that was asked for.
func Noumea(ctx context.Context, o Options) (document Document, err error) {
	timed, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() == nil && timed.Err() != nil {
			err = errLimit
		}
	}()
	if err := adoptOrphans(); err != nil {
		return Document{}, err
	}
	folder, err := folderFor(o)
	if err != nil {
		return Document{}, err
	}
	s := &stage{Options: o, folder: folder}
	defer func() {
		if unclean := s.close(); unclean != nil {
			fmt.Fprintln(o.Err, unclean) // also where an interruption is all that is told of the rest
			err = errors.Join(err, unclean)
		}
		if o.Keep {
			os.Remove(folder.leash()) // nobody is to sweep it away
			fmt.Fprintf(o.Err, "Kept: %s\n", folder)
		} else {
			err = errors.Join(err, os.RemoveAll(string(folder)))
		}
	}()
	return s.play(timed)
}

func (s *stage) play(ctx context.Context) (Document, error) {
	if err := s.setUp(ctx); err != nil {
		return Document{}, err
	}
	random := rand.New(rand.NewPCG(s.Seed, 2018))
	var outages []outage
	for _, i := range incidents() {
		fmt.Fprintf(s.Out, "\n%s\n\n", view.Wrap(i.before, 80, ""))
		began, err := s.lose(i.platform)
		if err != nil {
			return Document{}, err
		}
		var crashes []float64
		if s.Crash {
			crashes = crashShares(random, crashesEach)
		}
		run, err := controller{s, s.Out}.recover(ctx, i.platform, crashes)
		if err != nil {
			return Document{}, err
		}
		outages = append(outages, outage{began, run})
	}
	restored, others := s.whole(ctx, func(string) string { return standby })
	if ctx.Err() != nil {
		return Document{}, ctx.Err()
	}
	lines, err := s.folder.readLedger()
	if err != nil {
		return Document{}, err
	}
	d := documentOf(len(s.services), outages, Audit(lines))
	d.Seed, d.Restored, d.NotRestored = s.Seed, restored, others
	return d, nil
}

// setUp makes the primary site: real data, real backups, real processes, all of them seen to answer.
func (s *stage) setUp(ctx context.Context) error {
	fmt.Fprintln(s.Out, "Setting up the primary site: 120 services with data of their own, and a backup of each.")
	leash, err := s.folder.holdLeash()
	if err != nil {
		return err
	}
	s.leash = leash
	for _, step := range []func() error{
		s.write, s.load,
		func() error { return s.fill(ctx) },
		func() error { return s.open(ctx) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("set up the primary site: %w", err)
		}
	}
	if count, others := s.whole(ctx, s.siteOf); len(others) > 0 {
		return fmt.Errorf("set up the primary site: only %d of %d services answer: %s", count, len(s.services), others[0])
	}
	fmt.Fprintf(s.Out, "All %d answer at ducos.\n", len(s.services))
	return nil
}

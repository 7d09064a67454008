// Package journal keeps facts: appended in groups, fenced, durable before they are acknowledged, and never changed.
//
// A Log is one sequence of records that many runs share. Every record knows its number in the log, its run and its index
// in that run. Two implementations stand beside this contract, each in a package of its own: filelog (files that one can
// read with less and verify with sha256sum) and memlog (for tests and simulations); journaltest holds the suite that both
// pass. The package does not know what facts mean.
package journal

import (
	"context"
	"errors"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// Log is a durable sequence of facts. All methods may be called from many goroutines.
type Log interface {
	// Append makes the facts durable as one group, in order, or none of them as far as the caller may assume: after any
	// error but ErrFenced the log is stopped, and only opening it again tells what landed.
	//
	// All facts belong to the given run. The group is taken only if the last record of that run has index after (0: the
	// run has no record yet); otherwise it is refused with ErrFenced, nothing is written, and the log goes on. The
	// returned records are the facts as stored, in order: what Read will give. Facts that no log could give back (another
	// run's, a body that does not encode and decode) are a mistake of the caller and refused before anything is written;
	// the log goes on then too.
	Append(ctx context.Context, run estate.RunID, after uint64, facts []fact.Fact) ([]fact.Record, error)

	// Read calls yield with every durable record whose number is greater than after, in order, until yield returns
	// false. It returns ErrDamaged, wrapped, where a stored record is not what was written.
	Read(ctx context.Context, after uint64, yield func(fact.Record) bool) error

	// Wait blocks until the log holds a durable record whose number is greater than after, and returns nil; or until ctx
	// is done, and returns its error; or until the log is stopped or closed, and returns ErrStopped.
	Wait(ctx context.Context, after uint64) error

	// Close makes every later call return ErrStopped. Acknowledged facts stay.
	Close() error
}

var (
	// ErrFenced says that somebody else has appended to the run since the caller last read it.
	ErrFenced = errors.New("another writer has appended to this run")

	// ErrStopped says that the log takes nothing more: it was closed, or a write or sync failed, which stops it for good.
	ErrStopped = errors.New("the journal has stopped")

	// ErrDamaged says that a complete record is not what was written.
	ErrDamaged = errors.New("the journal is damaged")
)

// Replay reads the whole log into apply, in order, and stops at the first error of either.
func Replay(ctx context.Context, log Log, apply func(fact.Record) error) error {
	var failed error
	err := log.Read(ctx, 0, func(rec fact.Record) bool {
		failed = apply(rec)
		return failed == nil
	})
	return errors.Join(err, failed)
}

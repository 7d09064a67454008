// Package memlog is the journal in memory, for tests and simulations.
//
// It keeps the contract of package journal, and keeps of a fact exactly what a file would: bodies are held encoded and
// decoded for each reader, so that no two readers share memory. It keeps nothing when the process ends.
package memlog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/internal/entry"
)

// Log is a journal in memory. It implements journal.Log.
type Log struct {
	now func() time.Time

	mu      sync.Mutex // guards everything that follows
	records []stored
	heads   map[estate.RunID]uint64 // index of each run's last record
	grown   chan struct{}           // closed and replaced when records grows; closed when the log is
	closed  bool
}

// stored is a record without its body, and the body encoded.
type stored struct {
	rec     fact.Record
	kind    fact.Kind
	version int
	body    []byte
}

var _ journal.Log = (*Log)(nil)

// New returns an empty log that takes the time at which it records from now; nil means time.Now.
func New(now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{now: now, heads: map[estate.RunID]uint64{}, grown: make(chan struct{})}
}

// Reopen closes the log and returns one that holds what it held, as if its process had died and another had come.
func (l *Log) Reopen() *Log {
	l.Close() // cannot fail
	next := New(l.now)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.records {
		next.records = append(next.records, s)
		next.heads[s.rec.Run] = s.rec.Index
	}
	return next
}

// Append implements journal.Log. It does not look at ctx, because it never blocks.
func (l *Log) Append(_ context.Context, run estate.RunID, after uint64, facts []fact.Fact) ([]fact.Record, error) {
	entries, err := entry.From(run, facts)
	if err != nil {
		return nil, fmt.Errorf("append to the journal: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, stopped()
	}
	if head := l.heads[run]; head != after {
		return nil, fmt.Errorf("append to run %q after %d: %w: its last record has index %d; read it again before you decide",
			run, after, journal.ErrFenced, head)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	now := entry.Time(l.now())
	if n := len(l.records); n > 0 && now.Before(l.records[n-1].rec.Recorded) {
		now = l.records[n-1].rec.Recorded
	}
	taken := make([]fact.Record, len(entries))
	for i, e := range entries {
		rec := fact.Record{Fact: e.Fact, Number: uint64(len(l.records)) + 1, Index: after + uint64(i) + 1, Recorded: now}
		taken[i] = rec
		rec.Body = nil
		l.records = append(l.records, stored{rec: rec, kind: e.Kind, version: e.Version, body: e.Body})
	}
	l.heads[run] = after + uint64(len(entries))
	close(l.grown)
	l.grown = make(chan struct{})
	return taken, nil
}

// Read implements journal.Log. It reads what the log held when it was called.
func (l *Log) Read(ctx context.Context, after uint64, yield func(fact.Record) bool) error {
	l.mu.Lock()
	records, closed := l.records, l.closed
	l.mu.Unlock()
	if closed {
		return stopped()
	}
	for i := after; i < uint64(len(records)); i++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		s := records[i]
		body, err := fact.Decode(s.kind, s.version, s.body)
		if err != nil {
			return fmt.Errorf("read the journal: record %d: %w: %w", i+1, journal.ErrDamaged, err)
		}
		rec := s.rec
		rec.Body = body
		if !yield(rec) {
			return nil
		}
	}
	return nil
}

// Wait implements journal.Log.
func (l *Log) Wait(ctx context.Context, after uint64) error {
	for {
		l.mu.Lock()
		held, grown, closed := uint64(len(l.records)), l.grown, l.closed
		l.mu.Unlock()
		switch {
		case closed:
			return stopped()
		case held > after:
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close implements journal.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.grown)
	}
	return nil
}

func stopped() error { return fmt.Errorf("%w: it was closed", journal.ErrStopped) }

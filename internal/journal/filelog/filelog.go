// Package filelog is the journal in files: a folder of segments, one JSON line per record, that a person can read with
// less and verify with sha256sum.
//
// It guarantees that an acknowledged group was written and synced before the acknowledgement; that every record is
// verified against its own hash and against the record before it whenever it is read; that opening cuts nothing but an
// incomplete last line, keeps what it cut and tells it; and that a failed write or sync stops the log for good.
//
// It does not lock the folder: exactly one Log may be open on a folder, and its owner (package control) holds the lock
// that makes it so. Read needs no lock. It does not defend against somebody who rewrites the whole chain, nor against a
// disk that acknowledges a sync and forgets. See DESIGN.md in the folder above.
package filelog

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"reprise/internal/estate"
	"reprise/internal/journal"
)

// Options changes how a Log works. The zero value is right for production.
type Options struct {
	// SegmentBytes is the size from which on a segment takes no further group. 0 means 64 MiB.
	SegmentBytes int64

	// Write and Sync stand for (*os.File).Write and (*os.File).Sync, on segments and, for Sync, on folders. Tests count
	// and break them.
	Write func(*os.File, []byte) (int, error)
	Sync  func(*os.File) error

	// Now stands for time.Now, for the time at which a record was recorded.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.Write == nil {
		o.Write = (*os.File).Write
	}
	if o.Sync == nil {
		o.Sync = (*os.File).Sync
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Opened tells what was found.
type Opened struct {
	Records uint64 // how many records the log holds
	Cut     *Cut   // what was cut off its end, or nil
}

// Cut is an incomplete last line that was cut off. Its bytes are kept in Saved.
type Cut struct {
	Segment string // name of the file that was cut
	Offset  int64  // where
	Bytes   int64  // how many bytes were cut
	Saved   string // name of the file, in the same folder, that keeps them
}

const (
	folderMode fs.FileMode = 0o700 // a journal names hosts, people and commands
	fileMode   fs.FileMode = 0o600
)

// Log is an open journal. It implements journal.Log.
type Log struct {
	dir  string
	opts Options

	// writer belongs to the one goroutine that has set committing.
	writer writer

	mu         sync.Mutex // guards everything that follows
	turn       *sync.Cond // signalled when committing ends or the log stops
	queue      []*group   // not yet taken by a leader
	committing bool
	durable    uint64        // number of the last record that was synced
	segments   []segment     // what of them was synced
	grown      chan struct{} // closed and replaced when durable grows; closed when the log stops
	stopped    error         // why nothing more is taken; wraps journal.ErrStopped
	closed     bool
}

var _ journal.Log = (*Log)(nil)

// Wait implements journal.Log.
func (l *Log) Wait(ctx context.Context, after uint64) error {
	for {
		l.mu.Lock()
		durable, grown, stopped, closed := l.durable, l.grown, l.stopped, l.closed
		l.mu.Unlock()
		if durable > after && !closed {
			return nil
		}
		if stopped != nil {
			return stopped
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close implements journal.Log. Groups whose write has begun are finished first; groups that still queue are refused.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.stop(fmt.Errorf("%w: it was closed", journal.ErrStopped))
	for l.committing {
		l.turn.Wait()
	}
	if l.writer.file == nil {
		return nil
	}
	return l.writer.file.Close()
}

// stop makes err the answer to everything that comes. The caller holds mu.
func (l *Log) stop(err error) {
	if l.stopped == nil {
		close(l.grown)
	}
	l.stopped = err
	l.turn.Broadcast()
}

// chain is what the next record has to continue.
type chain struct {
	number   uint64 // of the last record
	prev     hash   // of the last record
	trusted  bool   // prev is not known: the next record's word is taken for it
	recorded time.Time
	heads    map[estate.RunID]uint64 // index of each run's last record; nil: not checked
}

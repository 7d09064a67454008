package filelog

import (
	"context"
	"fmt"
	"io"
	"os"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/internal/entry"
)

// group is one call of Append.
type group struct {
	run     estate.RunID
	after   uint64
	entries []entry.Entry

	taken   bool // a leader is writing it; guarded by Log.mu
	settled bool // records and err are final; guarded by Log.mu
	records []fact.Record
	err     error
}

// writer is the end of the log, as it will be once everything that was written is durable.
type writer struct {
	file  *os.File // the last segment; nil: there is none yet
	chain *chain
	buf   []byte // reused between batches
}

// batchBytes is how much a leader takes at most beside the group that reaches it, so that a batch fits into memory.
const batchBytes = 1 << 20

// Append implements journal.Log. It does not look at ctx: once a group is in the queue, its caller could not know
// whether it was written, and what a cancelled run has to say last must still be kept.
//
// Callers that come while a write is under way queue up; one of them then writes and syncs for all of them.
func (l *Log) Append(_ context.Context, run estate.RunID, after uint64, facts []fact.Fact) ([]fact.Record, error) {
	entries, err := entry.From(run, facts)
	if err != nil {
		return nil, fmt.Errorf("append to the journal: %w", err)
	}
	g := &group{run: run, after: after, entries: entries}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, g)
	for !g.settled {
		switch {
		case !g.taken && l.stopped != nil:
			return nil, l.stopped // and nobody reads the queue any more
		case l.committing:
			l.turn.Wait()
		default:
			l.lead()
		}
	}
	return g.records, g.err
}

// lead writes the queue's front for everybody. The caller holds mu, which is released meanwhile.
func (l *Log) lead() {
	l.committing = true
	batch := l.takeBatch()
	last := segment{first: l.writer.chain.number + 1}
	fresh := l.writer.file == nil || l.segments[len(l.segments)-1].size >= l.opts.SegmentBytes
	if !fresh {
		last = l.segments[len(l.segments)-1]
	}
	l.mu.Unlock()
	err := l.commit(batch, &last, fresh)
	l.mu.Lock()
	l.committing = false
	l.publish(batch, last, fresh, err)
	l.turn.Broadcast()
}

// takeBatch takes groups off the queue until they are many bytes, or the segment is full. The caller holds mu.
func (l *Log) takeBatch() []*group {
	limit := int64(batchBytes)
	if room := l.opts.SegmentBytes; room < limit {
		limit = room
	}
	n, bytes := 0, int64(0)
	for n < len(l.queue) && (n == 0 || bytes < limit) {
		for _, e := range l.queue[n].entries {
			bytes += int64(len(e.Body)) + 2*int64(tailLen)
		}
		l.queue[n].taken = true
		n++
	}
	batch := l.queue[:n:n]
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return batch
}

// commit writes the groups that are not fenced, with one write and one sync, and moves last on to its new end.
func (l *Log) commit(batch []*group, last *segment, fresh bool) error {
	l.writer.buf = l.writer.buf[:0]
	end := last.size
	for _, g := range batch {
		l.encode(g, last)
	}
	if len(l.writer.buf) == 0 {
		return nil
	}
	if fresh {
		if err := l.rotate(last.first); err != nil {
			return fmt.Errorf("begin a segment: %w", err)
		}
	} else if err := unchanged(l.writer.file, end); err != nil {
		return err
	}
	n, err := l.opts.Write(l.writer.file, l.writer.buf)
	if err == nil && n < len(l.writer.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := l.opts.Sync(l.writer.file); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if fresh {
		if err := syncFolder(l.dir, l.opts.Sync); err != nil {
			return fmt.Errorf("sync the folder: %w", err)
		}
	}
	if cap(l.writer.buf) > 4*batchBytes {
		l.writer.buf = nil // one huge group must not hold its memory for ever
	}
	return nil
}

// unchanged says whether a segment still ends where we left it. The owner's lock keeps other writers away; if it fails,
// stopping here is what keeps the journal whole.
func unchanged(file *os.File, end int64) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the segment: %w", err)
	}
	if info.Size() != end {
		return fmt.Errorf("%s holds %d bytes and not %d: another process writes to it", file.Name(), info.Size(), end)
	}
	return nil
}

// encode gives a group its place in the chain, or refuses it.
func (l *Log) encode(g *group, last *segment) {
	c := l.writer.chain
	if head := c.heads[g.run]; head != g.after {
		g.err = fmt.Errorf("append to run %q after %d: %w: its last record has index %d; read it again before you decide",
			g.run, g.after, journal.ErrFenced, head)
		return
	}
	if len(g.entries) == 0 {
		return
	}
	now := entry.Time(l.opts.Now())
	if now.Before(c.recorded) {
		now = c.recorded // a clock that was set back must not undo the order in which things became known
	}
	g.records = make([]fact.Record, len(g.entries))
	for i, e := range g.entries {
		ln := line{
			number: c.number + 1, run: g.run, index: g.after + uint64(i) + 1,
			at: e.Fact.At, recorded: now,
			kind: e.Kind, version: e.Version, body: e.Body, prev: c.prev,
		}
		last.noteRecord(ln.number, c.prev)
		before := len(l.writer.buf)
		l.writer.buf = ln.appendTo(l.writer.buf)
		last.size += int64(len(l.writer.buf) - before)
		g.records[i] = ln.with(e.Fact.Body)
		c.number, c.prev, c.recorded = ln.number, ln.sum, now
	}
	c.heads[g.run] = g.after + uint64(len(g.entries))
}

// rotate closes the last segment, whose every byte is durable, and creates the next.
func (l *Log) rotate(first uint64) error {
	f, err := os.OpenFile(segmentPath(l.dir, first), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	old := l.writer.file
	l.writer.file = f
	if old == nil {
		return nil
	}
	return old.Close()
}

// publish lets readers see what a batch has made durable, or stops the log. The caller holds mu.
func (l *Log) publish(batch []*group, last segment, fresh bool, err error) {
	if err != nil {
		// The system may have dropped what it could not write and call the next sync a success. So there is no second
		// try: only what opening reads back counts.
		err = fmt.Errorf("%w: %w. Nothing more is written. Make sure that the disk is sound and has room, then start again: "+
			"opening the journal tells what it holds", journal.ErrStopped, err)
		if l.closed {
			err = fmt.Errorf("%w (and it was being closed)", err)
		}
		l.stop(err)
	} else if l.durable != l.writer.chain.number {
		if fresh {
			l.segments = append(l.segments, last)
		} else {
			l.segments[len(l.segments)-1] = last
		}
		l.durable = l.writer.chain.number
		if l.stopped == nil {
			close(l.grown)
			l.grown = make(chan struct{})
		}
	}
	for _, g := range batch {
		g.settled = true
		if err != nil {
			g.records, g.err = nil, err
		}
	}
}

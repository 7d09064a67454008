package filelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"

	"reprise/internal/fact"
)

// Read implements journal.Log. It reads what was durable when it was called, from the files, and holds up no writer.
func (l *Log) Read(ctx context.Context, after uint64, yield func(fact.Record) bool) error {
	spans, c, err := l.plan(after)
	if err != nil {
		return err
	}
	for _, s := range spans {
		if s.first > c.number+1 {
			return fmt.Errorf("read the journal: %w", missing(l.dir, s.first, c))
		}
		rest, more, err := walkRecords(ctx, l.dir, s, c, after, yield)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		if !more {
			return nil
		}
		if rest.offset != s.to {
			return fmt.Errorf("read the journal: %w", damaged(l.dir, s.first, c, rest.offset, "the file has lost its end"))
		}
	}
	return nil
}

// plan returns the parts to read for what is durable after the given number, and what comes before them.
func (l *Log) plan(after uint64) ([]span, *chain, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, l.stopped
	}
	if after >= l.durable {
		return nil, &chain{}, nil
	}
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].first > after+1 }) - 1
	marks := l.segments[i].marks
	m := marks[sort.Search(len(marks), func(i int) bool { return marks[i].number > after+1 })-1]
	var spans []span
	for _, s := range l.segments[i:] {
		spans = append(spans, span{first: s.first, to: s.size})
	}
	spans[0].from = m.offset
	return spans, &chain{number: m.number - 1, prev: m.prev}, nil
}

// walkRecords is walk for those who want the records after a number.
func walkRecords(ctx context.Context, dir string, s span, c *chain, after uint64, yield func(fact.Record) bool) (tail, bool, error) {
	var failed error
	rest, more, err := walk(ctx, dir, s, c, func(ln *line, offset int64) bool {
		if ln.number <= after {
			return true
		}
		rec, err := ln.record()
		if err != nil {
			failed = unreadable(dir, s.first, ln, offset, err)
			return false
		}
		return yield(rec)
	})
	return rest, more, errors.Join(err, failed)
}

// Read calls yield with every whole record in the folder dir whose number is greater than after, in order, until yield
// returns false. It needs no lock and changes nothing, so it may run while a Log is writing there: it stops at an
// incomplete last line without a word, because that may be a record that is just being written, and it may see records
// that their writer has not acknowledged yet. Records are the highest number that it has seen; Cut is always nil.
//
// It verifies all that it reads. It begins with the segment that holds the first wanted record and takes that segment's
// word for the hash of the record before: to verify the whole chain, read after 0.
func Read(ctx context.Context, dir string, after uint64, yield func(fact.Record) bool) (Opened, error) {
	seen, err := readFolder(ctx, dir, after, yield)
	if err != nil {
		return Opened{Records: seen}, fmt.Errorf("read the journal in %s: %w", dir, err)
	}
	return Opened{Records: seen}, nil
}

func readFolder(ctx context.Context, dir string, after uint64, yield func(fact.Record) bool) (uint64, error) {
	firsts, err := listSegments(dir)
	if err != nil || len(firsts) == 0 {
		return 0, err
	}
	c := &chain{}
	if firsts[0] != 1 {
		return 0, missing(dir, firsts[0], c)
	}
	if i := sort.Search(len(firsts), func(i int) bool { return firsts[i] > after+1 }) - 1; i > 0 {
		firsts = firsts[i:]
		c = &chain{number: firsts[0] - 1, trusted: true}
	}
	walked := uint64(0) // name of the segment that was read last
	for len(firsts) > 0 {
		first := firsts[0]
		if first != c.number+1 {
			// While we list a folder, its writer may begin segments, and the list may hold the later of two only. If
			// the missing one is there now, then the next list holds it; unless it is the one that was just read, and empty.
			_, err := os.Stat(segmentPath(dir, c.number+1))
			if errors.Is(err, fs.ErrNotExist) || first <= c.number || walked == c.number+1 {
				return c.number, missing(dir, first, c)
			}
			if firsts, err = listSegments(dir); err != nil {
				return c.number, err
			}
			firsts = slices.DeleteFunc(firsts, func(n uint64) bool { return n <= c.number })
			continue
		}
		walked, firsts = first, firsts[1:]
		rest, more, err := walkRecords(ctx, dir, span{first: first, to: -1}, c, after, yield)
		if err != nil || !more {
			return c.number, err
		}
		if err := judgeReading(dir, first, c, rest, len(firsts) == 0); err != nil {
			return c.number, err
		}
	}
	return c.number, nil
}

// judgeReading says whether what follows a segment's last newline can be a record that is being written.
func judgeReading(dir string, first uint64, c *chain, rest tail, last bool) error {
	if len(rest.bytes) == 0 {
		return nil
	}
	if !last {
		return damaged(dir, first, c, rest.offset, "its last line is incomplete, and yet a segment follows it")
	}
	if ln, length, whole := wholePrefix(rest.bytes); whole {
		return judge(dir, first, c, rest, &ln, rest.bytes[length:])
	}
	return nil
}

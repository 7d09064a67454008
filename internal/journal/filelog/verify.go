package filelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// follow takes a record as the chain's next, or says in words why it is not.
func (c *chain) follow(ln *line) error {
	switch {
	case ln.number != c.number+1:
		return fmt.Errorf("it holds record %d where record %d has to be", ln.number, c.number+1)
	case ln.prev != c.prev && !c.trusted:
		return fmt.Errorf("record %d does not continue the record before it: \"prev\" is not that record's hash", ln.number)
	case ln.recorded.Before(c.recorded):
		return fmt.Errorf("record %d was recorded before the record before it", ln.number)
	}
	if c.heads != nil {
		if ln.index != c.heads[ln.run]+1 {
			return fmt.Errorf("it holds record %d of run %q where record %d has to be", ln.index, ln.run, c.heads[ln.run]+1)
		}
		c.heads[ln.run] = ln.index
	}
	c.number, c.prev, c.recorded, c.trusted = ln.number, ln.sum, ln.recorded, false
	return nil
}

// span is a part of a segment that is to be read.
type span struct {
	first uint64 // of the segment
	from  int64  // offset
	to    int64  // offset; negative: the end of the file
}

// tail is an incomplete last line.
type tail struct {
	offset int64
	bytes  []byte
}

// walk reads and verifies the whole lines of a span and calls each with every record, until each returns false. What
// follows the last newline is returned, not judged.
func walk(ctx context.Context, dir string, s span, c *chain, each func(ln *line, offset int64) bool) (rest tail, more bool, err error) {
	f, err := os.Open(segmentPath(dir, s.first))
	if err != nil {
		return tail{}, false, err
	}
	defer f.Close() // only read
	size := s.to - s.from
	if s.to < 0 {
		size = 1<<62 - s.from
	}
	in := newLines(io.NewSectionReader(f, s.from, size))
	offset := s.from
	for {
		if err := ctx.Err(); err != nil {
			return tail{}, false, err
		}
		b, whole, err := in.next()
		if errors.Is(err, io.EOF) {
			return tail{offset: offset}, true, nil
		}
		if err != nil {
			return tail{}, false, err
		}
		if !whole {
			return tail{offset: offset, bytes: bytes.Clone(b)}, true, nil
		}
		ln, err := parse(b)
		if err == nil {
			err = c.follow(&ln)
		}
		if err != nil {
			return tail{}, false, damaged(dir, s.first, c, offset, err.Error())
		}
		if !each(&ln, offset) {
			return tail{}, false, nil
		}
		offset += int64(len(b)) + 1
	}
}

// damaged places a damage at the line that the chain expects next. Each line is one record, so their numbers tell its own.
func damaged(dir string, first uint64, c *chain, offset int64, reason string) error {
	return &Damage{File: segmentPath(dir, first), Line: int(c.number - first + 2), Offset: offset, Reason: reason}
}

// wholePrefix finds a whole record at the beginning of an incomplete line.
func wholePrefix(b []byte) (ln line, length int, found bool) {
	for end := 0; ; {
		i := bytes.Index(b[end:], []byte(sumKey))
		if i < 0 || end+i+sumLen > len(b) {
			return line{}, 0, false
		}
		// A body may contain the same characters: only the whole record's own hash decides.
		if ln, err := parse(b[:end+i+sumLen]); err == nil {
			return ln, end + i + sumLen, true
		}
		end += i + len(sumKey)
	}
}

// onlyZeros says whether b is what some file systems leave where a file had grown but its data had not arrived.
func onlyZeros(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

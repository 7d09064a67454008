package filelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"reprise/internal/estate"
)

// Open opens the journal in the folder dir, which it creates if there is none. It verifies every record before it changes
// anything. It starts no goroutine. The caller must be the folder's only writer.
func Open(dir string, opts Options) (*Log, Opened, error) {
	l := &Log{dir: dir, opts: opts.withDefaults(), grown: make(chan struct{})}
	l.turn = sync.NewCond(&l.mu)
	opened, err := l.open()
	if err != nil {
		return nil, Opened{}, fmt.Errorf("open the journal in %s: %w", dir, err)
	}
	return l, opened, nil
}

func (l *Log) open() (Opened, error) {
	if err := makeFolder(l.dir, l.opts.Sync); err != nil {
		return Opened{}, err
	}
	firsts, err := listSegments(l.dir)
	if err != nil {
		return Opened{}, err
	}
	c := &chain{heads: map[estate.RunID]uint64{}}
	end, err := l.verify(firsts, c)
	if err != nil {
		return Opened{}, err
	}
	var cut *Cut
	if len(firsts) > 0 {
		if cut, err = l.settle(c, end); err != nil {
			return Opened{}, err
		}
	}
	l.writer.chain = c
	l.durable = c.number
	return Opened{Records: c.number, Cut: cut}, nil
}

// verify reads everything, fills l.segments and returns what follows the last newline.
func (l *Log) verify(firsts []uint64, c *chain) (tail, error) {
	var end tail
	for i, first := range firsts {
		if first != c.number+1 {
			return tail{}, missing(l.dir, first, c)
		}
		l.segments = append(l.segments, segment{first: first})
		seg := &l.segments[i]
		prev := c.prev
		var unreadable error
		rest, _, err := walk(context.Background(), l.dir, span{first: first, to: -1}, c, func(ln *line, offset int64) bool {
			seg.size = offset
			seg.noteRecord(ln.number, prev)
			prev = ln.sum
			unreadable = readable(l.dir, first, ln, offset)
			return unreadable == nil
		})
		if err := errors.Join(err, unreadable); err != nil {
			return tail{}, err
		}
		seg.size = rest.offset
		if len(rest.bytes) > 0 && i < len(firsts)-1 {
			return tail{}, damaged(l.dir, first, c, rest.offset, "its last line is incomplete, and yet a segment follows it")
		}
		end = rest
	}
	return end, nil
}

// readable says whether a record's body can be read.
func readable(dir string, first uint64, ln *line, offset int64) error {
	if _, err := ln.record(); err != nil {
		return unreadable(dir, first, ln, offset, err)
	}
	return nil
}

func unreadable(dir string, first uint64, ln *line, offset int64, err error) error {
	return damaged(dir, first, &chain{number: ln.number - 1}, offset, err.Error())
}

func missing(dir string, first uint64, c *chain) error {
	return &Damage{
		File: segmentPath(dir, c.number+1),
		Reason: fmt.Sprintf("the file is missing, or the one before it has lost its end: record %d has to be there, and the next segment is %s",
			c.number+1, segmentName(first)),
	}
}

// settle makes the last segment end in a whole line and durable, and opens it for writing.
func (l *Log) settle(c *chain, end tail) (cut *Cut, err error) {
	seg := &l.segments[len(l.segments)-1]
	path := segmentPath(l.dir, seg.first)
	if len(end.bytes) > 0 {
		if cut, err = l.mend(c, seg, end); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, fileMode)
	if err != nil {
		return nil, err
	}
	// What was just verified may have come from the page cache of a system whose journal was killed before its sync. It
	// will be acted upon, so it has to be durable first.
	if err := errors.Join(l.opts.Sync(f), syncFolder(l.dir, l.opts.Sync)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l.writer.file = f
	return cut, nil
}

// mend decides what an incomplete last line is: a record that lacks its newline, a torn one, or damage.
func (l *Log) mend(c *chain, seg *segment, end tail) (*Cut, error) {
	torn := end
	ln, length, whole := wholePrefix(end.bytes)
	if whole {
		torn = tail{offset: end.offset + int64(length), bytes: end.bytes[length:]}
		err := judge(l.dir, seg.first, c, end, &ln, torn.bytes)
		if err != nil {
			return nil, err
		}
		prev := c.prev
		if err := c.follow(&ln); err != nil {
			return nil, damaged(l.dir, seg.first, c, end.offset, err.Error())
		}
		seg.noteRecord(ln.number, prev)
		seg.size = torn.offset + 1
	}
	f, err := os.OpenFile(segmentPath(l.dir, seg.first), os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	cut, err := l.cut(f, seg.first, torn)
	if err == nil && whole {
		_, err = f.WriteAt([]byte{'\n'}, torn.offset)
	}
	return cut, errors.Join(err, f.Close())
}

// judge says whether an incomplete last line that begins with a whole record is damage. A write is cut short, never
// lengthened: nothing but the newline, or the zeros of a file that grew before its data came, can follow the record.
func judge(dir string, first uint64, c *chain, end tail, ln *line, after []byte) error {
	if !onlyZeros(after) {
		return damaged(dir, first, c, end.offset, "a whole record is followed by something that is not the end of its line")
	}
	return readable(dir, first, ln, end.offset)
}

// cut saves a torn tail beside the segment and removes it from the segment.
func (l *Log) cut(f *os.File, first uint64, torn tail) (*Cut, error) {
	if len(torn.bytes) == 0 {
		return nil, nil
	}
	saved, err := l.save(fmt.Sprintf("torn-%s-%d", segmentName(first), torn.offset), torn.bytes)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(torn.offset); err != nil {
		return nil, err
	}
	return &Cut{Segment: segmentName(first), Offset: torn.offset, Bytes: int64(len(torn.bytes)), Saved: saved}, nil
}

// save keeps b durably in a file of that name, or that name and a number if the name is taken, and returns the name.
func (l *Log) save(name string, b []byte) (string, error) {
	unique := name
	for n := 2; ; n++ {
		f, err := os.OpenFile(filepath.Join(l.dir, unique), os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if errors.Is(err, fs.ErrExist) {
			if kept, err := os.ReadFile(filepath.Join(l.dir, unique)); err == nil && bytes.Equal(kept, b) {
				return unique, nil // an earlier opening was killed before it could cut
			}
			unique = fmt.Sprintf("%s-%d", name, n)
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(b)
		return unique, errors.Join(err, l.opts.Sync(f), f.Close(), syncFolder(l.dir, l.opts.Sync))
	}
}

// makeFolder creates a folder and those above it, durably.
func makeFolder(dir string, sync func(*os.File) error) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is a file; name a folder", dir)
		}
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent, sync); err != nil {
		return err
	}
	if err := os.Mkdir(dir, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent, sync)
}

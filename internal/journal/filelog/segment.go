package filelog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
)

// segment is one file of the journal.
type segment struct {
	first uint64 // number of its first record; its name
	size  int64  // of what is known to be good
	marks []mark // where reading may begin, in order
}

// mark is a place inside a segment from which reading may begin, with what is needed to verify from there.
type mark struct {
	offset int64
	number uint64 // of the record that begins at offset
	prev   hash   // of the record before it
}

// markBytes is how far marks lie apart at least: a follower that asks for the newest records passes over half as much.
const markBytes = 64 << 10

// noteRecord sets a mark at the segment's end if the last one is far enough away.
func (s *segment) noteRecord(number uint64, prev hash) {
	if n := len(s.marks); n == 0 || s.size-s.marks[n-1].offset >= markBytes {
		s.marks = append(s.marks, mark{offset: s.size, number: number, prev: prev})
	}
}

func segmentName(first uint64) string { return fmt.Sprintf("%020d.jsonl", first) }

func segmentPath(dir string, first uint64) string { return filepath.Join(dir, segmentName(first)) }

// listSegments returns the numbers that name the folder's segments, in order. Other files are nobody's business.
func listSegments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	pattern := regexp.MustCompile(`^[0-9]{20}\.jsonl$`)
	var firsts []uint64
	for _, e := range entries {
		if !pattern.MatchString(e.Name()) {
			continue
		}
		first, err := strconv.ParseUint(e.Name()[:20], 10, 64)
		if err != nil {
			return nil, &Damage{File: filepath.Join(dir, e.Name()), Reason: "no record has a number as large as its name"}
		}
		firsts = append(firsts, first)
	}
	slices.Sort(firsts)
	return firsts, nil
}

// syncFolder makes the names in a folder durable. Windows has no such call: there the file system journals names itself.
func syncFolder(dir string, sync func(*os.File) error) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close() // nothing was written through it
	return sync(f)
}

// lines reads a file line by line.
type lines struct {
	r    *bufio.Reader
	long []byte // holds a line that is longer than r's buffer
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line without its newline, valid until the next call, and whether it had one. After the last
// line it returns io.EOF. A last line without a newline is returned as such, if it has any byte.
func (s *lines) next() (b []byte, whole bool, err error) {
	s.long = s.long[:0]
	for {
		part, err := s.r.ReadSlice('\n')
		switch {
		case err == nil && len(s.long) == 0:
			return part[:len(part)-1], true, nil
		case err == nil:
			s.long = append(s.long, part...)
			return s.long[:len(s.long)-1], true, nil
		case errors.Is(err, bufio.ErrBufferFull):
			s.long = append(s.long, part...)
		case errors.Is(err, io.EOF):
			s.long = append(s.long, part...)
			if len(s.long) == 0 {
				return nil, false, io.EOF
			}
			return s.long, false, nil
		default:
			return nil, false, err
		}
	}
}

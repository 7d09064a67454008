package wrapper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// OutputLimit is how much of the beginning of an attempt's output is kept, and how much at least of its end. What is
// between is counted and left out.
const OutputLimit = 256 << 10

// recorder keeps output within bounds: the beginning in one file, the end in two that take turns. It writes as output
// comes, so that what a killed process said is there.
type recorder struct {
	attempt Attempt
	head    *os.File
	tail    *os.File
	turn    int   // which tail file is being filled
	inHead  int64 // bytes
	inTail  int64 // bytes in the tail file that is being filled
}

func (a Attempt) record() (*recorder, error) {
	head, err := os.OpenFile(a.path("output"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record output: %w", err)
	}
	return &recorder{attempt: a, head: head}, nil
}

func (r *recorder) Write(p []byte) (int, error) {
	total := len(p)
	if room := OutputLimit - r.inHead; room > 0 {
		part := p[:min(int64(len(p)), room)]
		if _, err := r.head.Write(part); err != nil {
			return 0, err
		}
		r.inHead += int64(len(part))
		p = p[len(part):]
	}
	for len(p) > 0 {
		if r.tail == nil || r.inTail == OutputLimit {
			if err := r.turnOver(); err != nil {
				return total - len(p), err
			}
		}
		part := p[:min(int64(len(p)), OutputLimit-r.inTail)]
		if _, err := r.tail.Write(part); err != nil {
			return total - len(p), err
		}
		r.inTail += int64(len(part))
		p = p[len(part):]
	}
	return total, nil
}

// turnOver begins the next tail file and removes the one before the last. Their numbers tell a reader how much is missing.
func (r *recorder) turnOver() error {
	if r.tail != nil {
		r.tail.Close()
	}
	r.turn, r.inTail = r.turn+1, 0
	if r.turn > 2 {
		os.Remove(r.attempt.tailName(r.turn - 2))
	}
	tail, err := os.OpenFile(r.attempt.tailName(r.turn), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	r.tail = tail
	return err
}

func (a Attempt) tailName(turn int) string { return a.path(fmt.Sprintf("output.tail-%d", turn)) }

func (r *recorder) Close() error {
	err := errors.Join(r.head.Sync(), r.head.Close())
	if r.tail != nil {
		err = errors.Join(err, r.tail.Sync(), r.tail.Close())
	}
	return err
}

// Output returns what is kept of the attempt's output, whether it has ended or not; where some was left out, a line in
// the middle says how much.
func (a Attempt) Output() ([]byte, error) {
	head, err := os.ReadFile(a.path("output"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read output: %w", err)
	}
	out := bytes.NewBuffer(head)
	// Tail files are numbered from 1, and two of them at the most are there.
	first := 1
	entries, err := os.ReadDir(string(a))
	if err != nil {
		return nil, fmt.Errorf("read output: %w", err)
	}
	var turns []int
	for _, entry := range entries {
		var turn int
		if n, _ := fmt.Sscanf(entry.Name(), "output.tail-%d", &turn); n == 1 {
			turns = append(turns, turn)
		}
	}
	if len(turns) > 0 {
		first = min(turns[0], turns[len(turns)-1])
	}
	if first > 1 {
		fmt.Fprintf(out, "\n[... %d KiB left out ...]\n", int64(first-1)*OutputLimit>>10)
	}
	for turn := first; turn < first+len(turns); turn++ {
		f, err := os.Open(a.tailName(turn))
		if err != nil {
			continue // it was turned over while we read
		}
		_, err = io.Copy(out, f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read output: %w", err)
		}
	}
	return out.Bytes(), nil
}

package lab

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// uneven delays some of its reads, as a busy disk does.
type uneven struct {
	io.Reader
	reads int
}

func (u *uneven) Read(p []byte) (int, error) {
	if u.reads++; u.reads%5 == 0 {
		<-time.After(90 * time.Millisecond) // in the bubble of the test, where no time passes
	}
	return u.Reader.Read(p)
}

func TestPaceKeepsTheRate(t *testing.T) {
	for name, c := range map[string]struct {
		size, rate int64
		late       time.Duration // how long before the first read the time began
		want       time.Duration
	}{
		"two seconds":             {600_000, 300_000, 0, 2 * time.Second},
		"begun earlier":           {600_000, 300_000, 500 * time.Millisecond, 1500 * time.Millisecond},
		"nothing to read":         {0, 300_000, 0, 0},
		"smaller than one chunk":  {3000, 300_000, 0, 10 * time.Millisecond},
		"slower than a chunk/sec": {40_000, 10_000, 0, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				from := &uneven{Reader: bytes.NewReader(make([]byte, c.size))}
				n, err := io.Copy(io.Discard, &paced{from: from, rate: c.rate, began: began.Add(-c.late)})
				took := time.Since(began)
				if n != c.size || err != nil {
					t.Fatalf("%d bytes, %v", n, err)
				}
				if off := took - c.want; off < 0 || off > c.want/50+90*time.Millisecond {
					t.Errorf("took %s; want %s", took, c.want)
				}
			})
		})
	}
}

package lab

import (
	"io"
	"time"
)

// paceChunk is how much is read between two rests: small against any archive here, large enough that resting is rare.
const paceChunk = 32 << 10

// paced reads at a steady rate: after every chunk it rests until the instant at which so many bytes are due. Being late
// is made up for, so the whole takes bytes/rate, however uneven the machine is.
type paced struct {
	from  io.Reader
	rate  int64 // bytes per second
	began time.Time
	done  int64
}

func (p *paced) Read(buf []byte) (int, error) {
	n, err := p.from.Read(buf[:min(len(buf), paceChunk)])
	p.done += int64(n)
	due := p.began.Add(time.Duration(float64(p.done) / float64(p.rate) * float64(time.Second)))
	time.Sleep(time.Until(due))
	return n, err
}

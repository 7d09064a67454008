package wrapper

import (
	"bytes"
	"io"
)

// redactor passes output on with every secret value replaced. It holds back the end of what it has seen for as long as
// that could be the beginning of a secret, so a secret is caught wherever the writes happen to be cut.
type redactor struct {
	to      io.Writer
	secrets [][]byte
	held    []byte
}

var redacted = []byte("[redacted]")

func (r *redactor) Write(p []byte) (int, error) {
	if len(r.secrets) == 0 {
		return r.to.Write(p)
	}
	r.held = append(r.held, p...)
	for _, secret := range r.secrets {
		r.held = bytes.ReplaceAll(r.held, secret, redacted)
	}
	keep := 0
	for _, secret := range r.secrets {
		for n := min(len(secret)-1, len(r.held)); n > keep; n-- {
			if bytes.HasSuffix(r.held, secret[:n]) {
				keep = n
			}
		}
	}
	ready := r.held[:len(r.held)-keep]
	if _, err := r.to.Write(ready); err != nil {
		return 0, err
	}
	r.held = append(r.held[:0], r.held[len(r.held)-keep:]...)
	return len(p), nil
}

// flush passes on what was held back.
func (r *redactor) flush() error {
	_, err := r.to.Write(r.held)
	r.held = nil
	return err
}

package probe

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"syscall"
)

// askTCP opens a connection and closes it: accepted is green.
func askTCP(ctx context.Context, target *url.URL) Answer {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", target.Host)
	if err != nil {
		return Answer{Seen: cause(err)}
	}
	conn.Close()
	return Answer{Green: true, Seen: "connected"}
}

// cause says why a connection failed in the few words that tell failures apart.
func cause(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "name not resolved: " + dns.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	}
	return err.Error()
}

package probe

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// askHTTP sends one GET. Any status from 200 to 399 is green: a redirect shows that the service answers, and following
// it would ask somebody else.
func askHTTP(ctx context.Context, target *url.URL) Answer {
	transport := &http.Transport{DisableKeepAlives: true, Proxy: nil}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return Answer{Seen: err.Error()}
	}
	req.Header.Set("User-Agent", "reprise-probe")
	resp, err := client.Do(req)
	if err != nil {
		return Answer{Seen: cause(err)}
	}
	defer resp.Body.Close()
	// A service that stops in the middle of its answer does not answer; a megabyte is enough to tell.
	if _, err := io.CopyN(io.Discard, resp.Body, 1<<20); err != nil && err != io.EOF {
		return Answer{Seen: cause(err)}
	}
	return Answer{Green: resp.StatusCode >= 200 && resp.StatusCode < 400, Seen: resp.Status}
}

// Package probe asks a service whether it answers, as its users would: one file per kind of question.
//
// A probe is a function of a target and a deadline: it opens a new connection, asks once and says what it saw. It does
// not repeat, schedule, vote or remember; that is for those who ask.
package probe

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Answer is what one question found.
type Answer struct {
	Green bool
	// Seen says what was seen, in words for people: "200 OK", "connection refused".
	Seen string
	Took time.Duration
}

// Func asks the target once. It returns when it knows, or soon after ctx is done; it reports a failure as a red answer,
// never as a panic, and leaves no goroutine or connection behind.
type Func func(ctx context.Context, target *url.URL) Answer

// kinds is every kind of probe, by the URL scheme that asks for it.
var kinds = map[string]Func{
	"http":  askHTTP,
	"https": askHTTP,
	"tcp":   askTCP,
}

// Schemes returns the URL schemes that can be asked, sorted.
func Schemes() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Parse reads a probe target such as https://www.example.org/health or tcp://192.0.2.7:389. The error names what is
// wrong and what is allowed; it has no position.
func Parse(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL; write one like https://www.example.org/ or tcp://192.0.2.7:389", target)
	}
	if _, known := kinds[u.Scheme]; !known {
		return nil, fmt.Errorf("%q begins with no kind of probe; the kinds are %s", target, strings.Join(Schemes(), ", "))
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%q names no host to ask", target)
	}
	if u.Scheme == "tcp" && u.Port() == "" {
		return nil, fmt.Errorf("%q names no port; write it like tcp://192.0.2.7:389", target)
	}
	return u, nil
}

// Ask asks the target once, for as long as limit at the most.
func Ask(ctx context.Context, target *url.URL, limit time.Duration) Answer {
	ask, known := kinds[target.Scheme]
	if !known {
		return Answer{Seen: "no kind of probe is called " + target.Scheme}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := time.Now()
	answer := ask(ctx, target)
	answer.Took = time.Since(began)
	return answer
}

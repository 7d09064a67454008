package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/run"
)

// Client asks the owner of a data folder.
type Client struct {
	folder Folder
	http   *http.Client
}

// NewClient makes a client of whoever owns the folder. It connects when it is used.
func NewClient(folder Folder) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, err := folder.socket()
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &Client{folder: folder, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

var (
	// ErrNoOwner says that nobody listens on the folder's socket: nothing was asked.
	ErrNoOwner = errors.New("nobody answers for the data folder")

	// ErrOwnerGone says that the owner went away while it was asked: whether it did what it was asked is in the journal.
	ErrOwnerGone = errors.New("the process that answered for the data folder is gone")
)

// Recover asks for a run of a plan and returns its ID. A diag.Refused says why not.
func (c *Client) Recover(ctx context.Context, loaded estatefile.Loaded, p estate.Plan, by estate.Person) (estate.RunID, error) {
	return c.post(ctx, "/v1/recover", recoverRequest{loaded, p, by})
}

// Resume asks that a run be driven on.
func (c *Client) Resume(ctx context.Context, id estate.RunID, by estate.Person) error {
	_, err := c.post(ctx, "/v1/runs/"+string(id)+"/resume", run.Command{By: by})
	return err
}

// Command asks a run for something.
func (c *Client) Command(ctx context.Context, id estate.RunID, command run.Command) error {
	_, err := c.post(ctx, "/v1/runs/"+string(id)+"/command", command)
	return err
}

// Facts calls yield with every record after a number, and then with each one as it becomes durable, until yield returns
// false, ctx is done, or the owner goes away. It returns nil in the first case and an error in the others.
func (c *Client) Facts(ctx context.Context, after uint64, yield func(fact.Record) bool) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://owner/v1/facts?after=%d", after), nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.gone(err)
	}
	defer resp.Body.Close()
	enough := false
	err = readRecords(resp.Body, func(rec fact.Record) bool {
		enough = !yield(rec)
		return !enough
	})
	if enough {
		return nil
	}
	return c.gone(err)
}

// answerWithin is how long an owner has for an answer. It answers once the request is on disk, and a disk in trouble is
// slow.
const answerWithin = 30 * time.Second

func (c *Client) post(ctx context.Context, path string, body any) (estate.RunID, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return "", fmt.Errorf("ask the owner: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, fmt.Errorf("process %d owns %s and does not answer within %s", c.folder.Holder().PID, c.folder, answerWithin))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://owner"+path, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if errors.Is(err, context.DeadlineExceeded) {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", c.gone(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable {
		return "", fmt.Errorf("%s: %w", c.folder, ErrNoOwner)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&a); err != nil {
		return "", fmt.Errorf("ask the owner: it answered %s and nothing that this release understands; it may be of another one", resp.Status)
	}
	switch {
	case a.Refused != nil:
		return "", *a.Refused
	case a.Error != "":
		return "", errors.New(a.Error)
	}
	return a.Run, nil
}

// gone says what a broken connection means.
func (c *Client) gone(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if dial, is := errors.AsType[*net.OpError](err); is && dial.Op == "dial" {
		return fmt.Errorf("%s: %w", c.folder, ErrNoOwner)
	}
	return fmt.Errorf("%s: %w", c.folder, ErrOwnerGone)
}

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/run"
)

// Serving is an owner that listens and drives.
type Serving struct {
	owner  *Owner
	path   string // of the socket
	server *http.Server
	cancel context.CancelFunc // interrupts what is driven
	stop   context.CancelFunc // ends the streams of facts
	served chan error
}

// Serve listens on the folder's socket and lets runs be driven, until Shutdown.
func (o *Owner) Serve() (*Serving, error) {
	path, err := o.folder.socket()
	if err != nil {
		return nil, err
	}
	// The lock is ours, so a socket that is there was left behind by an owner that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listen: %w", err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	listener.SetUnlinkOnClose(false) // Shutdown does it, before it stops listening
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), listener.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.mu.Lock()
	o.ctx = ctx
	o.mu.Unlock()

	serving, stop := context.WithCancel(context.Background())
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return serving }}
	s := &Serving{owner: o, path: path, server: server, cancel: cancel, stop: stop, served: make(chan error, 1)}
	go func() { s.served <- server.Serve(listener) }()
	return s, nil
}

// Wait blocks until no run is driven, or ctx is done. It returns what drivers failed with.
func (s *Serving) Wait(ctx context.Context) error {
	for len(s.owner.Driven()) > 0 {
		select {
		case <-s.owner.idle:
		case <-ctx.Done():
			return nil
		}
	}
	s.owner.mu.Lock()
	defer s.owner.mu.Unlock()
	return s.owner.failure
}

const (
	// lastCalls is how long those are still heard who had reached the socket when it was taken away.
	lastCalls = 20 * time.Millisecond
	// lastAnswers is how long their requests may take.
	lastAnswers = 5 * time.Second
)

// Shutdown interrupts every driven run, so that it can be resumed, answers who has asked, and stops listening. It returns
// when all of that has ended.
func (s *Serving) Shutdown() error {
	s.owner.mu.Lock()
	s.owner.ctx = nil // what is asked from now on is not driven
	s.owner.mu.Unlock()
	s.cancel()
	s.owner.driving.Wait()

	// Whoever comes now finds no socket, and tries to become the owner. A request that was cut off could not be told from
	// one that was lost.
	removed := os.Remove(s.path)
	calls := time.NewTimer(lastCalls)
	<-calls.C
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	stopped := s.server.Shutdown(ctx)
	if err := <-s.served; !errors.Is(err, http.ErrServerClosed) {
		stopped = errors.Join(stopped, err)
	}
	if errors.Is(removed, os.ErrNotExist) {
		removed = nil
	}
	if err := errors.Join(removed, stopped); err != nil {
		return fmt.Errorf("stop listening: %w", err)
	}
	s.owner.mu.Lock()
	defer s.owner.mu.Unlock()
	return s.owner.failure
}

// recoverRequest asks for a run of a plan.
type recoverRequest struct {
	Loaded estatefile.Loaded `json:"loaded"`
	Plan   estate.Plan       `json:"plan"`
	By     estate.Person     `json:"by"`
}

// answer is what every request but the stream of facts gets back.
type answer struct {
	Run     estate.RunID  `json:"run,omitempty"`
	Refused *diag.Refused `json:"refused,omitempty"`
	Error   string        `json:"error,omitempty"`
}

func (o *Owner) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/recover", func(w http.ResponseWriter, r *http.Request) {
		var req recoverRequest
		if !decode(w, r, &req) {
			return
		}
		id, err := o.Recover(r.Context(), req.Loaded, req.Plan, req.By)
		reply(w, id, err)
	})
	mux.HandleFunc("POST /v1/runs/{id}/resume", func(w http.ResponseWriter, r *http.Request) {
		var c run.Command
		if !decode(w, r, &c) {
			return
		}
		id := estate.RunID(r.PathValue("id"))
		reply(w, id, o.Resume(r.Context(), id, c.By))
	})
	mux.HandleFunc("POST /v1/runs/{id}/command", func(w http.ResponseWriter, r *http.Request) {
		var c run.Command
		if !decode(w, r, &c) {
			return
		}
		id := estate.RunID(r.PathValue("id"))
		reply(w, id, o.Command(r.Context(), id, c))
	})
	mux.HandleFunc("GET /v1/facts", o.streamFacts)
	return mux
}

// maxRequest bounds what a client may send: an estate of a hundred thousand services fits.
const maxRequest = 256 << 20

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(into); err != nil {
		http.Error(w, "the request cannot be read: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func reply(w http.ResponseWriter, id estate.RunID, err error) {
	w.Header().Set("Content-Type", "application/json")
	a := answer{Run: id}
	if refused, is := errors.AsType[diag.Refused](err); is {
		w.WriteHeader(http.StatusConflict)
		a.Refused = &refused
	} else if errors.Is(err, errLeaving) {
		w.WriteHeader(http.StatusServiceUnavailable) // to be asked of the next owner
	} else if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		a.Error = err.Error()
	}
	_ = json.NewEncoder(w).Encode(a) // a client that went away is answered by nobody
}

// streamFacts sends every record after a number, and then each one as it becomes durable, as server-sent events.
func (o *Owner) streamFacts(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		http.Error(w, "after is not a record number", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	for {
		err := o.log.Read(r.Context(), after, func(rec fact.Record) bool {
			after = rec.Number
			return writeRecord(w, rec) == nil
		})
		if err != nil || flush.Flush() != nil {
			return
		}
		if err := o.log.Wait(r.Context(), after); err != nil {
			return
		}
	}
}

package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Identity is what a served service answers to whoever asks: who it is, and a digest of the data that it has.
type Identity struct {
	Service string `json:"service"`
	Site    string `json:"site"`
	Digest  string `json:"digest"`
}

// Files that a served process inherits.
const (
	inheritedLock  = 3 // locked by whoever started it: held for as long as the process lives, from before its first breath
	inheritedReady = 4 // told one line once it listens
)

// Serve is the process of a service: it verifies its data, listens at its address, says that it is ready, and answers
// until its lab is gone or it is ended. It refuses to start on data that are not whole.
func Serve(folder, site, service, scheme, address string) error {
	f := Folder(folder)
	if err := f.onLeash(); err != nil {
		return err
	}
	ready := os.NewFile(inheritedReady, "ready")
	if ready == nil {
		return errors.New("serve is started by the lab")
	}
	place := f.service(site, service)
	var manifest Manifest
	if err := readJSON(f.manifest(service), &manifest); err != nil {
		return err
	}
	if err := manifest.verify(place.data()); err != nil {
		return fmt.Errorf("%s refuses to start: %w", service, err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%s: %w", service, err)
	}
	self, err := identify(os.Getpid())
	if err == nil {
		err = writeJSON(place.process(), self)
	}
	if err != nil {
		return err
	}
	answer, err := json.Marshal(Identity{service, site, manifest.Digest})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(ready, readyWord); err != nil {
		return fmt.Errorf("%s: nobody waits for it: %w", service, err)
	}
	ready.Close()
	return answerWith(listener, scheme, append(answer, '\n'))
}

const readyWord = "ready"

// answerWith answers every caller with the same bytes, in the service's own way. It returns when the listener fails.
func answerWith(listener net.Listener, scheme string, answer []byte) error {
	if scheme == "tcp" {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			conn.SetDeadline(time.Now().Add(time.Second))
			conn.Write(answer) // a prober that only wanted to connect is gone by now, and that is well
			conn.Close()
		}
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write(answer)
		}),
		ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}
	return server.Serve(listener)
}

// ask asks a served service who it is.
func ask(ctx context.Context, scheme, address string) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return Identity{}, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if scheme != "tcp" {
		if _, err := fmt.Fprintf(conn, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", address); err != nil {
			return Identity{}, err
		}
	}
	answer, err := io.ReadAll(io.LimitReader(conn, 64<<10))
	if err != nil {
		return Identity{}, err
	}
	if scheme != "tcp" {
		_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
		answer = []byte(body)
	}
	var who Identity
	if err := json.Unmarshal(answer, &who); err != nil {
		return Identity{}, fmt.Errorf("%s does not say who it is: %w", address, err)
	}
	return who, nil
}

// Package entry prepares facts for keeping: the one place that decides what a journal may hold, so that all journals
// hold the same.
//
// What it returns reads back as what it returns: times are UTC without a monotonic part, the body has been through its
// own encoding and back, and its JSON is compact UTF-8 on one line. It refuses what could not be read again, because one
// such record would keep a journal from ever being replayed. It does not number, order or store anything.
package entry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// Entry is a fact beside the form in which its body is kept.
type Entry struct {
	Fact    fact.Fact
	Kind    fact.Kind
	Version int
	Body    []byte // JSON
}

// From prepares the facts of one group. Its errors are mistakes of the caller.
func From(run estate.RunID, facts []fact.Fact) ([]Entry, error) {
	if !utf8.ValidString(string(run)) {
		return nil, fmt.Errorf("run %q is not UTF-8", run)
	}
	entries := make([]Entry, len(facts))
	for i, f := range facts {
		e, err := from(run, f)
		if err != nil {
			return nil, fmt.Errorf("fact %d of %d: %w", i+1, len(facts), err)
		}
		entries[i] = e
	}
	return entries, nil
}

func from(run estate.RunID, f fact.Fact) (Entry, error) {
	if f.Body == nil {
		return Entry{}, fmt.Errorf("it has no body")
	}
	kind := f.Body.Kind()
	if f.Run != run {
		return Entry{}, fmt.Errorf("%s belongs to run %q, and the group to run %q", kind, f.Run, run)
	}
	at := Time(f.At)
	if year := at.Year(); year < 0 || year > 9999 {
		return Entry{}, fmt.Errorf("%s happened in the year %d, which RFC 3339 cannot write", kind, year)
	}
	version, raw, err := fact.Encode(f.Body)
	if err != nil {
		return Entry{}, err
	}
	if _, unknown := f.Body.(fact.Unknown); unknown { // the only body whose JSON somebody else has made
		if raw, err = compact(raw); err != nil {
			return Entry{}, fmt.Errorf("%s: %w", kind, err)
		}
	}
	if !utf8.Valid(raw) || !utf8.ValidString(string(kind)) {
		return Entry{}, fmt.Errorf("%s is not UTF-8", kind)
	}
	// A body may encode and yet not decode: a negative duration does. Now only the caller's step stops for it; once
	// written it would stop every replay, for ever. The way back also drops what JSON does not keep.
	body, err := fact.Decode(kind, version, raw)
	if err != nil {
		return Entry{}, fmt.Errorf("it could not be read back: %w", err)
	}
	return Entry{Fact: fact.Fact{Run: run, At: at, Body: body}, Kind: kind, Version: version, Body: raw}, nil
}

func compact(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Time returns t as a journal keeps it: UTC, without a monotonic part.
func Time(t time.Time) time.Time { return t.Round(0).UTC() }

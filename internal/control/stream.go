package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

// sent is a record on its way from an owner to a client.
type sent struct {
	Number   uint64          `json:"n"`
	Run      estate.RunID    `json:"run,omitempty"`
	Index    uint64          `json:"i"`
	At       time.Time       `json:"at"`
	Recorded time.Time       `json:"recorded"`
	Kind     fact.Kind       `json:"kind"`
	Version  int             `json:"v"`
	Body     json.RawMessage `json:"body"`
}

// writeRecord sends one record as a server-sent event.
func writeRecord(w io.Writer, rec fact.Record) error {
	version, body, err := fact.Encode(rec.Body)
	if err != nil {
		return err
	}
	data, err := json.Marshal(sent{rec.Number, rec.Run, rec.Index, rec.At, rec.Recorded, rec.Body.Kind(), version, body})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\ndata: %s\n\n", rec.Number, data)
	return err
}

// readRecords calls yield with every record of a stream until the stream ends or yield returns false.
func readRecords(r io.Reader, yield func(fact.Record) bool) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if data, is := bytes.CutPrefix(line, []byte("data: ")); is {
			var s sent
			if err := json.Unmarshal(data, &s); err != nil {
				return fmt.Errorf("read facts: %w", err)
			}
			body, err := fact.Decode(s.Kind, s.Version, s.Body)
			if err != nil {
				return fmt.Errorf("read facts: %w", err)
			}
			rec := fact.Record{
				Fact:   fact.Fact{Run: s.Run, At: s.At, Body: body},
				Number: s.Number, Index: s.Index, Recorded: s.Recorded,
			}
			if !yield(rec) {
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

package filelog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"reprise/internal/estate"
	"reprise/internal/fact"
)

type hash = [sha256.Size]byte

// line is one record as a segment holds it:
//
//	{"n":12,"run":"r1","i":3,"at":"…","recorded":"…","kind":"step-intended","v":1,"body":{…},"prev":"<hex>","sha256":"<hex>"}
//
// There is exactly one way to write a record. Whatever parses, encodes to the same bytes again: so a line cannot be
// changed without a change of meaning, and what one reader accepts every reader accepts.
type line struct {
	number   uint64
	run      estate.RunID
	index    uint64
	at       time.Time
	recorded time.Time
	kind     fact.Kind
	version  int
	body     []byte // compact JSON
	prev     hash   // of the record before; zeros in the first
	sum      hash   // SHA-256 of every byte before sumKey
}

const (
	prevKey = `,"prev":"`
	sumKey  = `,"sha256":"`
	hexLen  = 2 * sha256.Size
	sumLen  = len(sumKey) + hexLen + len(`"}`)   // what follows the hashed bytes
	tailLen = len(prevKey) + hexLen + 1 + sumLen // what follows the body
)

// appendTo appends the record with its newline to dst and sets its sum.
func (ln *line) appendTo(dst []byte) []byte {
	start := len(dst)
	dst = ln.appendHead(dst)
	dst = append(dst, ln.body...)
	dst = append(dst, prevKey...)
	dst = hex.AppendEncode(dst, ln.prev[:])
	dst = append(dst, '"')
	ln.sum = sha256.Sum256(dst[start:])
	dst = append(dst, sumKey...)
	dst = hex.AppendEncode(dst, ln.sum[:])
	return append(dst, '"', '}', '\n')
}

// appendHead appends what comes before the body.
func (ln *line) appendHead(dst []byte) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendUint(dst, ln.number, 10)
	dst = append(dst, `,"run":`...)
	dst = appendString(dst, string(ln.run))
	dst = append(dst, `,"i":`...)
	dst = strconv.AppendUint(dst, ln.index, 10)
	dst = append(dst, `,"at":"`...)
	dst = ln.at.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","recorded":"`...)
	dst = ln.recorded.AppendFormat(dst, time.RFC3339Nano)
	dst = append(dst, `","kind":`...)
	dst = appendString(dst, string(ln.kind))
	dst = append(dst, `,"v":`...)
	dst = strconv.AppendInt(dst, int64(ln.version), 10)
	return append(dst, `,"body":`...)
}

// appendString appends s, which is UTF-8, as JSON.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always encodes
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// sealed says whether b, without a newline, ends in a hash, and whether that is the hash of the bytes before it.
func sealed(b []byte) (sum hash, shape, right bool) {
	if len(b) < tailLen {
		return sum, false, false
	}
	tail := b[len(b)-tailLen:]
	if !bytes.HasPrefix(tail, []byte(prevKey)) || !bytes.HasPrefix(tail[tailLen-sumLen-1:], []byte(`"`+sumKey)) ||
		!bytes.HasSuffix(tail, []byte(`"}`)) {
		return sum, false, false
	}
	if !unhex(&sum, tail[tailLen-sumLen+len(sumKey):]) {
		return sum, false, false
	}
	return sum, true, sum == sha256.Sum256(b[:len(b)-sumLen])
}

// unhex reads a hash in lower case.
func unhex(h *hash, from []byte) bool {
	from = from[:hexLen]
	for _, c := range from {
		if c >= 'A' && c <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(h[:], from)
	return err == nil
}

// parse reads a record from its line without the newline. The body refers to b. Its error says in words what is wrong.
func parse(b []byte) (line, error) {
	sum, shape, right := sealed(b)
	switch {
	case !shape:
		return line{}, errors.New("the line does not end like a record")
	case !right:
		return line{}, errors.New("the line's bytes do not have the hash that stands at its end")
	}
	ln := line{sum: sum}
	if !unhex(&ln.prev, b[len(b)-tailLen+len(prevKey):]) {
		return line{}, errors.New(`"prev" is not a hash`)
	}
	p := parser{rest: b[:len(b)-tailLen]}
	ln.number = p.uint(`{"n":`)
	ln.run = estate.RunID(p.text(`,"run":`))
	ln.index = p.uint(`,"i":`)
	ln.at = p.time(`,"at":`)
	ln.recorded = p.time(`,"recorded":`)
	ln.kind = fact.Kind(p.text(`,"kind":`))
	ln.version = p.int(`,"v":`)
	p.key(`,"body":`)
	if p.wrong != "" {
		return line{}, errors.New(p.wrong)
	}
	ln.body = p.rest
	head := b[:len(b)-tailLen-len(ln.body)]
	if !bytes.Equal(head, ln.appendHead(make([]byte, 0, len(head)+16))) {
		return line{}, errors.New("the line is not written the way the journal writes it")
	}
	if !isCompact(ln.body) {
		return line{}, errors.New("the body is not compact JSON")
	}
	return ln, nil
}

// isCompact says whether b is one JSON value in UTF-8 without white space between its parts.
func isCompact(b []byte) bool {
	var c bytes.Buffer
	c.Grow(len(b))
	return utf8.Valid(b) && json.Compact(&c, b) == nil && bytes.Equal(c.Bytes(), b)
}

// record returns the record with its body decoded. Nothing in it refers to the line's bytes.
func (ln *line) record() (fact.Record, error) {
	body, err := fact.Decode(ln.kind, ln.version, ln.body)
	if err != nil {
		return fact.Record{}, err
	}
	return ln.with(body), nil
}

func (ln *line) with(body fact.Body) fact.Record {
	return fact.Record{
		Fact:     fact.Fact{Run: ln.run, At: ln.at, Body: body},
		Number:   ln.number,
		Index:    ln.index,
		Recorded: ln.recorded,
	}
}

// parser takes fields off the front of a line, and remembers the first thing that was wrong. It may be lenient: parse
// compares what it understood with what it read.
type parser struct {
	rest  []byte
	wrong string
}

func (p *parser) key(key string) {
	rest, found := bytes.CutPrefix(p.rest, []byte(key))
	if !found && p.wrong == "" {
		p.wrong = fmt.Sprintf("%s is missing", key)
	}
	p.rest = rest
}

// until takes what stands before the next comma.
func (p *parser) until(key string) string {
	p.key(key)
	end := bytes.IndexByte(p.rest, ',')
	if end < 0 {
		end = len(p.rest)
	}
	s := string(p.rest[:end])
	p.rest = p.rest[end:]
	return s
}

func (p *parser) uint(key string) uint64 {
	n, err := strconv.ParseUint(p.until(key), 10, 64)
	p.check(key, err)
	return n
}

func (p *parser) int(key string) int {
	n, err := strconv.Atoi(p.until(key))
	p.check(key, err)
	return n
}

func (p *parser) text(key string) string {
	p.key(key)
	if len(p.rest) == 0 || p.rest[0] != '"' {
		p.check(key, errors.New("not a string"))
		return ""
	}
	end, plain := 1, true
	for ; end < len(p.rest) && p.rest[end] != '"'; end++ {
		if p.rest[end] == '\\' {
			plain = false
			end++
		}
	}
	end++
	if end > len(p.rest) {
		p.check(key, errors.New("not a string"))
		return ""
	}
	quoted := p.rest[:end]
	p.rest = p.rest[end:]
	if plain {
		s := quoted[1 : len(quoted)-1]
		if !utf8.Valid(s) {
			p.check(key, errors.New("not UTF-8"))
		}
		return string(s)
	}
	var s string
	p.check(key, json.Unmarshal(quoted, &s))
	return s
}

func (p *parser) time(key string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, p.text(key))
	p.check(key, err)
	return t.UTC()
}

func (p *parser) check(key string, err error) {
	if err != nil && p.wrong == "" {
		p.wrong = fmt.Sprintf("%s cannot be read: %v", key, err)
	}
}

package estatefile

import (
	"bytes"
	"unicode/utf8"

	"reprise/internal/diag"
)

// source is one file as read. It outlives decoding, because findings quote it.
type source struct {
	name  string
	data  []byte
	lines []int // where each line begins, once something has been quoted
}

// place is a character in a source, counted as diag.Pos counts.
type place struct {
	src          *source
	line, column int
	secret       bool // the line is not to be quoted
}

func newSource(name string, data []byte) *source {
	return &source{name: name, data: bytes.TrimPrefix(data, []byte("\ufeff"))}
}

// start is the first character, for findings about a file as a whole.
func (s *source) start() place { return place{src: s, line: 1, column: 1} }

// nowhere is the file without a line, for findings about a file that was not read.
func (s *source) nowhere() place { return place{src: s} }

func (p place) pos() diag.Pos {
	if p.src == nil {
		return diag.Pos{}
	}
	return diag.Pos{File: p.src.name, Line: p.line, Column: p.column}
}

// longestQuote keeps a file that is one endless line from being repeated with every finding.
const longestQuote = 300

// quote returns the line of p without its end.
func (p place) quote() string {
	if p.src == nil || p.line == 0 || p.secret {
		return ""
	}
	line := p.src.line(p.line)
	for i := range string(line) {
		if i > longestQuote {
			return string(line[:i]) + "…"
		}
	}
	return string(bytes.ToValidUTF8(line, []byte("\ufffd")))
}

// line returns line number n, or nothing when there is no such line.
func (s *source) line(n int) []byte {
	if s.lines == nil {
		s.lines = []int{0}
		for i := 0; i < len(s.data); {
			size := lineEnd(s.data[i:])
			i += max(size, 1)
			if size > 0 {
				s.lines = append(s.lines, i)
			}
		}
	}
	if n < 1 || n > len(s.lines) {
		return nil
	}
	rest := s.data[s.lines[n-1]:]
	if n < len(s.lines) {
		rest = rest[:s.lines[n]-s.lines[n-1]]
	}
	return bytes.TrimRight(rest, "\r\n\u0085\u2028\u2029")
}

// lineEnd returns the length of the line end that data begins with, or 0. YAML counts more line ends than Unix does, and
// line numbers must be those of the YAML library.
func lineEnd(data []byte) int {
	switch data[0] {
	case '\n':
		return 1
	case '\r':
		if len(data) > 1 && data[1] == '\n' {
			return 2
		}
		return 1
	case 0xC2, 0xE2:
		switch r, size := utf8.DecodeRune(data); r {
		case '\u0085', '\u2028', '\u2029':
			return size
		}
	}
	return 0
}

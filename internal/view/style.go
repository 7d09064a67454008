// Package view says things to people and to programs: terminal pages, plain lines and JSON documents.
//
// Rules of the terminal voice:
//
//   - Everything shown is a fold of (journal, now); nothing is kept from one page to the next.
//   - Every number has a unit. Times of day are in the estate's zone; spans are m:ss, or h:mm:ss from an hour on.
//   - Sentences are short, in the present tense, and name things as the estate does.
//   - What went wrong says what to do next, with a command that can be pasted.
//   - Colour adds nothing that a word does not say, so that it can be turned off.
//   - 80 columns are enough; what does not fit is cut with an ellipsis, never wrapped.
//
// The package decides nothing and reads nothing by itself.
package view

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Style says how a text may be dressed.
type Style struct {
	Colour bool
	Width  int // columns; 0 means 80
}

func (s Style) width() int {
	if s.Width <= 0 {
		return 80
	}
	return s.Width
}

func (s Style) paint(code, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s Style) bold(text string) string  { return s.paint("1", text) }
func (s Style) dim(text string) string   { return s.paint("2", text) }
func (s Style) good(text string) string  { return s.paint("32", text) }
func (s Style) bad(text string) string   { return s.paint("31", text) }
func (s Style) alert(text string) string { return s.paint("33", text) }

// fit cuts a text to a width, with an ellipsis where something was cut.
func fit(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width <= 1 {
		return strings.Repeat("…", max(0, width))
	}
	return string([]rune(text)[:width-1]) + "…"
}

// pad fits a text to exactly a width.
func pad(text string, width int) string {
	text = fit(text, width)
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// span prints a time span as m:ss, or h:mm:ss from an hour on.
func span(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

// about prints a span in words, as precisely as a forecast deserves: 24 s, 12 min, 3 h 40 min.
func about(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	}
	d = d.Round(time.Minute)
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d h %02d min", int(d/time.Hour), int(d/time.Minute)%60)
}

// Wrap breaks a text into lines of at most a width at its spaces, each indented.
func Wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(indent + word)
			column = len(indent) + n
		case column+1+n > width:
			b.WriteString("\n" + indent + word)
			column = len(indent) + n
		default:
			b.WriteString(" " + word)
			column += 1 + n
		}
	}
	return b.String()
}

// Count prints a number with its noun: 1 service, 3 services.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Clean makes a text safe for a terminal: control characters, which a hostile output could use to rewrite the screen,
// become visible escapes. Line ends and tabs stay.
func Clean(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0):
			fmt.Fprintf(&b, "\\x%02x", r)
		case unicode.Is(unicode.Bidi_Control, r): // they make a terminal show words in another order
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

package view

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Live redraws a page in place on a terminal. It uses nothing but "up", "clear to the end" and line feeds, so that what
// is on the screen afterwards is the last page, whole, below what was there before.
type Live struct {
	To    io.Writer
	drawn []int // columns of every line on the screen
}

// Draw puts the lines where the last page was, on a terminal that is now so many columns wide. A terminal that was made
// narrower has wrapped the last page's lines: each then takes as many rows as it needs.
func (l *Live) Draw(lines []string, width int) {
	rows := 0
	for _, columns := range l.drawn {
		rows += max(1, (columns+width-1)/max(1, width))
	}
	var b strings.Builder
	if rows > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", rows)
	}
	l.drawn = l.drawn[:0]
	for _, line := range lines {
		// Cleared line by line: clearing the page first would flicker.
		b.WriteString(line + "\x1b[K\n")
		l.drawn = append(l.drawn, columns(line))
	}
	b.WriteString("\x1b[J")
	io.WriteString(l.To, b.String())
}

// columns counts what a line shows, without its colours.
func columns(line string) int {
	return utf8.RuneCountInString(regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(line, ""))
}

package view

import (
	"fmt"
	"io"
	"strings"
)

// Live redraws a page in place on a terminal. It uses nothing but "up", "clear to the end" and line feeds, so that what
// is on the screen afterwards is the last page, whole, below what was there before.
type Live struct {
	To    io.Writer
	drawn int // lines on the screen
}

// Draw puts the lines where the last page was.
func (l *Live) Draw(lines []string) {
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", l.drawn)
	}
	for _, line := range lines {
		// Cleared line by line: clearing the page first would flicker.
		b.WriteString(line + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	io.WriteString(l.To, b.String())
	l.drawn = len(lines)
}

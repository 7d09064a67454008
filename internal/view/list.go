package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// List prints runs as a table, one line each.
func List(w io.Writer, style Style, runs []RunDocument) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "There is no run yet.")
		return
	}
	fmt.Fprintf(w, "%s\n", style.bold(fmt.Sprintf("%-10s %-26s %14s %9s  %s", "run", "state", "restored", "time", "lost")))
	for _, run := range runs {
		restored := fmt.Sprintf("%d of %d", run.Restored, run.Services)
		elapsed := span(time.Duration(run.ElapsedS * float64(time.Second)))
		line := fmt.Sprintf("%-10s %-26s %14s %9s  %s", run.Run, run.State, restored, elapsed, strings.Join(run.Lost, ", "))
		fmt.Fprintln(w, fit(line, style.width()))
	}
}

// Output prints what one attempt said, safe for a terminal.
func Output(w io.Writer, style Style, name string, text []byte) {
	fmt.Fprintln(w, style.bold("--- "+name))
	if len(bytes.TrimSpace(text)) == 0 {
		fmt.Fprintln(w, style.dim("(it said nothing)"))
		return
	}
	clean := Clean(string(text))
	fmt.Fprint(w, clean)
	if !strings.HasSuffix(clean, "\n") {
		fmt.Fprintln(w)
	}
}

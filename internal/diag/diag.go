// Package diag holds positioned diagnostics: what is wrong with something that a person wrote, where, and what to do next.
//
// A diagnostic is a value with a stable code. The package guarantees one way of printing them; it does not find anything
// wrong itself.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether what was found can be lived with.
type Severity string

const (
	Error   Severity = "error"   // the input cannot be used
	Warning Severity = "warning" // it can be used, and somebody should look at it
)

// Pos is a place in a file. Line and Column count from 1; Column counts characters, not bytes. The zero value is "nowhere
// in particular".
type Pos struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String prints p as file:line:column, leaving out what is not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Code names a kind of finding, such as "unknown-key". Codes are stable: people put them in baselines.
type Code string

// Diagnostic is one finding.
type Diagnostic struct {
	Pos
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`         // what is wrong, lower case, no full stop
	Next     string   `json:"next"`            // what to do about it, an imperative sentence
	Quote    string   `json:"quote,omitempty"` // the line itself, without its end
}

// Text prints d over up to four lines: position, code and message; the line quoted with a caret; the next step.
func (d Diagnostic) Text() string {
	var b strings.Builder
	if at := d.Pos.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	fmt.Fprintf(&b, "%s: %s\n", d.Code, d.Message)
	if d.Quote != "" {
		fmt.Fprintf(&b, "    %s\n", d.Quote)
		if d.Column > 0 {
			fmt.Fprintf(&b, "    %s^\n", caretIndent(d.Quote, d.Column))
		}
	}
	if d.Next != "" {
		fmt.Fprintf(&b, "  next: %s\n", d.Next)
	}
	return b.String()
}

// caretIndent returns white space as wide as what stands before the column, keeping tabs so that the caret lines up.
func caretIndent(quote string, column int) string {
	var b strings.Builder
	for i, r := range []rune(quote) {
		if i+1 >= column {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// List is the findings of one pass. As an error it means that at least one of them is an Error: see Err.
type List []Diagnostic

// Error prints every finding.
func (l List) Error() string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.Text())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Err returns l as an error when it holds an Error, and nil otherwise.
func (l List) Err() error {
	if l.Count(Error) == 0 {
		return nil
	}
	return l
}

// Count returns how many findings have the severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders findings by place, then by code, then by message, so that a report does not change from run to run.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}

// Of returns the findings that err carries, and whether it carries any.
func Of(err error) (List, bool) {
	return errors.AsType[List](err)
}

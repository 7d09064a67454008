// Package cli is the command line: one file per verb, with its flags, its wiring and its exit codes.
//
// A verb reads what people typed, asks package control (or reads the journal), and hands what came of it to package view.
// It decides nothing else. The exit codes are the same everywhere: 0 done, 1 findings or failed, 2 unusable input, usage
// or refused, 3 interrupted and resumable.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"reprise/internal/control"
	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/journal"
	"reprise/internal/view"
)

// Version is what this build calls itself. It is a variable of the linker's.
var Version = "0.1.0-dev"

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitRefused     = 2
	exitInterrupted = 3
)

// Env is what a verb may touch of the process that it runs in.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Terminal returns the width and height of the terminal that Stdout is, and whether it is one that can be redrawn.
	Terminal func() (width, height int, is bool)
	Getenv   func(string) string
	Exec     []string // how to start this program again
	Now      func() time.Time
}

// Process returns the environment of this process.
func Process() Env {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Exec: []string{self},
		Now: func() time.Time { return time.Now().UTC() },
		Terminal: func() (int, int, bool) {
			if !term.IsTerminal(int(os.Stdout.Fd())) || os.Getenv("TERM") == "dumb" {
				return 0, 0, false
			}
			width, height, err := term.GetSize(int(os.Stdout.Fd()))
			return width, height, err == nil
		},
	}
}

// verb is one word of the command line.
type verb struct {
	name    string
	summary string
	hidden  bool // for other programs, not for people
	run     func(env Env, args []string) error
}

// verbs is every verb, in the order of the help.
func verbs() []verb {
	return []verb{
		{name: "check", summary: "say what is wrong with the estate file", run: checkVerb},
		{name: "plan", summary: "say how an estate would be recovered, how fast, and what would be lost", run: planVerb},
		{name: "recover", summary: "rebuild what was lost at the standby site", run: recoverVerb},
		{name: "run", summary: "list, log, pause, resume, retry, skip, done-by-hand, cancel: act on a recovery", run: runVerb},
		{name: "status", summary: "say how things stand", run: statusVerb},
		{name: "demo", summary: "show a recovery of 120 real processes on this machine", run: demoVerb},
		{name: "schema", summary: "print the JSON Schema of the estate file, for editors", run: schemaVerb},
		{name: "version", summary: "print the version", run: versionVerb},
		{name: "exec", hidden: true, run: execVerb},
		{name: "lab", hidden: true, run: labVerb},
	}
}

// Main runs one command line and returns its exit code.
func Main(args []string, env Env) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(env.Stdout)
		if len(args) == 0 {
			return exitRefused
		}
		return exitDone
	}
	var names []string
	for _, v := range verbs() {
		if v.name == args[0] {
			return exitCode(env, v.run(env, args[1:]))
		}
		if !v.hidden {
			names = append(names, v.name)
		}
	}
	fmt.Fprintf(env.Stderr, "reprise: there is no verb %q\n", args[0])
	if near, found := diag.Nearest(args[0], names); found {
		fmt.Fprintf(env.Stderr, "  next: did you mean reprise %s?\n", near)
	} else {
		fmt.Fprintf(env.Stderr, "  next: see them with reprise help\n")
	}
	return exitRefused
}

func usage(w io.Writer) {
	fmt.Fprint(w, `Reprise brings a public body's digital services back.

  reprise VERB [flags]

`)
	for _, v := range verbs() {
		if !v.hidden {
			fmt.Fprintf(w, "  %-9s %s\n", v.name, v.summary)
		}
	}
	fmt.Fprint(w, `
  -f FILE|DIR   the estate (estate.yaml, else estate/)
  -C DIR        the data folder (.reprise)
  --json        on all verbs that report

Exit codes: 0 done, 1 findings or failed, 2 unusable input or refused,
3 interrupted and resumable. More of a verb: reprise VERB --help
First time? reprise demo noumea
`)
}

// status is an error that has been told already and is only an exit code.
type status int

func (s status) Error() string { return fmt.Sprintf("exit code %d", int(s)) }

// exitCode tells an error to people and returns its exit code. Here every error of the program ends.
func exitCode(env Env, err error) int {
	if err == nil {
		return exitDone
	}
	if code, is := errors.AsType[status](err); is {
		return int(code)
	}
	if findings, is := diag.Of(err); is {
		fmt.Fprintln(env.Stderr, findings.Error())
		return exitRefused
	}
	if refused, is := errors.AsType[diag.Refused](err); is {
		fmt.Fprintf(env.Stderr, "reprise: %s\n  next: %s\n", view.Clean(refused.Why), view.Clean(refused.Next))
		return exitRefused
	}
	fmt.Fprintf(env.Stderr, "reprise: %s\n", view.Clean(err.Error()))
	for _, known := range []struct {
		is   error
		next string
	}{
		{journal.ErrDamaged, "copy the data folder away before anything else, and do not edit it"},
		{journal.ErrStopped, "see that the disk has room and is healthy, then: reprise run resume"},
		{control.ErrOwned, "ask that process, or wait for its end"},
		{control.ErrOwnerGone, "see what became of it: reprise status"},
		{control.ErrNoOwner, "see how things stand: reprise status"},
		{fs.ErrPermission, "run it as a user who may write there, or name another data folder with -C"},
		{syscall.EROFS, "name a data folder on a disk that can be written to, with -C"},
		{syscall.ENOSPC, "make room on that disk, then: reprise run resume"},
	} {
		if errors.Is(err, known.is) {
			fmt.Fprintf(env.Stderr, "  next: %s\n", known.next)
			break
		}
	}
	return exitFailed
}

// flags are the flags of a verb. They may follow the positional words.
type flags struct {
	*flag.FlagSet
	env    Env
	usage  string
	estate string
	folder string
	json   bool
}

// newFlags makes the flags of a verb. The usage is its synopsis and what it does, and is shown by --help.
func newFlags(env Env, name, usage string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), env: env, usage: usage}
	f.SetOutput(io.Discard)
	return f
}

func (f *flags) withEstate() *flags {
	f.StringVar(&f.estate, "f", "", "the estate: a `file` or a folder (estate.yaml, else estate/)")
	return f
}

func (f *flags) withFolder() *flags {
	f.StringVar(&f.folder, "C", ".reprise", "the data `folder`")
	return f
}

func (f *flags) withJSON() *flags {
	f.BoolVar(&f.json, "json", false, "print JSON")
	return f
}

// read parses the words and returns the positional ones. Asked for help, it prints it and returns status 0.
func (f *flags) read(args []string) ([]string, error) {
	var positional []string
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(f.env.Stdout, "%s\n\n", f.usage)
			f.SetOutput(f.env.Stdout)
			f.PrintDefaults()
			return nil, status(exitDone)
		}
		if err != nil {
			return nil, diag.Refuse(fmt.Sprintf("reprise %s: %v", f.Name(), err), "see: reprise "+f.Name()+" --help")
		}
		if f.NArg() == 0 {
			return positional, nil
		}
		positional = append(positional, f.Arg(0))
		args = f.Args()[1:]
	}
}

// none refuses positional words where a verb takes none.
func (f *flags) none(words []string) error {
	if len(words) == 0 {
		return nil
	}
	return diag.Refuse(fmt.Sprintf("reprise %s does not know what to do with %q", f.Name(), words[0]), "see: reprise "+f.Name()+" --help")
}

func (f *flags) dataFolder() (control.Folder, error) { return control.NewFolder(f.folder) }

// debug returns the logger for those who look for mistakes in the program: silent unless REPRISE_DEBUG is set.
func (e Env) debug() *slog.Logger {
	if e.Getenv("REPRISE_DEBUG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// person says who is asking, as the system knows them.
func (e Env) person() estate.Person {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return estate.Person(name + "@" + host)
}

// style returns how to dress what goes to Stdout.
func (e Env) style() view.Style {
	width, _, is := e.Terminal()
	return view.Style{Colour: is && e.Getenv("NO_COLOR") == "", Width: min(width, 120)}
}

// words splits what a repeatable flag collected: --lost a,b --lost c.
type words []string

func (w *words) String() string { return strings.Join(*w, ",") }

func (w *words) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			*w = append(*w, word)
		}
	}
	return nil
}

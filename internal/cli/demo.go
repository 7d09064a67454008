package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"reprise/internal/diag"
	"reprise/internal/lab"
	"reprise/internal/view"
)

const demoUsage = `reprise demo noumea [--crash] [--headless] [--json] [--seed N] [--keep[=DIR]]

Stages December 2018 on this machine, in about 70 seconds: 120 real processes
with data of their own, lost in two incidents and rebuilt at a standby site
from their backups. It listens on loopback addresses only, and leaves nothing
behind. With --crash the controller is killed six times on the way.
Needs Linux.
Exit codes: 0 all 120 back and verified and nothing done twice, 1 not so,
2 usage, 3 interrupted.`

func demoVerb(env Env, args []string) error {
	f := newFlags(env, "demo", demoUsage).withJSON()
	crash := f.Bool("crash", false, "kill the controller six times, at random, and resume")
	headless := f.Bool("headless", false, "no live view, also on a terminal")
	seed := f.Uint64("seed", 2018, "seed of the data and of the crashes: a `number`")
	var keep keepFlag
	f.Var(&keep, "keep", "keep the folder (never processes); --keep=`DIR` names it, which must be new or empty")
	words, err := f.read(args)
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "noumea" {
		return diag.Refuse("demo needs to know which one, and there is one: noumea", "write: reprise demo noumea")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()

	out := env.Stdout
	if f.json {
		out = env.Stderr
	}
	if f.json || *headless {
		out = notATerminal{out}
	}
	document, err := lab.Noumea(ctx, lab.Options{
		Self: env.Exec, Seed: *seed, Crash: *crash, Keep: keep.set, Folder: keep.folder, Out: out, Err: env.Stderr,
	})
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(env.Stderr, "Interrupted. Everything that the demo had started has ended.")
		return status(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if f.json {
		if err := view.JSON(env.Stdout, document); err != nil {
			return err
		}
	} else {
		document.Tell(env.Stdout)
	}
	if !document.Succeeded() {
		return status(exitFailed)
	}
	return nil
}

// notATerminal hides from a child that what it writes to may be a terminal: it is given a pipe.
type notATerminal struct{ io.Writer }

// keepFlag is --keep, with or without a folder.
type keepFlag struct {
	set    bool
	folder string
}

func (k *keepFlag) String() string   { return k.folder }
func (k *keepFlag) IsBoolFlag() bool { return true }

func (k *keepFlag) Set(text string) error {
	if on, err := strconv.ParseBool(text); err == nil {
		k.set = on
		return nil
	}
	k.set, k.folder = true, text
	return nil
}

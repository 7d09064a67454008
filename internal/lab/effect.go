package lab

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Exit codes of the stand-ins, as the scripts in bin/ explain them.
const (
	exitThere   = 0
	exitNothing = 1 // for what acts: it failed
	exitUnclear = 2
)

// Effect is one call of a script by Reprise: the environment that it was given.
type Effect struct {
	Folder  Folder
	Run     string
	Service string
	Step    string
	Site    string
	At      string
	Key     string
	Out     string // file to report to
	Port    string
	began   time.Time
}

// NewEffect reads the environment of a script that runs in a demo's folder.
func NewEffect(folder string, getenv func(string) string) (Effect, error) {
	e := Effect{
		Folder: Folder(folder), Run: getenv("REPRISE_RUN"), Service: getenv("REPRISE_SERVICE"), Step: getenv("REPRISE_STEP"),
		Site: getenv("REPRISE_SITE"), At: getenv("REPRISE_AT"), Key: getenv("REPRISE_EFFECT_KEY"), Out: getenv("REPRISE_OUT"),
		Port: getenv("REPRISE_PARAM_PORT"), began: processBegan(),
	}
	for name, value := range map[string]string{"REPRISE_RUN": e.Run, "REPRISE_SERVICE": e.Service, "REPRISE_SITE": e.Site} {
		if value == "" || strings.ContainsAny(value, "/\\") || value == ".." {
			return Effect{}, fmt.Errorf("%s=%q cannot be: this is started by a recipe of the demo's estate", name, value)
		}
	}
	return e, nil
}

// Do performs what a script of the example asks for and returns its exit code. What it says goes to the step's output.
func (e Effect) Do(verb string) (int, error) {
	if err := e.Folder.onLeash(); err != nil {
		return exitUnclear, err
	}
	switch verb {
	case "restore":
		return e.act(e.restore)
	case "start":
		return e.act(e.start)
	case "state":
		return e.look(e.state)
	case "is-up":
		return e.look(e.isUp)
	case "stop":
		err := e.stop()
		code := codeOf(err)
		return code, errors.Join(err, e.note(Undone, &code))
	}
	return exitUnclear, fmt.Errorf("the lab does not know how to %q", verb)
}

// act performs an effect between its two lines in the ledger.
func (e Effect) act(do func() error) (int, error) {
	if err := e.note(EffectStart, nil); err != nil {
		return exitNothing, err // nothing may happen that the ledger does not know of
	}
	err := do()
	code := codeOf(err)
	return code, errors.Join(err, e.note(EffectEnd, &code))
}

func (e Effect) look(do func() (int, error)) (int, error) {
	code, err := do()
	return code, errors.Join(err, e.note(Observed, &code))
}

func codeOf(err error) int {
	if err != nil {
		return exitNothing
	}
	return exitThere
}

func (e Effect) note(what string, exit *int) error {
	return e.Folder.note(Line{
		Time: time.Now().UTC(), Run: e.Run, Service: e.Service, Step: e.Step, Key: e.Key, What: what, Exit: exit,
	})
}

func (e Effect) place() Place { return e.Folder.service(e.Site, e.Service) }

func (e Effect) card() (Card, error) {
	var card Card
	return card, readJSON(e.Folder.card(e.Service), &card)
}

// report tells Reprise something, as a line name=value.
func (e Effect) report(name, value string) error {
	if e.Out == "" {
		return nil
	}
	f, err := os.OpenFile(e.Out, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s=%s\n", name, value)
	return errors.Join(err, f.Close())
}

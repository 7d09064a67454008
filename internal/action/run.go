package action

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/unit"
	"reprise/internal/wrapper"
)

// Run performs steps that run a command, each attempt under a wrapper and in a folder of its own.
type Run struct {
	Folder  string // where attempts are kept: Folder/RUN/SERVICE/STEP/do-1
	Starter wrapper.Starter
}

// Attempt returns the folder of an attempt.
func (r Run) Attempt(run estate.RunID, attempt estate.Attempt) wrapper.Attempt {
	return wrapper.Attempt(filepath.Join(r.Folder, string(run), filepath.FromSlash(string(attempt.Step)),
		fmt.Sprintf("%s-%d", attempt.Part, attempt.Number)))
}

// Do starts a wrapper for the attempt and waits for its end.
func (r Run) Do(ctx context.Context, req Request) (estate.Result, error) {
	attempt := r.Attempt(req.Run, req.Attempt)
	if err := attempt.Prepare(spec(req, argvOf(req))); err != nil {
		return couldNotStart(err), nil
	}
	ended, err := r.Starter.Start(attempt)
	if err != nil {
		return couldNotStart(err), nil
	}
	stop := passOn(req.Cancelled, attempt)
	defer stop()
	select {
	case <-ended:
	case <-ctx.Done():
		return estate.Result{}, ctx.Err()
	}
	state, end, err := attempt.Look()
	if err != nil {
		return estate.Result{}, err
	}
	return result(attempt, state, end)
}

// cancelEvery is how often a wrapper is asked to end: the first asking may come before it listens.
const cancelEvery = 100 * time.Millisecond

// passOn asks an attempt to end once cancelled is closed, again and again until stop is called.
func passOn(cancelled <-chan struct{}, attempt wrapper.Attempt) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-cancelled:
		case <-done:
			return
		}
		again := time.NewTicker(cancelEvery)
		defer again.Stop()
		for {
			attempt.Cancel() // an attempt that cannot be asked has ended, or its timeout ends it
			select {
			case <-again.C:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// couldNotStart is the result of an attempt whose command is proven never to have begun.
func couldNotStart(err error) estate.Result {
	return estate.Result{Outcome: estate.AttemptFailed, Reason: err.Error()}
}

// Find looks the attempt's folder up, and waits where its wrapper lives.
func (r Run) Find(ctx context.Context, req Request, alive func()) (estate.Result, error) {
	attempt := r.Attempt(req.Run, req.Attempt)
	state, ended, err := attempt.Look()
	if state == wrapper.Alive {
		alive()
		stop := passOn(req.Cancelled, attempt)
		state, ended, err = attempt.Await(ctx)
		stop()
	}
	if err != nil {
		return estate.Result{}, err
	}
	return result(attempt, state, ended)
}

// result says in the words of the plan what a wrapper left behind.
func result(attempt wrapper.Attempt, state wrapper.State, ended wrapper.Ended) (estate.Result, error) {
	switch state {
	case wrapper.NotStarted:
		return estate.Result{Outcome: estate.AttemptNotStarted, Reason: "its command never began"}, nil
	case wrapper.Lost:
		return estate.Result{Outcome: estate.AttemptLost, Reason: "its wrapper died before it could say how the command ended"}, nil
	case wrapper.Alive:
		return estate.Result{}, fmt.Errorf("attempt %s is alive although its wrapper has ended", attempt)
	}
	res := estate.Result{Outcome: estate.AttemptFailed, Reason: ended.Reason, Ended: &ended.At}
	switch ended.How {
	case wrapper.TimedOut:
		res.Outcome = estate.AttemptTimedOut
	case wrapper.Cancelled:
		res.Outcome = estate.AttemptCancelled
	case wrapper.Exited:
		res.Exit = &ended.Exit
		if ended.Exit == 0 {
			res.Outcome, res.Reason = estate.AttemptDone, ""
		}
	}
	report, err := attempt.Report()
	if err != nil {
		return estate.Result{}, err
	}
	if err := readReport(&res, report); err != nil && res.Outcome == estate.AttemptDone {
		// What the step did is done; that it reported nonsense is told and does not undo it.
		res.Reason = err.Error()
	}
	return res, nil
}

// readReport takes the lines name=value of a REPRISE_OUT file into the result.
func readReport(res *estate.Result, report []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(report))
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		if !found {
			continue
		}
		if name == "recovery_point" {
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return fmt.Errorf("it reported recovery_point=%q, which is not an RFC 3339 time such as 2026-02-28T23:00:00Z", value)
			}
			res.RecoveryPoint = &at
			continue
		}
		if res.Outputs == nil {
			res.Outputs = map[string]string{}
		}
		res.Outputs[name] = value
	}
	return lines.Err()
}

// observeLimit bounds a question to the world: it should be quick, and a machine in trouble is slow.
const observeLimit = unit.Duration(time.Minute)

// Observe runs the step's observe command.
func (r Run) Observe(ctx context.Context, req Request) (Observation, error) {
	question := spec(req, req.Step.Observe)
	question.Timeout = observeLimit
	ended, err := r.Attempt(req.Run, req.Attempt).Ask(ctx, question, "observe")
	if err != nil {
		return Observation{Reason: err.Error()}, nil
	}
	if ctx.Err() != nil {
		return Observation{}, ctx.Err()
	}
	if ended.How != wrapper.Exited || ended.Exit < 0 {
		return Observation{Reason: "observe: " + ended.Reason}, nil
	}
	return Observation{Exit: &ended.Exit, Reason: ended.Reason}, nil
}

func argvOf(req Request) []string {
	if req.Attempt.Part == estate.Undo {
		return req.Step.Undo
	}
	return req.Step.Run
}

// spec is what a wrapper is told. Parameters go into the environment, one variable each, and never into a command line.
func spec(req Request, argv []string) wrapper.Spec {
	argv = append([]string(nil), argv...)
	if strings.Contains(argv[0], "/") && !filepath.IsAbs(argv[0]) {
		argv[0] = filepath.Join(req.Folder, argv[0])
	}
	attempt := req.Attempt
	env := []string{
		"REPRISE_RUN=" + string(req.Run),
		"REPRISE_SERVICE=" + string(req.Service),
		"REPRISE_STEP=" + req.Step.Name,
		"REPRISE_SITE=" + string(req.Site),
		"REPRISE_AT=" + req.At,
		"REPRISE_EFFECT_KEY=" + string(req.Key),
		fmt.Sprintf("REPRISE_ATTEMPT=%d", attempt.Number),
	}
	for name, value := range req.Params {
		env = append(env, "REPRISE_PARAM_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
	}
	return wrapper.Spec{
		Key: req.Key, Argv: argv, Env: env, Timeout: req.Step.Timeout, User: req.Step.User,
		Secrets: req.Secrets, Folder: req.Folder,
	}
}

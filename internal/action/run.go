package action

import (
	"bufio"
	"bytes"
	"cmp"
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
	// Whole says that nothing has been removed from the run's folder since the run began, so that a folder that is not
	// there proves that its attempt never began.
	Whole bool
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
	stop := watch(req, attempt)
	defer stop()
	select {
	case <-ended:
	case <-ctx.Done():
		return estate.Result{}, ctx.Err()
	}
	state, end, err := attempt.Look()
	if err == nil && state == wrapper.NotStarted {
		// We started it ourselves, so this is a failure with a reason, and not something to try again for ever.
		return couldNotStart(fmt.Errorf("its wrapper could not begin: %s", cmp.Or(attempt.Complaint(), "it did not say why"))), nil
	}
	return result(attempt, state, end), err
}

// couldNotStart is the result of an attempt whose command is proven never to have begun.
func couldNotStart(err error) estate.Result {
	return estate.Result{Outcome: estate.AttemptFailed, Reason: err.Error()}
}

const (
	// cancelEvery is how often a wrapper is asked to end: the first asking may come before it listens.
	cancelEvery = 100 * time.Millisecond
	// patience is how long a wrapper has to do what it is asked, or what its timeout tells it, before it is killed: one
	// that was stopped, or whose machine is short of everything, must not hold up a recovery for ever.
	patience = 30 * time.Second
)

// watch asks an attempt to end once its request is cancelled, again and again, and kills its wrapper if it does neither
// that nor keep to its timeout. It goes on until stop is called, which waits for its end.
func watch(req Request, attempt wrapper.Attempt) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		overdue := time.NewTimer(req.Step.Timeout.Std() + patience)
		defer overdue.Stop()
		var again <-chan time.Time
		cancelled := req.Cancelled
		for {
			select {
			case <-cancelled:
				cancelled = nil
				ticker := time.NewTicker(cancelEvery)
				defer ticker.Stop()
				again = ticker.C
				overdue.Reset(patience)
			case <-again:
				attempt.Cancel() // one that cannot be asked has ended
			case <-overdue.C:
				attempt.Kill()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Find looks the attempt's folder up, and waits where its wrapper lives.
func (r Run) Find(ctx context.Context, req Request, alive func()) (estate.Result, error) {
	attempt := r.Attempt(req.Run, req.Attempt)
	if !r.Whole && !attempt.Exists() {
		return estate.Result{Outcome: estate.AttemptLost, Reason: "what it left on disk has been removed"}, nil
	}
	state, ended, err := attempt.Look()
	if state == wrapper.Alive {
		alive()
		stop := watch(req, attempt)
		state, ended, err = attempt.Await(ctx)
		stop()
	}
	return result(attempt, state, ended), err
}

// result says in the words of the plan what a wrapper left behind.
func result(attempt wrapper.Attempt, state wrapper.State, ended wrapper.Ended) estate.Result {
	switch state {
	case wrapper.NotStarted:
		return estate.Result{Outcome: estate.AttemptNotStarted, Reason: "its command never began"}
	case wrapper.Lost:
		return estate.Result{Outcome: estate.AttemptLost, Reason: "its wrapper died before it could say how the command ended"}
	case wrapper.Alive:
		return estate.Result{Outcome: estate.AttemptLost, Reason: "its wrapper has ended, and something still holds its lock"}
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
	if err == nil {
		err = readReport(&res, report)
	}
	if err != nil && res.Outcome == estate.AttemptDone {
		// What the step did is done; that it reported nonsense is told, and does not undo it.
		res.Reason = err.Error()
	}
	return res
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

// Observe runs the step's observe command, under a wrapper and in a folder of its own, so that it too is ended when its
// time is up, whoever is there to see it.
func (r Run) Observe(ctx context.Context, req Request) (Observation, error) {
	question, err := r.Attempt(req.Run, req.Attempt).NewQuestion()
	if err != nil {
		return Observation{Reason: err.Error()}, nil
	}
	asked := spec(req, req.Step.Observe)
	asked.Timeout = observeLimit
	if err := question.Prepare(asked); err != nil {
		return Observation{Reason: err.Error()}, nil
	}
	ended, err := r.Starter.Start(question)
	if err != nil {
		return Observation{Reason: err.Error()}, nil
	}
	watched := req
	watched.Step.Timeout = observeLimit
	stop := watch(watched, question)
	defer stop()
	select {
	case <-ended:
	case <-ctx.Done():
		return Observation{}, ctx.Err()
	}
	state, end, err := question.Look()
	switch {
	case err != nil:
		return Observation{Reason: "observe: " + err.Error()}, nil
	case state != wrapper.HasEnded:
		return Observation{Reason: "observe: " + cmp.Or(question.Complaint(), "its wrapper died")}, nil
	case end.How != wrapper.Exited || end.Exit < 0:
		return Observation{Reason: "observe: " + end.Reason}, nil
	}
	return Observation{Exit: &end.Exit, Reason: end.Reason}, nil
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

package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"reprise/internal/control"
	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/recovery"
	"reprise/internal/run"
	"reprise/internal/view"
)

const runUsage = `reprise run list                                    [-C DIR] [--json]
reprise run log          RUN [SERVICE/STEP]         [-C DIR]
reprise run resume       RUN                        [-C DIR] [--json]
reprise run pause        RUN            [--reason R] [-C DIR]
reprise run cancel       RUN            [--reason R] [-C DIR]
reprise run retry        RUN SERVICE[/STEP] [--reason R] [-C DIR]
reprise run skip         RUN SERVICE[/STEP]  --reason R  [-C DIR]
reprise run done-by-hand RUN SERVICE[/STEP] [--reason R] [-C DIR]

Acts on a recovery, from any terminal. RUN may be shortened while it is clear.
resume continues what was paused, interrupted or crashed, and shows it.
cancel ends what runs and undoes the services that are not back yet.
Exit codes: 0 done, 1 failed, 2 unusable or refused, 3 interrupted and resumable.`

func runVerb(env Env, args []string) error {
	f := newFlags(env, "run", runUsage).withFolder().withJSON()
	reason := f.String("reason", "", "why, for whoever reads the report")
	words, err := f.read(args)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return diag.Refuse("run needs to know what to do", "see: reprise run --help")
	}
	act, words := words[0], words[1:]
	folder, err := f.dataFolder()
	if err != nil {
		return err
	}
	history, err := folder.ReadHistory(context.Background())
	if err != nil {
		return err
	}
	if act == "list" {
		return f.list(folder, history)
	}
	verb, known := map[string]run.CommandVerb{
		"pause": run.Pause, "retry": run.Retry, "skip": run.Skip, "done-by-hand": run.ByHand, "cancel": run.CancelIt,
	}[act]
	if !known && act != "log" && act != "resume" {
		near, _ := diag.Nearest(act, []string{"list", "log", "pause", "resume", "retry", "skip", "done-by-hand", "cancel"})
		return diag.Refuse(fmt.Sprintf("run does not know how to %s", act), strings.TrimSpace("see: reprise run --help "+suggestion(near)))
	}
	state, rest, err := pickRun(history, act, words)
	if err != nil {
		return err
	}
	if takes := map[string]int{"log": 1, "retry": 1, "skip": 1, "done-by-hand": 1}[act]; len(rest) > takes {
		return diag.Refuse(fmt.Sprintf("run %s does not know what to do with %q", act, rest[takes]), "see: reprise run --help")
	}
	target := ""
	if len(rest) > 0 {
		target = rest[0]
	}
	switch act {
	case "log":
		return f.log(folder, history, state, target)
	case "resume":
		return f.resume(state.ID)
	}
	return f.command(folder, state.ID, run.Command{Verb: verb, Target: target, By: env.person(), Reason: *reason})
}

func suggestion(near string) string {
	if near == "" {
		return ""
	}
	return "(did you mean " + near + "?)"
}

// pickRun finds the run that is meant: by its ID, by a beginning that only it has, or, where no word is given, the one
// that there is.
func pickRun(h *recovery.History, act string, words []string) (*run.State, []string, error) {
	if len(h.Runs) == 0 {
		return nil, nil, diag.Refuse("there is no run in this data folder", "begin one with: reprise recover --lost NAME, or name the folder with -C")
	}
	if len(words) == 0 {
		if live, found := h.Live(); found {
			return live, nil, nil
		}
		if len(h.Runs) == 1 {
			return h.Runs[0], nil, nil
		}
		return nil, nil, diag.Refuse(fmt.Sprintf("which of %d runs to %s?", len(h.Runs), act), "see them with: reprise run list")
	}
	var found []*run.State
	for _, state := range h.Runs {
		if string(state.ID) == words[0] {
			return state, words[1:], nil
		}
		if strings.HasPrefix(string(state.ID), words[0]) {
			found = append(found, state)
		}
	}
	if len(found) != 1 {
		return nil, nil, diag.Refuse(fmt.Sprintf("%d runs begin with %q", len(found), words[0]), "see them with: reprise run list")
	}
	return found[0], words[1:], nil
}

// list prints every run, the newest last.
func (f *flags) list(folder control.Folder, h *recovery.History) error {
	documents := []view.RunDocument{}
	for _, state := range h.Runs {
		loaded, _ := h.Estate(state.Plan.Estate)
		d := view.DocumentOf(loaded.Estate, state, f.env.Now(), false)
		d.State = folder.Standing(state)
		documents = append(documents, d)
	}
	if f.json {
		return view.JSON(f.env.Stdout, view.ListDocument{Schema: view.ListSchema, Runs: documents})
	}
	view.List(f.env.Stdout, f.env.style(), documents)
	return nil
}

// log prints what a step said in all its attempts, or, without a step, what happened in the run.
func (f *flags) log(folder control.Folder, h *recovery.History, state *run.State, target string) error {
	if target == "" {
		loaded, _ := h.Estate(state.Plan.Estate)
		return folder.EachFact(context.Background(), state.ID, func(s *run.State, happened fact.Fact) {
			if text := view.Line(loaded.Estate, s, happened); text != "" {
				fmt.Fprintln(f.env.Stdout, text)
			}
		})
	}
	found := false
	for i, step := range state.Plan.Steps {
		if string(step.ID) != target && string(step.Service) != target {
			continue
		}
		found = true
		at := state.Steps[i]
		fmt.Fprintf(f.env.Stdout, "%s: %s after %s\n", step.ID, at.State, view.Count(at.Attempts, "attempt"))
		if at.Reason != "" {
			fmt.Fprintf(f.env.Stdout, "  %s\n", view.Clean(at.Reason))
		}
		outputs, err := folder.Outputs(state.ID, step.ID)
		if err != nil {
			return err
		}
		for _, output := range outputs {
			view.Output(f.env.Stdout, f.env.style(), output.Name, output.Text)
		}
	}
	if !found {
		return diag.Refuse(fmt.Sprintf("run %s has no step and no service called %q", state.ID, target), "see its steps with: reprise status --json")
	}
	return nil
}

// resume drives a run on, or has its owner do so, and shows it.
func (f *flags) resume(id estate.RunID) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return f.follow(ctx, stop, false, func(ctx context.Context, owner asker) (estate.RunID, error) {
		return id, owner.Resume(ctx, id, f.env.person())
	})
}

// command passes a request to the folder's owner. Where there is none, this process becomes it until the request is
// durable. A cancellation is shown until its end, for there may be much to undo, and something that a person must decide.
func (f *flags) command(folder control.Folder, id estate.RunID, c run.Command) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.Verb == run.CancelIt {
		return f.follow(ctx, stop, true, func(ctx context.Context, owner asker) (estate.RunID, error) {
			return id, owner.Command(ctx, id, c)
		})
	}
	link, err := f.reach(ctx, folder, func(client *control.Client) error { return client.Command(ctx, id, c) })
	if err := link.leave(ctx, err); err != nil {
		return err
	}
	history, err := folder.ReadHistory(context.Background())
	if err != nil {
		return err
	}
	state, _ := history.Run(id)
	standing := folder.Standing(state)
	fmt.Fprintf(f.env.Stdout, "%s %s. The run is %s.\n", id, said[c.Verb], standing)
	if standing == estate.Interrupted || standing == estate.RunPaused {
		fmt.Fprintf(f.env.Stdout, "  next: reprise run resume %s\n", id)
	}
	return nil
}

// said is each verb in the past.
var said = map[run.CommandVerb]string{
	run.Pause: "paused", run.Retry: "will try again", run.Skip: "goes on without the step",
	run.ByHand: "counts the step as done by hand",
}

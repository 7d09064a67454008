package cli

import (
	"context"
	"fmt"

	"reprise/internal/estate"
	"reprise/internal/view"
)

const statusUsage = `reprise status [RUN] [-C DIR] [--json]

Says how a run stands: the one that is live, or the last one. It only reads,
and works while the run is being driven as well as after a crash.`

func statusVerb(env Env, args []string) error {
	f := newFlags(env, "status", statusUsage).withFolder().withJSON()
	words, err := f.read(args)
	if err != nil {
		return err
	}
	folder, err := f.dataFolder()
	if err != nil {
		return err
	}
	history, err := folder.ReadHistory(context.Background())
	if err != nil {
		return err
	}
	document := view.StatusDocument{Schema: view.StatusSchema, Owned: folder.Owned()}
	if len(history.Runs) == 0 {
		if f.json {
			return view.JSON(env.Stdout, document)
		}
		fmt.Fprintf(env.Stdout, "Nothing was ever recovered here.\n  next: reprise plan --lost NAME says what would happen\n")
		return nil
	}
	state := history.Runs[len(history.Runs)-1]
	if live, found := history.Live(); found {
		state = live
	}
	if len(words) > 0 {
		if state, _, err = pickRun(history, "show", words); err != nil {
			return err
		}
	}
	if broken := history.Broken[state.ID]; broken != nil {
		fmt.Fprintf(env.Stderr, "Run %s is shown as far as this release understands it: %v\n", state.ID, broken)
	}
	loaded, _ := history.Estate(state.Plan.Estate)
	standing := folder.Standing(state)
	if f.json {
		run := view.DocumentOf(loaded.Estate, state, env.Now(), true)
		run.State = standing
		document.Run = &run
		return view.JSON(env.Stdout, document)
	}
	state.Status = standing
	for _, line := range view.Page(env.style(), loaded.Estate, state, env.Now(), 1<<10, "") {
		fmt.Fprintln(env.Stdout, line)
	}
	if state.CancelledBy != "" && !standing.Ended() {
		fmt.Fprintf(env.Stdout, "\n  It is being cancelled, asked by %s: what is not back is undone.\n", state.CancelledBy)
	}
	if standing == estate.Interrupted || standing == estate.RunPaused {
		fmt.Fprintf(env.Stdout, "\n  next: reprise run resume %s\n", state.ID)
	}
	return nil
}

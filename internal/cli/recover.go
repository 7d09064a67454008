package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/recovery"
	"reprise/internal/run"
	"reprise/internal/view"
)

const recoverUsage = `reprise recover --lost NAME[,NAME] [-f FILE|DIR] [-C DIR] [--json]
reprise recover --plan FILE       [-f FILE|DIR] [-C DIR] [--json]

Rebuilds at the standby site what is lost. With --lost, on a terminal, it shows
the plan and asks for the lost names to be typed; without a terminal it shows
the plan and how to carry it out. With --plan it carries out a saved plan.
Ctrl-C stops it; reprise run resume goes on.
Exit codes: 0 all back, 1 failed or with exceptions, 2 unusable or refused,
3 interrupted and resumable.`

func recoverVerb(env Env, args []string) error {
	f := newFlags(env, "recover", recoverUsage).withEstate().withFolder().withJSON()
	var lost words
	f.Var(&lost, "lost", "what is lost: `names`, with commas or repeated")
	planFile := f.String("plan", "", "carry out the plan in `file`")
	rest, err := f.read(args)
	if err == nil {
		err = f.none(rest)
	}
	if err != nil {
		return err
	}
	if (len(lost) == 0) == (*planFile == "") {
		return diag.Refuse("recover needs to know what is lost, or which plan to carry out", "write: reprise recover --lost SITE, or: reprise recover --plan FILE")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	loaded, history, err := f.situation(ctx)
	if err != nil {
		return err
	}
	at := history.Placement.Of(loaded.Estate)
	var p estate.Plan
	if *planFile != "" {
		if p, err = readPlan(*planFile); err == nil {
			err = recovery.CheckAgainst(p, loaded, at)
		}
	} else {
		var proposal recovery.Proposal
		proposal, err = recovery.Propose(loaded, at, lost)
		if err == nil {
			p = proposal.Plan
			err = agree(ctx, env, f, loaded.Estate, proposal)
		}
	}
	if err != nil {
		return err
	}
	round := recovery.Ask(ctx, loaded.Estate, at, p)
	if err := round.Refuse(); err != nil {
		return err
	}
	if len(round.Green) > 0 {
		fmt.Fprintf(env.Stderr, "Beware: %d of %d services that are to be rebuilt still answer where they are.\n", len(round.Green), round.Asked)
	}
	return f.follow(ctx, stop, false, func(ctx context.Context, owner asker) (estate.RunID, error) {
		return owner.Recover(ctx, loaded, p, env.person())
	})
}

// asker is the part of a client that verbs need.
type asker interface {
	Recover(ctx context.Context, loaded estatefile.Loaded, p estate.Plan, by estate.Person) (estate.RunID, error)
	Resume(ctx context.Context, id estate.RunID, by estate.Person) error
	Command(ctx context.Context, id estate.RunID, c run.Command) error
}

// agree shows a proposal and asks for the lost names to be typed. Without a terminal nobody can agree: it says how to
// carry the plan out, and that is a refusal.
func agree(ctx context.Context, env Env, f *flags, est estate.Estate, proposal recovery.Proposal) error {
	if f.json {
		if err := view.JSON(env.Stdout, view.PlanDocument{Schema: view.PlanSchema, Plan: proposal.Plan}); err != nil {
			return err
		}
	} else {
		view.Plan(env.Stdout, env.style(), est, proposal.Plan, proposal.Impact)
	}
	names := strings.Join(proposal.Plan.Lost, ",")
	in, isFile := env.Stdin.(*os.File)
	if _, _, out := env.Terminal(); f.json || !out || !isFile || !term.IsTerminal(int(in.Fd())) {
		return diag.Refuse("nothing was begun: without a terminal nobody can agree to this plan",
			fmt.Sprintf("reprise plan --lost %s --out plan.json, then reprise recover --plan plan.json", names))
	}
	fmt.Fprintf(env.Stdout, "\nType what is lost (%s) to begin, anything else to leave: ", names)
	typed := make(chan string, 1)
	go func() { // ends with the line, or with the process
		line, _ := bufio.NewReader(env.Stdin).ReadString('\n')
		typed <- line
	}()
	select {
	case line := <-typed:
		if strings.Join(strings.Fields(strings.ReplaceAll(line, ",", " ")), ",") == names {
			fmt.Fprintln(env.Stdout)
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(env.Stdout)
	}
	return diag.Refuse("nothing was begun", "run it again when you are sure")
}

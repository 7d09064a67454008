package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/recovery"
	"reprise/internal/view"
)

const planUsage = `reprise plan --lost NAME[,NAME] [--out FILE] [-f FILE|DIR] [-C DIR] [--json]

Says how what is lost would be recovered: what comes back when, what cannot,
which data are lost, how long it takes and how short it could be at best.
A NAME is a site, a platform, a service or product@version.
Exit codes: 0 done, 1 something cannot be recovered, 2 unusable or refused.`

func planVerb(env Env, args []string) error {
	f := newFlags(env, "plan", planUsage).withEstate().withFolder().withJSON()
	var lost words
	f.Var(&lost, "lost", "what is lost: `names`, with commas or repeated")
	out := f.String("out", "", "save the plan to `file`, for recover --plan")
	rest, err := f.read(args)
	if err == nil {
		err = f.none(rest)
	}
	if err != nil {
		return err
	}
	if len(lost) == 0 {
		return diag.Refuse("plan needs to know what is lost", "write: reprise plan --lost SITE")
	}
	loaded, history, err := f.situation(context.Background())
	if err != nil {
		return err
	}
	proposal, err := recovery.Propose(loaded, history.Placement.Of(loaded.Estate), lost)
	if err != nil {
		return err
	}
	if *out != "" {
		if err := savePlan(*out, proposal.Plan); err != nil {
			return err
		}
	}
	if f.json {
		if err := view.JSON(env.Stdout, view.PlanDocument{Schema: view.PlanSchema, Plan: proposal.Plan}); err != nil {
			return err
		}
	} else {
		view.Plan(env.Stdout, env.style(), loaded.Estate, proposal.Plan, proposal.Impact)
		if *out != "" {
			fmt.Fprintf(env.Stdout, "\nSaved. Carry it out with: reprise recover --plan %s\n", *out)
		}
	}
	if len(proposal.Plan.Stranded) > 0 {
		return status(exitFailed)
	}
	return nil
}

func savePlan(path string, p estate.Plan) error {
	var b bytes.Buffer
	if err := view.JSON(&b, view.PlanDocument{Schema: view.PlanSchema, Plan: p}); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

func readPlan(path string) (estate.Plan, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return estate.Plan{}, diag.Refuse(fmt.Sprintf("there is no plan at %s", path), "make one with: reprise plan --lost NAME --out "+path)
	}
	if err != nil {
		return estate.Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	var document view.PlanDocument
	if err := json.Unmarshal(data, &document); err != nil || document.Schema != view.PlanSchema {
		return estate.Plan{}, diag.Refuse(fmt.Sprintf("%s is not a plan that this release can read", path), "make one with: reprise plan --lost NAME --out FILE")
	}
	return document.Plan, nil
}

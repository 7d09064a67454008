package recovery

import (
	"fmt"
	"strings"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/graph"
	"reprise/internal/plan"
)

// Proposal is a recovery that nobody has agreed to yet.
type Proposal struct {
	Plan   estate.Plan
	Impact graph.Impact
}

// Propose plans the recovery of what the named things take with them when they are lost. It returns a diag.Refused where
// nothing is destroyed (access may be lost; there is nothing to rebuild), and a diag.List where a name is unknown or
// something does not fit.
func Propose(loaded estatefile.Loaded, at graph.Placement, lost []string) (Proposal, error) {
	loss, err := graph.ParseLoss(loaded.Estate, lost)
	if err != nil {
		return Proposal{}, err
	}
	impact := graph.ImpactOf(loaded.Estate, at, loss)
	if len(impact.Destroyed) == 0 {
		return Proposal{Impact: impact}, nothingDestroyed(impact, lost)
	}
	p, err := plan.Make(plan.Input{Estate: loaded.Estate, Digest: loaded.Digest, Placement: at, Lost: lost, Loss: loss})
	if err != nil {
		return Proposal{Impact: impact}, err
	}
	return Proposal{Plan: p, Impact: impact}, nil
}

func nothingDestroyed(impact graph.Impact, lost []string) error {
	names := strings.Join(lost, ", ")
	if n := len(impact.CutOff) + len(impact.Starved); n > 0 {
		return diag.Refuse(
			fmt.Sprintf("the loss of %s destroys nothing: it cuts off %d and starves %d of the services, and all of them still run", names, len(impact.CutOff), len(impact.Starved)),
			"restore the access (undo the last change to it); rebuilding healthy systems would only add an outage",
		)
	}
	return diag.Refuse(fmt.Sprintf("the loss of %s hits no service: nothing is placed there", names), "see where services run now: reprise status --json, and what was moved: reprise run list")
}

// CheckAgainst says whether a plan that was saved may still be carried out: the estate is the one that it was made from,
// and every service is where the plan takes it from.
func CheckAgainst(p estate.Plan, loaded estatefile.Loaded, at graph.Placement) error {
	again := fmt.Sprintf("plan again: reprise plan --lost %s --out FILE", strings.Join(p.Lost, ","))
	if p.Estate != loaded.Digest {
		return diag.Refuse("the estate has changed since this plan was made", again)
	}
	for _, move := range p.Recovers {
		if at[move.Service] != move.From {
			return diag.Refuse(fmt.Sprintf("the plan takes %s from %s, and it runs on %s by now", move.Service, move.From, at[move.Service]), again)
		}
	}
	if len(p.Recovers) == 0 {
		return diag.List{{Code: "empty-plan", Severity: diag.Error, Message: "the plan recovers nothing", Next: again}}
	}
	return nil
}

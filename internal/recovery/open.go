package recovery

import (
	"context"
	"fmt"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/journal"
)

// Open makes a run of a plan that somebody has agreed to: it records the estate (once per content), the plan, and that
// the old copies are not fenced. It refuses, with a diag.Refused, while another run is live, and where the plan does not fit
// the history any more. The run is then planned, and not driven.
func Open(ctx context.Context, log journal.Log, h *History, loaded estatefile.Loaded, p estate.Plan, by estate.Person, id estate.RunID, now time.Time) error {
	if live, found := h.Live(); found {
		return diag.Refuse(
			fmt.Sprintf("run %s is %s, and two recoveries at once would fight over the same capacity", live.ID, live.Status),
			fmt.Sprintf("continue it with: reprise run resume %s, or give it up with: reprise run cancel %s", live.ID, live.ID),
		)
	}
	if err := CheckAgainst(p, loaded, h.Placement.Of(loaded.Estate)); err != nil {
		return err
	}
	if known, found := h.Estate(loaded.Digest); !found || known.Folder != loaded.Folder {
		body := fact.EstateLoaded{Digest: loaded.Digest, Folder: loaded.Folder, Files: loaded.Files, Estate: loaded.Estate}
		if _, err := log.Append(ctx, "", h.Index(""), []fact.Fact{{At: now, Body: body}}); err != nil {
			return fmt.Errorf("record the estate: %w", err)
		}
	}
	services := make([]estate.ServiceID, len(p.Recovers))
	for i, move := range p.Recovers {
		services[i] = move.Service
	}
	_, err := log.Append(ctx, id, 0, []fact.Fact{
		{Run: id, At: now, Body: fact.RunPlanned{Plan: p, By: by}},
		{Run: id, At: now, Body: fact.OldCopiesNotFenced{Services: services}},
	})
	if err != nil {
		return fmt.Errorf("record the plan: %w", err)
	}
	return nil
}

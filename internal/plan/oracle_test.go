package plan

import (
	"fmt"
	"slices"
	"time"

	"reprise/internal/estate"
)

// verify is the slow and obvious judge of schedules: it knows nothing of how they are made. It says what is wrong with a
// plan, if anything: a step before its gates, a capacity exceeded at some instant, a duration that is not the declared one,
// or steps out of the order of their starts.
func verify(est estate.Estate, p estate.Plan) error {
	byID := map[estate.StepID]estate.PlannedStep{}
	for _, step := range p.Steps {
		byID[step.ID] = step
	}
	if len(byID) != len(p.Steps) {
		return fmt.Errorf("%d steps share %d names", len(p.Steps), len(byID))
	}
	var instants []time.Duration
	for i, step := range p.Steps {
		instants = append(instants, step.Start.Std())
		if step.End-step.Start != TakesOf(est, step) {
			return fmt.Errorf("%s takes %s instead of %s", step.ID, step.End-step.Start, TakesOf(est, step))
		}
		if i > 0 && step.Start < p.Steps[i-1].Start {
			return fmt.Errorf("%s comes after a step that starts later", step.ID)
		}
		if step.End > p.Forecast.Makespan {
			return fmt.Errorf("%s ends after the makespan", step.ID)
		}
		for _, gate := range step.Gates {
			open := slices.ContainsFunc(gate, func(id estate.StepID) bool { return byID[id].ID != "" && byID[id].End <= step.Start })
			if !open {
				return fmt.Errorf("%s starts at %s, before its gate %v is open", step.ID, step.Start, gate)
			}
		}
	}
	for _, at := range instants {
		used := map[estate.SiteID]estate.Uses{}
		for _, step := range p.Steps {
			if step.Start.Std() <= at && at < step.End.Std() {
				used[step.Site] = Plus(used[step.Site], UsesOf(est, step))
			}
		}
		for site, u := range used {
			has := est.Sites[site].Capacity
			if u.Lanes > lanesOf(has) || (has.Crew > 0 && u.Crew > has.Crew) || (has.Restore > 0 && u.Restore > has.Restore) {
				return fmt.Errorf("at %s, %+v is used of %+v at %s", at, u, has, site)
			}
		}
	}
	return nil
}

package plan

import (
	"cmp"

	"reprise/internal/estate"
	"reprise/internal/unit"
)

// TakesOf returns the declared duration of a planned step. Questions take no declared time.
func TakesOf(est estate.Estate, step estate.PlannedStep) unit.Duration {
	if step.Kind != estate.RunStep {
		return 0
	}
	return est.Recipes[step.Recipe].Steps[step.Index].Takes
}

// UsesOf returns what a planned step takes up while it runs.
func UsesOf(est estate.Estate, step estate.PlannedStep) estate.Uses {
	switch step.Kind {
	case estate.RunStep, estate.ProbeStep:
		return est.Recipes[step.Recipe].Steps[step.Index].Uses
	}
	return estate.Uses{}
}

// DemandOf returns what a planned step asks of its site.
func DemandOf(est estate.Estate, step estate.PlannedStep) Demand {
	return Demand{Site: step.Site, Uses: UsesOf(est, step)}
}

func lanesOf(c estate.Capacity) int { return cmp.Or(c.Lanes, estate.DefaultLanes) }

// capacities returns what every site of which the steps use something can give. Zero crew or rate there means "no limit".
func capacities(est estate.Estate, steps []estate.PlannedStep) map[estate.SiteID]estate.Uses {
	has := map[estate.SiteID]estate.Uses{}
	for _, step := range steps {
		if UsesOf(est, step) == (estate.Uses{}) {
			continue
		}
		c := est.Sites[step.Site].Capacity
		has[step.Site] = estate.Uses{Lanes: lanesOf(c), Crew: c.Crew, Restore: c.Restore}
	}
	return has
}

func sizeText(n int64) unit.Size { return unit.Size(n) }

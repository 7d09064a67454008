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

func lanesOf(c estate.Capacity) int { return cmp.Or(c.Lanes, estate.DefaultLanes) }

// capacities returns what every site that the steps run at can give. Zero crew or rate there means "no limit".
func capacities(est estate.Estate, steps []estate.PlannedStep) map[estate.SiteID]estate.Uses {
	has := map[estate.SiteID]estate.Uses{}
	for _, step := range steps {
		c := est.Sites[step.Site].Capacity
		has[step.Site] = estate.Uses{Lanes: lanesOf(c), Crew: c.Crew, Restore: c.Restore}
	}
	return has
}

func sizeText(n int64) unit.Size { return unit.Size(n) }

// Free is what is left of every site's capacity at one instant.
type Free map[estate.SiteID]estate.Uses

// Fits says whether the site has as much left, given what it has in all.
func Fits(has, left, wanted estate.Uses) bool {
	return wanted.Lanes <= left.Lanes &&
		(has.Crew == 0 || wanted.Crew <= left.Crew) &&
		(has.Restore == 0 || wanted.Restore <= left.Restore)
}

// Take returns what is left when wanted is taken, and Give what is left when it is given back.
func Take(left, wanted estate.Uses) estate.Uses {
	left.Lanes -= wanted.Lanes
	left.Crew -= wanted.Crew
	left.Restore -= wanted.Restore
	return left
}

// Give returns what is left when wanted is given back.
func Give(left, wanted estate.Uses) estate.Uses {
	left.Lanes += wanted.Lanes
	left.Crew += wanted.Crew
	left.Restore += wanted.Restore
	return left
}

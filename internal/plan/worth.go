package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"reprise/internal/estate"
)

// Gain is what a recovery would gain if a site had more of one thing.
type Gain struct {
	More  string        // "1 more lane at secours"
	Saves time.Duration // of the makespan; 0: nothing
}

// Worth says what one more lane, one more in the crew, and the rate of one more restore at once are worth at every site
// that the plan uses: each alone, with everything else as it is.
func Worth(est estate.Estate, p estate.Plan) []Gain {
	var gains []Gain
	for _, site := range slices.Sorted(maps.Keys(p.Capacity)) {
		has := p.Capacity[site]
		largest := estate.Uses{}
		for _, step := range p.Steps {
			if step.Site == site {
				largest.Restore = max(largest.Restore, UsesOf(est, step).Restore)
			}
		}
		try := func(more estate.Uses, name string) {
			wider := p
			wider.Steps = slices.Clone(p.Steps)
			wider.Capacity = maps.Clone(p.Capacity)
			wider.Capacity[site] = Plus(has, more)
			wider.Forecast = estate.Forecast{}
			if err := arrange(est, &wider); err != nil {
				return // more of something cannot make a plan impossible
			}
			gains = append(gains, Gain{fmt.Sprintf("%s at %s", name, site), max(0, (p.Forecast.Makespan - wider.Forecast.Makespan).Std())})
		}
		try(estate.Uses{Lanes: 1}, "1 more lane")
		if has.Crew > 0 {
			try(estate.Uses{Crew: 1}, "1 more in the crew")
		}
		if has.Restore > 0 && largest.Restore > 0 {
			try(estate.Uses{Restore: largest.Restore}, fmt.Sprintf("%s more to restore", largest.Restore))
		}
	}
	return gains
}

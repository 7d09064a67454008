package recovery

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/graph"
	"reprise/internal/probe"
)

// Round is what one round of probes found of services that are said to be destroyed.
type Round struct {
	Asked int                // services that could be asked
	Green []estate.ServiceID // those that answer
}

// askLimit bounds one probe of the round: a service that is up answers well within it, and a dead one must not hold up
// a recovery.
const askLimit = 2 * time.Second

// askWidth is how many are asked at once.
const askWidth = 64

// Ask probes once every service that a plan is about to rebuild, where it is placed now.
func Ask(ctx context.Context, est estate.Estate, at graph.Placement, p estate.Plan) Round {
	var (
		round Round
		mu    sync.Mutex // guards round
		wait  sync.WaitGroup
		slots = make(chan struct{}, askWidth)
	)
	for _, move := range p.Recovers {
		service := est.Services[move.Service]
		fill := strings.NewReplacer("{at}", service.At[at.SiteOf(est, move.Service)], "{name}", service.Name)
		target, err := probe.Parse(fill.Replace(service.Probe))
		if err != nil {
			continue // it has no probe, so it cannot be asked
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			answer := probe.Ask(ctx, target, askLimit)
			mu.Lock()
			defer mu.Unlock()
			round.Asked++
			if answer.Green {
				round.Green = append(round.Green, move.Service)
			}
		})
	}
	wait.Wait()
	return round
}

// Refuse says whether the round forbids the recovery: it does when everything that could be asked is up.
func (r Round) Refuse() error {
	if r.Asked == 0 || len(r.Green) < r.Asked {
		return nil
	}
	return diag.Refuse(
		fmt.Sprintf("everything that could be asked (%d of the services) still answers where it is", r.Asked),
		"if they are to be moved all the same, switch them off first, then plan again",
	)
}

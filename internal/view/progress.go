package view

import (
	"slices"
	"time"

	"reprise/internal/estate"
	"reprise/internal/plan"
	"reprise/internal/run"
)

// Board is what a page about a run shows: counts and forecasts drawn from the run's state at one instant.
type Board struct {
	Restored, Total int
	Tiers           []TierCount
	Running         []RunningStep
	Lanes           map[estate.SiteID]estate.Uses // in use
	Stuck           []StuckStep
	Blocked         []BlockedBy
	ETA             time.Duration // until everything that is not stuck is back; negative: unknown
	Elapsed         time.Duration
}

// TierCount is how much of one effective tier is back.
type TierCount struct {
	Tier, Restored, Total int
}

// RunningStep is one step that is under way.
type RunningStep struct {
	ID       estate.StepID
	Tier     int
	For      time.Duration
	Takes    time.Duration // declared; 0: it is not known how long
	Attempt  int
	Observed bool // its end was lost, and the world is being looked at
}

// StuckStep is one that only a person, or nobody, can move.
type StuckStep struct {
	ID     estate.StepID
	State  estate.StepState
	Reason string
}

// BlockedBy is how many services wait for a step that went wrong.
type BlockedBy struct {
	Step     estate.StepID
	Services []estate.ServiceID
}

// BoardOf draws the board.
func BoardOf(est estate.Estate, s *run.State, now time.Time) Board {
	b := Board{Total: len(s.Plan.Recovers), Lanes: map[estate.SiteID]estate.Uses{}}
	if s.Status.Ended() && !s.Ended.IsZero() {
		now = s.Ended
	}
	if !s.Started.IsZero() {
		b.Elapsed = now.Sub(s.Started)
	}
	b.countTiers(s)
	progress := make([]plan.Progress, len(s.Steps))
	for i, step := range s.Steps {
		planned := s.Plan.Steps[i]
		switch step.State {
		case estate.Running, estate.Unknown:
			progress[i] = plan.Progress{Running: true, For: now.Sub(step.LiveSince)}
			b.Running = append(b.Running, RunningStep{
				ID: planned.ID, Tier: planned.Tier, For: now.Sub(step.LiveSince), Attempt: step.Attempts,
				Takes: plan.TakesOf(est, planned).Std(), Observed: step.State == estate.Unknown && step.Live == nil,
			})
			b.Lanes[planned.Site] = plan.Plus(b.Lanes[planned.Site], plan.UsesOf(est, planned))
		case estate.Failed, estate.TimedOut, estate.Held, estate.Cancelled:
			progress[i] = plan.Progress{Stuck: true}
			b.Stuck = append(b.Stuck, StuckStep{planned.ID, step.State, step.Reason})
		default:
			progress[i] = plan.Progress{Passed: step.State.Passed()}
		}
	}
	for _, left := range plan.Remaining(est, s.Plan, progress) {
		b.ETA = max(b.ETA, left)
	}
	b.block(s)
	return b
}

func (b *Board) countTiers(s *run.State) {
	byTier := map[int]*TierCount{}
	for _, move := range s.Plan.Recovers {
		t := byTier[move.Tier]
		if t == nil {
			t = &TierCount{Tier: move.Tier}
			byTier[move.Tier] = t
		}
		t.Total++
		if _, back := s.Placed[move.Service]; back {
			t.Restored++
			b.Restored++
		}
	}
	for _, t := range byTier {
		b.Tiers = append(b.Tiers, *t)
	}
	slices.SortFunc(b.Tiers, func(x, y TierCount) int { return x.Tier - y.Tier })
}

func (b *Board) block(s *run.State) {
	byCulprit := map[estate.StepID][]estate.ServiceID{}
	for id, culprits := range s.Blockers() {
		i, _ := s.Find(id)
		for _, culprit := range culprits {
			// That a service waits for a step of its own goes without saying.
			if j, _ := s.Find(culprit); s.Plan.Steps[j].Service != s.Plan.Steps[i].Service {
				byCulprit[culprit] = append(byCulprit[culprit], s.Plan.Steps[i].Service)
			}
		}
	}
	for culprit, services := range byCulprit {
		slices.Sort(services)
		b.Blocked = append(b.Blocked, BlockedBy{culprit, slices.Compact(services)})
	}
	slices.SortFunc(b.Blocked, func(x, y BlockedBy) int {
		if len(x.Services) != len(y.Services) {
			return len(y.Services) - len(x.Services)
		}
		if x.Step < y.Step {
			return -1
		}
		return 1
	})
}

// Package plan turns a loss into an ordered recovery: what is rebuilt where, after what, when each step is expected to
// run, how long all of it takes, and how short it could be at best.
//
// It is pure: the same input gives the same plan, in any process, at any time. Every plan respects all needs and all
// capacities. It does not know what a step does, only how long it is declared to take and what it uses.
package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/graph"
)

// Input is what a plan is made from.
type Input struct {
	Estate    estate.Estate
	Digest    string // of the estate
	Placement graph.Placement
	Lost      []string // as it was asked for
	Loss      graph.Loss
	Schedules int    // how many schedules to look at; 0: as many as DefaultSchedules says
	Seed      uint64 // of every choice left to chance
}

// Make plans the recovery of everything that the loss destroys. The plan names what cannot be recovered; it is an error,
// a diag.List, only where a step or a service does not fit the site that it is meant for.
func Make(in Input) (estate.Plan, error) {
	impact := graph.ImpactOf(in.Estate, in.Placement, in.Loss)
	b := builder{
		in:     in,
		tiers:  graph.EffectiveTiers(in.Estate, impact.Destroyed),
		lost:   map[estate.ServiceID]bool{},
		last:   map[estate.ServiceID]estate.StepID{},
		result: estate.Plan{Lost: in.Lost, Estate: in.Digest, Starved: impact.Starved},
	}
	for _, id := range impact.Destroyed {
		b.lost[id] = true
	}
	recovers := b.strand(impact)
	b.addSteps(recovers, impact.Starved)
	if findings := b.findMisfits(recovers); findings.Err() != nil {
		return estate.Plan{}, findings
	}
	b.result.Capacity = capacities(in.Estate, b.result.Steps)
	b.result.Schedules, b.result.Seed = cmp.Or(in.Schedules, DefaultSchedules(len(b.result.Steps))), in.Seed
	if err := arrange(in.Estate, &b.result); err != nil {
		return estate.Plan{}, err
	}
	b.fillMoves(recovers)
	return b.result, nil
}

type builder struct {
	in     Input
	tiers  map[estate.ServiceID]int
	lost   map[estate.ServiceID]bool
	last   map[estate.ServiceID]estate.StepID // the step that shows that a service is back, or still there
	result estate.Plan
}

// strand names what cannot be recovered, and returns the rest of the destroyed services in order.
func (b *builder) strand(impact graph.Impact) []estate.ServiceID {
	because := map[estate.ServiceID]string{}
	for _, id := range impact.Destroyed {
		recovery := b.in.Estate.Services[id].Recovery
		switch {
		case recovery == nil:
			because[id] = "it has no recovery"
		case b.in.Loss.Platforms[recovery.To]:
			because[id] = fmt.Sprintf("its recovery goes to %s, which is lost too", recovery.To)
		}
	}
	// What needs something stranded is stranded itself. Repeat until nothing is added: chains are short.
	affected := slices.Concat(impact.Destroyed, impact.Starved)
	for added := true; added; {
		added = false
		for _, id := range affected {
			if because[id] != "" {
				continue
			}
			for _, need := range b.in.Estate.Services[id].Needs {
				hopeless := need.Gates() && !slices.ContainsFunc(need.AnyOf, func(s estate.ServiceID) bool { return because[s] == "" })
				if hopeless {
					because[id] = fmt.Sprintf("it needs %s, which cannot be recovered", either(need.AnyOf))
					added = true
					break
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(because)) {
		b.result.Stranded = append(b.result.Stranded, estate.Stranded{Service: id, Because: because[id]})
	}
	stranded := func(id estate.ServiceID) bool { return because[id] != "" }
	b.result.Starved = slices.DeleteFunc(slices.Clone(b.result.Starved), stranded)
	return slices.DeleteFunc(slices.Clone(impact.Destroyed), stranded)
}

func either(ids []estate.ServiceID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, " or ")
}

// addSteps lists every step of the plan with its gates; their order and times come later.
func (b *builder) addSteps(recovers, starved []estate.ServiceID) {
	for _, id := range recovers {
		recovery := b.in.Estate.Services[id].Recovery
		steps := b.in.Estate.Recipes[recovery.Recipe].Steps
		b.last[id] = StepID(id, steps[len(steps)-1].Name)
	}
	// A starved service is asked again only where somebody has said how.
	for _, id := range b.result.Starved {
		if b.in.Estate.Services[id].Probe != "" {
			b.last[id] = StepID(id, "ask-again")
		}
	}
	for _, id := range recovers {
		b.addRecipe(id)
	}
	for _, id := range b.result.Starved {
		service := b.in.Estate.Services[id]
		if service.Probe == "" {
			continue
		}
		site := b.in.Placement.SiteOf(b.in.Estate, id)
		b.result.Steps = append(b.result.Steps, estate.PlannedStep{
			ID: b.last[id], Service: id, Kind: estate.AskAgain, Site: site, Tier: b.tiers[id], Gates: b.needGates(id, site),
		})
	}
}

func (b *builder) addRecipe(id estate.ServiceID) {
	recovery := b.in.Estate.Services[id].Recovery
	site := b.in.Estate.Platforms[recovery.To].Site
	steps := b.in.Estate.Recipes[recovery.Recipe].Steps
	gated := max(0, slices.IndexFunc(steps, func(s estate.Step) bool { return s.AfterNeeds }))
	for i, step := range steps {
		kind := estate.RunStep
		if step.Probe != "" {
			kind = estate.ProbeStep
		}
		planned := estate.PlannedStep{
			ID: StepID(id, step.Name), Service: id, Kind: kind,
			Recipe: recovery.Recipe, Index: i, Site: site, Tier: b.tiers[id],
		}
		if i > 0 {
			planned.Gates = append(planned.Gates, []estate.StepID{StepID(id, steps[i-1].Name)})
		}
		if i == gated {
			planned.Gates = append(planned.Gates, b.needGates(id, site)...)
		}
		b.result.Steps = append(b.result.Steps, planned)
	}
}

// needGates returns the gates that a service's needs put before it, adding a question to every surviving need that can
// be asked. A need without anything to wait for or to ask is no gate.
func (b *builder) needGates(id estate.ServiceID, site estate.SiteID) [][]estate.StepID {
	var gates [][]estate.StepID
	for _, need := range b.in.Estate.Services[id].Needs {
		if !need.Gates() {
			continue
		}
		var gate []estate.StepID
		open := false
		for _, other := range need.AnyOf {
			last, planned := b.last[other]
			switch {
			case planned:
				gate = append(gate, last)
			case b.lost[other]: // stranded: never opens the gate
			case b.in.Estate.Services[other].Probe == "":
				open = true // it survives, and nobody has said how to ask it
			default:
				gate = append(gate, b.askNeed(other))
			}
		}
		if !open && len(gate) > 0 {
			gates = append(gates, gate)
		}
	}
	return gates
}

// askNeed adds, once per surviving service, the step that asks it. Its site is the one where the service is placed: that
// is whose address is asked, by a controller that stands at the recovery site.
func (b *builder) askNeed(id estate.ServiceID) estate.StepID {
	step := StepID(id, "ask-need")
	b.last[id] = step
	b.result.Steps = append(b.result.Steps, estate.PlannedStep{
		ID: step, Service: id, Kind: estate.AskNeed, Site: b.in.Placement.SiteOf(b.in.Estate, id), Tier: b.tiers[id],
	})
	return step
}

// StepID names a step of a service.
func StepID(service estate.ServiceID, step string) estate.StepID {
	return estate.StepID(string(service) + "/" + step)
}

func (b *builder) fillMoves(recovers []estate.ServiceID) {
	ends := make(map[estate.StepID]estate.PlannedStep, len(b.result.Steps))
	for _, step := range b.result.Steps {
		ends[step.ID] = step
	}
	for _, id := range recovers {
		service := b.in.Estate.Services[id]
		b.result.Recovers = append(b.result.Recovers, estate.Move{
			Service: id, From: b.in.Placement[id], To: service.Recovery.To, Tier: b.tiers[id],
			Ready: ends[b.last[id]].End, Loses: service.RPO,
		})
	}
	slices.SortStableFunc(b.result.Recovers, func(x, y estate.Move) int { return int(x.Ready - y.Ready) })
}

// findMisfits names every step that uses more than its site has, and every site whose memory cannot hold what it would
// have to hold.
func (b *builder) findMisfits(recovers []estate.ServiceID) diag.List {
	var findings diag.List
	misfit := func(format string, args ...any) {
		findings = append(findings, diag.Diagnostic{
			Code: "does-not-fit", Severity: diag.Error, Message: fmt.Sprintf(format, args...),
			Next: "raise the site's capacity, lower what is asked of it, or recover elsewhere",
		})
	}
	for _, step := range b.result.Steps {
		uses, has := UsesOf(b.in.Estate, step), b.in.Estate.Sites[step.Site].Capacity
		if lanes := lanesOf(has); uses.Lanes > lanes {
			misfit("%s uses %d lanes, and site %s has %d", step.ID, uses.Lanes, step.Site, lanes)
		}
		if has.Crew > 0 && uses.Crew > has.Crew {
			misfit("%s uses a crew of %d, and site %s has %d", step.ID, uses.Crew, step.Site, has.Crew)
		}
		if has.Restore > 0 && uses.Restore > has.Restore {
			misfit("%s restores at %s, and site %s has %s", step.ID, uses.Restore, step.Site, has.Restore)
		}
	}

	held := map[estate.SiteID]int64{}
	moved := map[estate.ServiceID]bool{}
	for _, id := range recovers {
		moved[id] = true
		held[b.in.Estate.Platforms[b.in.Estate.Services[id].Recovery.To].Site] += int64(b.in.Estate.Services[id].Holds.Memory)
	}
	for id, service := range b.in.Estate.Services {
		if !moved[id] && !b.lost[id] {
			held[b.in.Placement.SiteOf(b.in.Estate, id)] += int64(service.Holds.Memory)
		}
	}
	for _, site := range slices.Sorted(maps.Keys(held)) {
		memory := b.in.Estate.Sites[site].Capacity.Memory
		receives := slices.ContainsFunc(recovers, func(id estate.ServiceID) bool {
			return b.in.Estate.Platforms[b.in.Estate.Services[id].Recovery.To].Site == site
		})
		if receives && memory > 0 && held[site] > int64(memory) {
			misfit("site %s would hold services of %s in all, and has %s of memory", site, sizeText(held[site]), memory)
		}
	}
	return findings
}

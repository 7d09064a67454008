package run

import "reprise/internal/estate"

// gates knows which steps still wait for others. Every gate is looked at once per step that may open it.
type gates struct {
	closed []int      // per step: gates that are not open yet
	opened [][]bool   // per step and gate
	opens  [][]gateOf // per step: the gates that it opens
	passed []bool
}

type gateOf struct{ step, gate int }

func newGates(steps []estate.PlannedStep, byID map[estate.StepID]int) gates {
	g := gates{
		closed: make([]int, len(steps)), opened: make([][]bool, len(steps)),
		opens: make([][]gateOf, len(steps)), passed: make([]bool, len(steps)),
	}
	for i, step := range steps {
		g.closed[i] = len(step.Gates)
		g.opened[i] = make([]bool, len(step.Gates))
		for number, alternatives := range step.Gates {
			for _, id := range alternatives {
				g.opens[byID[id]] = append(g.opens[byID[id]], gateOf{i, number})
			}
		}
	}
	return g
}

// open says whether nothing that the step needs is missing.
func (g *gates) open(i int) bool { return g.closed[i] == 0 }

// pass says that a step has passed, and returns those whose last gate that opened.
func (g *gates) pass(i int) []int {
	if g.passed[i] {
		return nil
	}
	g.passed[i] = true
	var free []int
	for _, to := range g.opens[i] {
		if g.opened[to.step][to.gate] {
			continue
		}
		g.opened[to.step][to.gate] = true
		if g.closed[to.step]--; g.closed[to.step] == 0 {
			free = append(free, to.step)
		}
	}
	return free
}

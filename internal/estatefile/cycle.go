package estatefile

import (
	"fmt"
	"slices"
	"strings"

	"reprise/internal/estate"
)

// cycles reports services that need each other in a circle. A service can be put in an order once each of its needs has
// an alternative that can; what is left over when nothing more can be ordered is stuck. Not all that is stuck is to
// blame: what merely needs a circle is a consequence, so each knot of services is looked at by itself.
func (v *resolver) cycles() {
	g := v.needGraph()
	if g == nil {
		return
	}
	gates := func(n needOf) bool { return !n.running }
	reported := make([]bool, len(g.names))
	for _, knot := range g.knots(gates) {
		for _, member := range knot {
			reported[member] = true
		}
		circle, at := g.circle(knot, gates, gates)
		v.fail(at, codeCycle, "services need each other in a circle: "+g.show(circle),
			"remove one of these needs, give it an alternative with any_of, or mark it {name: SERVICE, when: running} if it does not hold up the recovery")
	}
	all := func(needOf) bool { return true }
	for _, knot := range g.knots(all) {
		if slices.ContainsFunc(knot, func(member int) bool { return reported[member] }) {
			continue // the circle of gating needs is to be untied first
		}
		if circle, at := g.circle(knot, all, func(n needOf) bool { return n.running }); circle != nil {
			v.warn(at, codeRunningCycle, "services need each other in a circle while they run: "+g.show(circle),
				"check that each of them starts without the next, or remove one of these needs")
		}
	}
}

// needGraph is who needs whom, by number. Numbers follow the order of names.
type needGraph struct {
	names []string
	needs [][]needOf
	// group says which set is being looked at: a node is in it if it has the current number.
	group   []int
	current int
}

// needOf is one need: any of these, and where each is mentioned.
type needOf struct {
	any     []int
	at      []place
	running bool
}

// needGraph numbers the services. Needs that could not be understood in full are left out: they are reported, and what
// seems to follow from them may not.
func (v *resolver) needGraph() *needGraph {
	g := &needGraph{names: sortedKeys(v.file.Services.Of)}
	if len(g.names) == 0 {
		return nil
	}
	g.needs, g.group = make([][]needOf, len(g.names)), make([]int, len(g.names))
	number := make(map[string]int, len(g.names))
	for i, name := range g.names {
		number[name] = i
	}
	for i, name := range g.names {
	needs:
		for _, need := range v.file.Services.Of[name].Needs.Items {
			if !need.understood() || !need.When.missing() && need.When.V != string(estate.WhileRunning) {
				continue
			}
			made := needOf{running: !need.When.missing()}
			for _, mention := range need.alternatives() {
				to, known := number[mention.V]
				if !known {
					continue needs
				}
				made.any, made.at = append(made.any, to), append(made.at, mention.at)
			}
			if len(made.any) > 0 {
				g.needs[i] = append(g.needs[i], made)
			}
		}
	}
	return g
}

// knots returns the sets of services that are stuck because of each other, counting only some needs.
func (g *needGraph) knots(counts func(needOf) bool) [][]int {
	everything := make([]int, len(g.names))
	for i := range everything {
		everything[i] = i
	}
	var knots [][]int
	for sets := [][]int{everything}; len(sets) > 0; sets = sets[1:] {
		set := sets[0]
		// Looked at by itself, with all outside of it ordered, a part of a set may be free: then look at what is left of it
		// by itself, until nothing more comes free.
		for _, component := range g.components(g.stuck(set, counts), counts) {
			if len(component) == len(set) {
				knots = append(knots, component)
			} else {
				sets = append(sets, component)
			}
		}
	}
	return knots
}

// enter makes members the set that is looked at.
func (g *needGraph) enter(members []int) {
	g.current++
	for _, member := range members {
		g.group[member] = g.current
	}
}

// closed says whether a need can be met only within the set that is looked at.
func (g *needGraph) closed(n needOf) bool {
	return !slices.ContainsFunc(n.any, func(to int) bool { return g.group[to] != g.current })
}

// stuck returns the members of a set that cannot be ordered even if everything outside of it is. It takes time in
// proportion to the needs.
func (g *needGraph) stuck(members []int, counts func(needOf) bool) []int {
	type waiter struct{ node, need int }
	g.enter(members)
	unmet := make(map[int]int, len(members))
	met := map[waiter]bool{}
	waiters := map[int][]waiter{}
	var free []int
	for _, member := range members {
		for i, need := range g.needs[member] {
			if counts(need) && g.closed(need) {
				unmet[member]++
				for _, to := range need.any {
					waiters[to] = append(waiters[to], waiter{member, i})
				}
			}
		}
		if unmet[member] == 0 {
			free = append(free, member)
		}
	}
	for len(free) > 0 {
		done := free[len(free)-1]
		free = free[:len(free)-1]
		for _, w := range waiters[done] {
			if met[w] {
				continue
			}
			met[w] = true
			if unmet[w.node]--; unmet[w.node] == 0 {
				free = append(free, w.node)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(members), func(member int) bool { return unmet[member] == 0 })
}

// edges returns whom a node needs within the set that is looked at, and where that is written.
func (g *needGraph) edges(node int, counts func(needOf) bool) (to []int, at []place) {
	for _, need := range g.needs[node] {
		if counts(need) && g.closed(need) {
			to, at = append(to, need.any...), append(at, need.at...)
		}
	}
	return to, at
}

// components returns the sets of members from each of which all others of the set can be reached, and that hold a
// circle (Tarjan's algorithm, with its own stack: a chain of needs may be as long as the estate).
func (g *needGraph) components(members []int, counts func(needOf) bool) [][]int {
	type visit struct {
		node int
		to   []int
	}
	g.enter(members)
	var out [][]int
	index, low := make(map[int]int, len(members)), make(map[int]int, len(members))
	open := map[int]bool{}
	var path []int
	for _, root := range members {
		if index[root] > 0 {
			continue
		}
		var calls []visit
		begin := func(node int) {
			index[node] = len(index) + 1
			low[node], open[node], path = index[node], true, append(path, node)
			to, _ := g.edges(node, counts)
			calls = append(calls, visit{node, to})
		}
		for begin(root); len(calls) > 0; {
			call := &calls[len(calls)-1]
			if len(call.to) > 0 {
				to := call.to[0]
				call.to = call.to[1:]
				if index[to] == 0 {
					begin(to)
				} else if open[to] {
					low[call.node] = min(low[call.node], index[to])
				}
				continue
			}
			node := call.node
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				above := calls[len(calls)-1].node
				low[above] = min(low[above], low[node])
			}
			if low[node] != index[node] {
				continue
			}
			first := len(path) - 1
			for path[first] != node {
				first--
			}
			component := slices.Clone(path[first:])
			path = path[:first]
			for _, member := range component {
				open[member] = false
			}
			to, _ := g.edges(node, counts)
			if len(component) > 1 || slices.Contains(to, node) {
				slices.Sort(component)
				out = append(out, component)
			}
		}
	}
	return out
}

// circle returns a shortest circle in a knot through a need of the wanted kind, and where that need is written.
func (g *needGraph) circle(knot []int, counts, wanted func(needOf) bool) (best []int, at place) {
	g.enter(knot)
	patience := 1_000_000 // needs followed; in a knot too large for that, a circle that is not the shortest will do
	for _, node := range knot {
		for _, need := range g.needs[node] {
			if !counts(need) || !wanted(need) || !g.closed(need) {
				continue
			}
			for i, to := range need.any {
				if best != nil && (patience < 0 || len(best) == 1) {
					return best, at
				}
				if way := g.way(to, node, counts, &patience); way != nil && (best == nil || len(way) < len(best)) {
					best, at = append([]int{node}, way[:len(way)-1]...), need.at[i]
				}
			}
		}
	}
	return best, at
}

// way returns a shortest way between two nodes of the set that is looked at, both ends included.
func (g *needGraph) way(from, to int, counts func(needOf) bool, patience *int) []int {
	before := map[int]int{from: from}
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		node := queue[0]
		if node == to {
			way := []int{node}
			for node != from {
				node = before[node]
				way = append(way, node)
			}
			slices.Reverse(way)
			return way
		}
		next, _ := g.edges(node, counts)
		*patience -= len(next)
		for _, other := range next {
			if _, seen := before[other]; !seen {
				before[other] = node
				queue = append(queue, other)
			}
		}
	}
	return nil
}

// show prints a circle, back to where it began.
func (g *needGraph) show(circle []int) string {
	const most = 50
	var names []string
	for i, node := range circle {
		if i == most {
			names = append(names, fmt.Sprintf("(%d more)", len(circle)-most))
			break
		}
		names = append(names, g.names[node])
	}
	return strings.Join(append(names, g.names[circle[0]]), " -> ")
}

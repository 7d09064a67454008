package plan

import (
	"container/heap"
	"time"

	"reprise/internal/estate"
)

// activity is a planned step as a scheduler sees it.
type activity struct {
	duration time.Duration
	uses     estate.Uses
	site     estate.SiteID
	gates    [][]int // each opens when one of the activities named is finished
}

// span is when an activity runs, and which activity opened its last gate (-1: it waited for none).
type span struct {
	start, end time.Duration
	opener     int
}

// simulate runs the activities in virtual time from zero: at every instant it starts, in the order of rank, all that are
// ready and fit. With capacities this is the parallel schedule generation scheme (Kolisch 1996); with nil capacities it
// gives the earliest times that the gates alone allow. An activity whose gates never open has a negative start.
func simulate(acts []activity, has map[estate.SiteID]estate.Uses, rank []int) []span {
	spans := make([]span, len(acts))
	left := Free{}
	for site, capacity := range has {
		left[site] = capacity
	}
	closed := make([]int, len(acts))     // gates still closed, per activity
	opens := make([][][2]int, len(acts)) // per activity: the (activity, gate) pairs that it opens
	opened := make([][]bool, len(acts))  // per activity and gate
	ready := &byRank{rank: rank}         // all gates open, not started
	running := &byEnd{spans: spans}      // started, not finished
	for i, act := range acts {
		spans[i] = span{start: -1, opener: -1}
		closed[i] = len(act.gates)
		opened[i] = make([]bool, len(act.gates))
		for g, gate := range act.gates {
			for _, other := range gate {
				opens[other] = append(opens[other], [2]int{i, g})
			}
		}
		if closed[i] == 0 {
			ready.items = append(ready.items, i)
		}
	}
	heap.Init(ready)

	now := time.Duration(0)
	for {
		var waiting []int
		for ready.Len() > 0 {
			i := heap.Pop(ready).(int)
			act := acts[i]
			if has != nil && !Fits(has[act.site], left[act.site], act.uses) {
				waiting = append(waiting, i)
				continue
			}
			if has != nil {
				left[act.site] = Take(left[act.site], act.uses)
			}
			spans[i].start, spans[i].end = now, now+act.duration
			heap.Push(running, i)
		}
		for _, i := range waiting {
			heap.Push(ready, i)
		}
		if running.Len() == 0 {
			return spans
		}
		now = spans[running.items[0]].end
		for running.Len() > 0 && spans[running.items[0]].end == now {
			i := heap.Pop(running).(int)
			if has != nil {
				left[acts[i].site] = Give(left[acts[i].site], acts[i].uses)
			}
			for _, pair := range opens[i] {
				to, g := pair[0], pair[1]
				if opened[to][g] {
					continue
				}
				opened[to][g] = true
				spans[to].opener = i
				if closed[to]--; closed[to] == 0 {
					heap.Push(ready, to)
				}
			}
		}
	}
}

// byRank is a heap of ready activities.
type byRank struct {
	rank  []int
	items []int
}

func (h *byRank) Len() int           { return len(h.items) }
func (h *byRank) Less(i, j int) bool { return h.rank[h.items[i]] < h.rank[h.items[j]] }
func (h *byRank) Swap(i, j int)      { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *byRank) Push(x any)         { h.items = append(h.items, x.(int)) }
func (h *byRank) Pop() any           { return pop(&h.items) }

// byEnd is a heap of running activities; equal ends leave in the order of their index, so that a plan never depends on
// the heap's inner order.
type byEnd struct {
	spans []span
	items []int
}

func (h *byEnd) Len() int { return len(h.items) }
func (h *byEnd) Less(i, j int) bool {
	a, b := h.items[i], h.items[j]
	if h.spans[a].end != h.spans[b].end {
		return h.spans[a].end < h.spans[b].end
	}
	return a < b
}
func (h *byEnd) Swap(i, j int) { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *byEnd) Push(x any)    { h.items = append(h.items, x.(int)) }
func (h *byEnd) Pop() any      { return pop(&h.items) }

func pop(items *[]int) int {
	last := len(*items) - 1
	x := (*items)[last]
	*items = (*items)[:last]
	return x
}

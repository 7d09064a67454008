package plan

import (
	"container/heap"
	"time"

	"reprise/internal/estate"
)

// activity is a planned step as a scheduler sees it.
type activity struct {
	duration time.Duration
	demand   Demand
	gates    [][]int // each opens when one of the activities named is finished
}

// span is when an activity runs, and which activity opened its last gate (-1: it waited for none). A negative start means
// that it never runs.
type span struct {
	start, end time.Duration
	opener     int
}

// course is how activities ran: when each did, in which order they finished, and which alternative opened which gate.
type course struct {
	spans    []span
	finished []int
	gates    *Gates
}

// simulate runs the activities in virtual time from zero: at every instant it starts, in the order of rank, all that are
// ready and fit. With capacities this is the parallel schedule generation scheme (Kolisch 1996); with none, nil, it gives
// the earliest times that the gates alone allow. An activity whose gates never open has a negative start.
func simulate(acts []activity, has map[estate.SiteID]estate.Uses, rank []int) course {
	spans := make([]span, len(acts))
	gatesOf, demands := make([][][]int, len(acts)), make([]Demand, len(acts))
	for i, act := range acts {
		spans[i] = span{start: -1, opener: -1}
		gatesOf[i], demands[i] = act.gates, act.demand
	}
	room, fits := NewRoom(has), func(Demand) bool { return true }
	if has != nil {
		fits = room.Fits
	}
	gates, ready, running := NewGates(gatesOf), NewQueue(demands, rank), &byEnd{spans: spans}
	for i := range acts {
		if gates.Open(i) {
			ready.Push(i)
		}
	}
	var finished []int
	finish := func(i int) {
		finished = append(finished, i)
		for _, next := range gates.Pass(i) {
			spans[next].opener = i
			ready.Push(next)
		}
	}

	for now := time.Duration(0); ; {
		for {
			i, found := ready.Pop(fits)
			if !found {
				break
			}
			spans[i].start, spans[i].end = now, now+acts[i].duration
			if acts[i].duration == 0 {
				// What it opens competes for this instant's capacity, by rank, with what was ready before.
				finish(i)
				continue
			}
			room.Take(acts[i].demand)
			heap.Push(running, i)
		}
		if running.Len() == 0 {
			return course{spans, finished, gates}
		}
		now = spans[running.items[0]].end
		for running.Len() > 0 && spans[running.items[0]].end == now {
			i := heap.Pop(running).(int)
			room.Give(acts[i].demand)
			finish(i)
		}
	}
}

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
func (h *byEnd) Pop() any {
	last := h.items[len(h.items)-1]
	h.items = h.items[:len(h.items)-1]
	return last
}

package plan

import (
	"container/heap"

	"reprise/internal/estate"
)

// Demand is what a step asks of a site.
type Demand struct {
	Site estate.SiteID
	Uses estate.Uses
}

// Queue holds steps that nothing but capacity keeps from starting, and hands them out by rank. Steps with the same demand
// fit or do not fit together, so only the first of each demand is ever looked at: taking one out costs O(log n), whatever
// waits. A planner and a running machine share it, so that what is planned is what is done.
type Queue struct {
	ranks   []int // of every step; the lowest goes first
	demands []Demand
	heaps   map[Demand]*rankHeap
	order   []Demand // of heaps, so that nothing depends on a map's order
	queued  []bool
	size    int
}

// NewQueue makes an empty queue for steps with these demands and ranks. Ranks are distinct.
func NewQueue(demands []Demand, ranks []int) *Queue {
	q := &Queue{ranks: ranks, demands: demands, heaps: map[Demand]*rankHeap{}, queued: make([]bool, len(demands))}
	for _, d := range demands {
		if q.heaps[d] == nil {
			q.heaps[d] = &rankHeap{ranks: ranks}
			q.order = append(q.order, d)
		}
	}
	return q
}

// Push puts a step in. One that is there already stays once.
func (q *Queue) Push(i int) {
	if q.queued[i] {
		return
	}
	q.queued[i] = true
	q.size++
	heap.Push(q.heaps[q.demands[i]], i)
}

// Pop takes out the step of the lowest rank among those that fit.
func (q *Queue) Pop(fits func(Demand) bool) (int, bool) {
	var first *rankHeap
	for _, d := range q.order {
		h := q.heaps[d]
		if len(h.items) > 0 && (first == nil || q.ranks[h.items[0]] < q.ranks[first.items[0]]) && fits(d) {
			first = h
		}
	}
	if first == nil {
		return 0, false
	}
	i := heap.Pop(first).(int)
	q.queued[i] = false
	q.size--
	return i, true
}

// Remove takes a step out, wherever it stands. It costs O(n), and is for people's requests.
func (q *Queue) Remove(i int) {
	if !q.queued[i] {
		return
	}
	h := q.heaps[q.demands[i]]
	for at, other := range h.items {
		if other == i {
			heap.Remove(h, at)
			break
		}
	}
	q.queued[i] = false
	q.size--
}

// Empty says whether no step waits.
func (q *Queue) Empty() bool { return q.size == 0 }

// rankHeap is a heap of steps by rank.
type rankHeap struct {
	ranks []int
	items []int
}

func (h *rankHeap) Len() int           { return len(h.items) }
func (h *rankHeap) Less(i, j int) bool { return h.ranks[h.items[i]] < h.ranks[h.items[j]] }
func (h *rankHeap) Swap(i, j int)      { h.items[i], h.items[j] = h.items[j], h.items[i] }
func (h *rankHeap) Push(x any)         { h.items = append(h.items, x.(int)) }
func (h *rankHeap) Pop() any {
	last := h.items[len(h.items)-1]
	h.items = h.items[:len(h.items)-1]
	return last
}

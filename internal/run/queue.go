package run

import (
	"container/heap"
	"time"

	"reprise/internal/estate"
	"reprise/internal/plan"
)

// demand is what a step asks of a site. Steps with the same demand fit or do not fit together, so only the first of each
// is ever looked at: a dispatch costs O(log n) whatever waits.
type demand struct {
	site estate.SiteID
	uses estate.Uses
}

// queue holds the steps that nothing but capacity keeps from starting, by demand and then by their order in the plan.
type queue struct {
	classOf []demand
	heaps   map[demand]*intHeap
	queued  []bool
	size    int
}

func newQueue(steps int) queue {
	return queue{classOf: make([]demand, steps), heaps: map[demand]*intHeap{}, queued: make([]bool, steps)}
}

func (q *queue) class(i int, site estate.SiteID, uses estate.Uses) {
	q.classOf[i] = demand{site, uses}
	if q.heaps[q.classOf[i]] == nil {
		q.heaps[q.classOf[i]] = &intHeap{}
	}
}

func (q *queue) push(i int) {
	if q.queued[i] {
		return
	}
	q.queued[i] = true
	q.size++
	heap.Push(q.heaps[q.classOf[i]], i)
}

// pop takes out the step that comes first in the plan among those that fit.
func (q *queue) pop(fits func(demand) bool) (int, bool) {
	var first *intHeap
	for d, h := range q.heaps {
		if h.Len() > 0 && (first == nil || (*h)[0] < (*first)[0]) && fits(d) {
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

// remove takes a step out, wherever it stands.
func (q *queue) remove(i int) {
	if !q.queued[i] {
		return
	}
	h := q.heaps[q.classOf[i]]
	for at, other := range *h {
		if other == i {
			heap.Remove(h, at)
			break
		}
	}
	q.queued[i] = false
	q.size--
}

func (q *queue) empty() bool { return q.size == 0 }

// room is the capacity that is free.
type room struct {
	has, left plan.Free
}

func newRoom(est estate.Estate, p estate.Plan) room {
	r := room{has: plan.Free{}, left: plan.Free{}}
	for site, uses := range p.Capacity {
		r.has[site], r.left[site] = uses, uses
	}
	return r
}

func (r *room) fits(d demand) bool { return plan.Fits(r.has[d.site], r.left[d.site], d.uses) }
func (r *room) take(d demand)      { r.left[d.site] = plan.Take(r.left[d.site], d.uses) }
func (r *room) give(d demand)      { r.left[d.site] = plan.Give(r.left[d.site], d.uses) }

// alarms holds the steps that wait for an instant.
type alarms struct{ heap alarmHeap }

func (a *alarms) add(at time.Time, i int) { heap.Push(&a.heap, alarm{at, i}) }
func (a *alarms) empty() bool             { return len(a.heap) == 0 }

func (a *alarms) next() time.Time {
	if a.empty() {
		return time.Time{}
	}
	return a.heap[0].at
}

// due takes out what is due.
func (a *alarms) due(now time.Time) []int {
	var steps []int
	for !a.empty() && !a.heap[0].at.After(now) {
		steps = append(steps, heap.Pop(&a.heap).(alarm).step)
	}
	return steps
}

type alarm struct {
	at   time.Time
	step int
}

type alarmHeap []alarm

func (h alarmHeap) Len() int { return len(h) }
func (h alarmHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].step < h[j].step
}
func (h alarmHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *alarmHeap) Push(x any)   { *h = append(*h, x.(alarm)) }
func (h *alarmHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

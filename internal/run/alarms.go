package run

import (
	"container/heap"
	"time"
)

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

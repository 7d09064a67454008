package run

import (
	"container/heap"
	"time"
)

// alarms holds the steps that wait for an instant, each for one at the most.
type alarms struct {
	heap alarmHeap
	of   map[int]time.Time // the alarm that counts; what else is in the heap was taken back
}

func (a *alarms) add(at time.Time, i int) {
	if a.of == nil {
		a.of = map[int]time.Time{}
	}
	a.of[i] = at
	heap.Push(&a.heap, alarm{at, i})
}

// remove takes a step's alarm back.
func (a *alarms) remove(i int) { delete(a.of, i) }

func (a *alarms) empty() bool { return len(a.of) == 0 }

// next returns the first instant that any step waits for, or zero.
func (a *alarms) next() time.Time {
	for len(a.heap) > 0 {
		first := a.heap[0]
		if at, counts := a.of[first.step]; counts && at.Equal(first.at) {
			return first.at
		}
		heap.Pop(&a.heap)
	}
	return time.Time{}
}

// due takes out what is due.
func (a *alarms) due(now time.Time) []int {
	var steps []int
	for at := a.next(); !at.IsZero() && !at.After(now); at = a.next() {
		first := heap.Pop(&a.heap).(alarm)
		delete(a.of, first.step)
		steps = append(steps, first.step)
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

package schedule

import "math/bits"

// topological returns the tasks such that each comes after all that it waits for, those of equal rank by number, or a
// *CycleError.
func topological(p Problem) ([]int32, error) {
	n := len(p.Tasks)
	waiting := make([]int32, n)
	edges := 0
	for i := range p.Tasks {
		waiting[i] = int32(len(p.Tasks[i].After))
		edges += len(p.Tasks[i].After)
	}
	behind := lists{at: make([]int32, n+1), all: make([]int32, edges)}
	for i := range p.Tasks {
		for _, b := range p.Tasks[i].After {
			behind.at[b+1]++
		}
	}
	for i := range n {
		behind.at[i+1] += behind.at[i]
	}
	next := make([]int32, n)
	copy(next, behind.at)
	for i := range p.Tasks {
		for _, b := range p.Tasks[i].After {
			behind.all[next[b]] = int32(i)
			next[b]++
		}
	}
	order := make([]int32, 0, n)
	for i := range p.Tasks {
		if waiting[i] == 0 {
			order = append(order, int32(i))
		}
	}
	for at := 0; at < len(order); at++ {
		for _, i := range behind.of(order[at]) {
			if waiting[i]--; waiting[i] == 0 {
				order = append(order, i)
			}
		}
	}
	if len(order) < n {
		return nil, &CycleError{cycle(p, waiting)}
	}
	return order, nil
}

// cycle walks from task to task that it waits for, among those that could not be put in order, until one comes again.
func cycle(p Problem, waiting []int32) []int {
	at := 0
	for waiting[at] == 0 {
		at++
	}
	seen := map[int]int{}
	var path []int
	for {
		if from, again := seen[at]; again {
			return path[from:]
		}
		seen[at] = len(path)
		path = append(path, at)
		for _, b := range p.Tasks[at].After {
			if waiting[b] > 0 {
				at = b
				break
			}
		}
	}
}

// mulDiv returns a*b/c for numbers that are not negative, without overflow in between; beyond an int64 it returns the
// largest one.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return never
	}
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(q, uint64(never)))
}

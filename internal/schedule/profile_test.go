package schedule

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAllProfilesFindTheSamePlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, shape{tasks: 60, resources: 6, levels: true, releases: true})
		m, err := compile(p)
		if err != nil {
			t.Fatal(err)
		}
		profiles := map[string]profile{"wide grid": newWideGrid(m), "breaks": newBreaks(m)}
		if m.words == 1 {
			profiles["grid"] = newGrid(m)
		}
		key := make([]int64, m.n)
		for j := range key {
			key[j] = rapid.Int64Range(0, 100).Draw(t, "key")
		}
		list := make([]int32, m.n)
		newLister(m).list(key, list)
		var wantLeft, wantRight []int64
		for name, room := range profiles {
			d := &decoder{m: m, room: room, keys: make([]uint64, m.n)}
			d.grid, _ = room.(*grid)
			left, right := newPlan(m.n, true), newPlan(m.n, false)
			d.forward(list, left.start)
			d.judge(left)
			if !d.backward(left.list, left.cost.end, nil, right.start) {
				t.Fatalf("%s: a plan could not be justified", name)
			}
			for j := range left.start {
				if right.start[j] < left.start[j] {
					t.Fatalf("%s: task %d starts at %d, and at %d justified to the right", name, j, left.start[j], right.start[j])
				}
			}
			if wantLeft == nil {
				wantLeft, wantRight = left.start, right.start
			}
			if diff := cmp.Diff([][]int64{wantLeft, wantRight}, [][]int64{left.start, right.start}); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	})
}

func TestParallelGenerationIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, shape{tasks: 60, resources: 6, levels: true, releases: true})
		m, err := compile(p)
		if err != nil {
			t.Fatal(err)
		}
		key := make([]int64, m.n)
		for j := range key {
			key[j] = rapid.Int64Range(0, 100).Draw(t, "key")
		}
		ranked, start := make([]int32, m.n), make([]int64, m.n)
		rankBy(key, ranked)
		newCrowd(m).forward(ranked, start)
		s := Solution{Start: make([]int64, m.n)}
		for j, i := range m.original {
			s.Start[i] = start[j] * m.unit
			s.Makespan = max(s.Makespan, (start[j]+m.dur[j])*m.unit)
		}
		if err := Check(p, s); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLanesCompareEachAmountByItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int64{100, 1<<15 - 2, 1 << 20, 1 << 40}).Draw(t, "most")
		n := rapid.IntRange(1, 9).Draw(t, "resources")
		l := lanesFor(n, most)
		a, b := make([]uint64, l.words), make([]uint64, l.words)
		want := true
		for k := range n {
			x, y := rapid.Int64Range(0, most).Draw(t, "room"), rapid.Int64Range(0, most).Draw(t, "need")
			l.put(a, k, x)
			l.put(b, k, y)
			want = want && y <= x
			if l.get(a, k) != x {
				t.Fatalf("%d was put, and %d got", x, l.get(a, k))
			}
		}
		if l.fits(a, b) != want {
			t.Fatalf("fits is %v, and should be %v", !want, want)
		}
		for w := range a {
			low, high := l.lowest(a[w], b[w]), l.highest(a[w], b[w])
			if low+high != a[w]+b[w] || !fitsWord(a[w], low, l.tops) || !fitsWord(b[w], low, l.tops) || !fitsWord(high, a[w], l.tops) {
				t.Fatalf("of %x and %x the lowest is said to be %x and the highest %x", a[w], b[w], low, high)
			}
		}
	})
}

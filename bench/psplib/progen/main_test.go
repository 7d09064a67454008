package main

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestInstancesAreAsAskedAndTheSameForTheSameSeed(t *testing.T) {
	for _, n := range []int{6, 30, 120} {
		make := func() string { return generate(n, 1.8, 0.5, 0.2, rand.New(rand.NewPCG(1, uint64(n)))) }
		text := make()
		if text != make() {
			t.Fatalf("%d jobs: twice the same seed, and two instances", n)
		}
		for _, section := range []string{"jobs (incl. supersource/sink ):", "PRECEDENCE RELATIONS:", "REQUESTS/DURATIONS:", "RESOURCEAVAILABILITIES:"} {
			if !strings.Contains(text, section) {
				t.Errorf("%d jobs: no %s", n, section)
			}
		}
	}
}

func TestNetworksHaveTheirArcs(t *testing.T) {
	for _, complexity := range []float64{1.5, 2.1} {
		after := network(120, complexity, rand.New(rand.NewPCG(1, 2)))
		arcs := 0
		for j := 1; j < len(after); j++ {
			if len(after[j]) == 0 {
				t.Errorf("job %d has no predecessor", j)
			}
			arcs += len(after[j])
			for _, a := range after[j] {
				if a >= j {
					t.Errorf("job %d comes after job %d", j, a)
				}
			}
		}
		if got := float64(arcs) / 122; got < complexity-0.2 || got > complexity+0.2 {
			t.Errorf("%.2f arcs per node, and %.2f were asked for", got, complexity)
		}
	}
}

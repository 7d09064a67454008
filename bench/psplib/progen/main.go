// Command progen writes a set of random project scheduling instances in PSPLIB's format, made in the way of ProGen
// (Kolisch, Sprecher and Drexl, Characterization and generation of a general class of resource-constrained project
// scheduling problems, Management Science 41, 1995): every combination of network complexity, resource factor and resource
// strength that the published sets of this size have, ten instances each.
//
// It is for tuning the planner on something else than the published sets, which judge it. The same arguments give the same
// files. It does not reproduce ProGen's numbers, and its instances are somewhat easier or harder than the published ones.
//
//	go run ./bench/psplib/progen [--jobs N] [--each N] [--seed S] DIR
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	jobs := flag.Int("jobs", 30, "jobs per instance")
	each := flag.Int("each", 10, "instances per combination")
	seed := flag.Uint64("seed", 1, "of all chance")
	flag.Parse()
	if flag.NArg() != 1 || *jobs < 6 {
		fmt.Fprintln(os.Stderr, "usage: progen [--jobs N] [--each N] [--seed S] DIR   (at least 6 jobs)")
		os.Exit(2)
	}
	strengths := []float64{0.2, 0.5, 0.7, 1}
	if *jobs >= 120 {
		strengths = []float64{0.1, 0.2, 0.3, 0.4, 0.5}
	}
	rng := rand.New(rand.NewPCG(*seed, uint64(*jobs)))
	set := 0
	for _, complexity := range []float64{1.5, 1.8, 2.1} {
		for _, factor := range []float64{0.25, 0.5, 0.75, 1} {
			for _, strength := range strengths {
				set++
				for i := range *each {
					name := fmt.Sprintf("j%d%d_%d.sm", *jobs, set, i+1)
					text := generate(*jobs, complexity, factor, strength, rng)
					if err := os.WriteFile(filepath.Join(flag.Arg(0), name), []byte(text), 0o644); err != nil {
						fmt.Fprintln(os.Stderr, "progen:", err)
						os.Exit(1)
					}
				}
			}
		}
	}
}

const (
	resources = 4
	fanOut    = 3 // most direct successors or predecessors
	longest   = 10
	largest   = 10
)

// generate makes one instance. Jobs 0 and n+1 are source and sink.
func generate(n int, complexity, factor, strength float64, rng *rand.Rand) string {
	after := network(n, complexity, rng)
	dur, demand := make([]int, n+2), make([][resources]int, n+2)
	for j := 1; j <= n; j++ {
		dur[j] = 1 + rng.IntN(longest)
		demand[j][rng.IntN(resources)] = 1 // at least one
	}
	for want := int(factor * float64(n*resources)); want > n; { // then as many as the factor says
		j, k := 1+rng.IntN(n), rng.IntN(resources)
		if demand[j][k] == 0 {
			demand[j][k] = 1
			want--
		}
	}
	var capacity [resources]int
	starts := earliest(dur, after)
	for k := range resources {
		least := 0
		for j := 1; j <= n; j++ {
			if demand[j][k] > 0 {
				demand[j][k] = 1 + rng.IntN(largest)
				least = max(least, demand[j][k])
			}
		}
		most := least
		for _, t := range starts { // the peak of the plan that knows no resources is at one of its starts
			used := 0
			for j := range starts {
				if starts[j] <= t && t < starts[j]+dur[j] {
					used += demand[j][k]
				}
			}
			most = max(most, used)
		}
		capacity[k] = least + int(strength*float64(most-least)+0.5)
	}
	return format(dur, demand, after, capacity)
}

// network gives every job a predecessor, every job a successor, and then arcs that say something new until there are
// enough for the complexity, which counts arcs per node.
func network(n int, complexity float64, rng *rand.Rand) [][]int {
	after, behind := make([][]int, n+2), make([]int, n+2)
	arcs := 0
	add := func(a, b int) {
		after[b] = append(after[b], a)
		behind[a]++
		arcs++
	}
	for j := 1; j <= n; j++ {
		if j <= fanOut {
			add(0, j)
			continue
		}
		for tries := 0; ; tries++ {
			if a := 1 + rng.IntN(j-1); behind[a] < fanOut || tries > n {
				add(a, j)
				break
			}
		}
	}
	for j := 1; j <= n-fanOut; j++ {
		for tries := 0; behind[j] == 0; tries++ {
			if b := j + 1 + rng.IntN(n-j); (len(after[b]) < fanOut && !reaches(after, j, b)) || tries > n {
				add(j, b)
			}
		}
	}
	for j := 1; j <= n; j++ {
		if behind[j] == 0 {
			add(j, n+1)
		}
	}
	for tries := 0; arcs < int(complexity*float64(n+2)) && tries < 100*n; tries++ {
		a := 1 + rng.IntN(n-1)
		b := a + 1 + rng.IntN(n-a)
		if behind[a] < fanOut && len(after[b]) < fanOut && !reaches(after, a, b) {
			add(a, b)
		}
	}
	return after
}

// reaches reports whether b comes after a already.
func reaches(after [][]int, a, b int) bool {
	return slices.ContainsFunc(after[b], func(c int) bool { return c == a || (c > a && reaches(after, a, c)) })
}

func earliest(dur []int, after [][]int) []int {
	starts := make([]int, len(dur))
	for j := range starts {
		for _, a := range after[j] {
			starts[j] = max(starts[j], starts[a]+dur[a])
		}
	}
	return starts
}

func format(dur []int, demand [][resources]int, after [][]int, capacity [resources]int) string {
	var b strings.Builder
	behind := make([][]int, len(dur))
	for j := range after {
		for _, a := range after[j] {
			behind[a] = append(behind[a], j)
		}
	}
	rule := strings.Repeat("*", 72) + "\n"
	fmt.Fprintf(&b, "%sjobs (incl. supersource/sink ):  %d\n%sPRECEDENCE RELATIONS:\njobnr.    #modes  #successors   successors\n",
		rule, len(dur), rule)
	for j := range dur {
		fmt.Fprintf(&b, "%4d        1    %4d     ", j+1, len(behind[j]))
		for _, next := range behind[j] {
			fmt.Fprintf(&b, " %4d", next+1)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%sREQUESTS/DURATIONS:\njobnr. mode duration  R 1  R 2  R 3  R 4\n%s\n", rule, strings.Repeat("-", 72))
	for j := range dur {
		fmt.Fprintf(&b, "%4d   1   %4d", j+1, dur[j])
		for _, d := range demand[j] {
			fmt.Fprintf(&b, " %4d", d)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%sRESOURCEAVAILABILITIES:\n  R 1  R 2  R 3  R 4\n", rule)
	for _, c := range capacity {
		fmt.Fprintf(&b, " %4d", c)
	}
	b.WriteString("\n" + rule)
	return b.String()
}

// Command psplib measures the planner on a folder of PSPLIB instances: how far its plans are above the critical path and
// above the best known ones, how often its bound proves them shortest, and how long they take. Every plan is judged by
// the independent checker; one that is invalid makes the command exit 1.
//
// It downloads nothing and keeps nothing. The figures follow the literature: the mean over instances of the percentage
// above the critical path, for a number of schedules.
//
//	go run ./bench/psplib [--schedules N] [--seed S] DIR
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"reprise/internal/schedule"
)

func main() {
	schedules := flag.Int("schedules", 1000, "schedules per instance; every pass, forward or backward, counts as one")
	seed := flag.Uint64("seed", 1, "of the planner's chance")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: psplib [--schedules N] [--seed S] DIR")
		os.Exit(2)
	}
	if err := measure(os.Stdout, flag.Arg(0), schedule.Options{Schedules: *schedules, Seed: *seed}); err != nil {
		fmt.Fprintln(os.Stderr, "psplib:", err)
		os.Exit(1)
	}
}

// tally adds up what the instances give.
type tally struct {
	instances, invalid, proven, listed, reached int
	overPath, overBest                          float64
	schedules                                   int
	total, longest                              time.Duration
}

func measure(out io.Writer, dir string, o schedule.Options) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.sm"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	best := map[[2]int]int64{}
	var instances []string
	for _, name := range names {
		if !isList(name) {
			instances = append(instances, name)
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		list, err := parseList(file)
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for at, makespan := range list { // two lists may overlap: the better one holds
			if old, twice := best[at]; !twice || makespan < old {
				best[at] = makespan
			}
		}
	}
	if len(instances) == 0 {
		return fmt.Errorf("%s holds no .sm instance: give the folder of a PSPLIB set", dir)
	}
	var sum tally
	for _, name := range instances {
		if err := sum.add(name, best, o); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	sum.print(out)
	if sum.invalid > 0 {
		return fmt.Errorf("%d plans are invalid", sum.invalid)
	}
	return nil
}

// add solves one instance.
func (t *tally) add(name string, best map[[2]int]int64, o schedule.Options) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	p, err := parseSM(file)
	file.Close()
	if err != nil {
		return err
	}
	began := time.Now()
	s, err := schedule.Solve(p, o)
	took := time.Since(began)
	if err != nil {
		return err
	}
	t.instances++
	t.total += took
	t.longest = max(t.longest, took)
	t.schedules += s.Schedules
	if err := schedule.Check(p, s); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		t.invalid++
	}
	if path := criticalPath(p); path > 0 {
		t.overPath += 100 * float64(s.Makespan-path) / float64(path)
	}
	if schedule.Bounds(p).Value >= s.Makespan {
		t.proven++
	}
	if at, ok := position(name); ok && best[at] > 0 {
		t.listed++
		t.overBest += 100 * float64(s.Makespan-best[at]) / float64(best[at])
		if s.Makespan <= best[at] {
			t.reached++
		}
	}
	return nil
}

func (t *tally) print(out io.Writer) {
	n := float64(t.instances)
	fmt.Fprintf(out, "instances            %d\n", t.instances)
	fmt.Fprintf(out, "valid                %d\n", t.instances-t.invalid)
	fmt.Fprintf(out, "over critical path   %.2f %%\n", t.overPath/n)
	if t.listed > 0 {
		fmt.Fprintf(out, "over best known      %.2f %% of %d listed, %d reached\n", t.overBest/float64(t.listed), t.listed, t.reached)
	}
	fmt.Fprintf(out, "proven shortest      %.1f %%\n", 100*float64(t.proven)/n)
	fmt.Fprintf(out, "time                 %.2f ms mean, %.2f ms at most\n", 1000*t.total.Seconds()/n, 1000*t.longest.Seconds())
	fmt.Fprintf(out, "schedules            %.0f mean\n", float64(t.schedules)/n)
}

// criticalPath is computed here once more, because figures should not depend on what they measure.
func criticalPath(p schedule.Problem) int64 {
	ends, known := make([]int64, len(p.Tasks)), make([]bool, len(p.Tasks))
	var end func(i int) int64
	end = func(i int) int64 {
		if !known[i] {
			start := int64(0)
			for _, before := range p.Tasks[i].After {
				start = max(start, end(before))
			}
			ends[i], known[i] = start+p.Tasks[i].Duration, true
		}
		return ends[i]
	}
	path := int64(0)
	for i := range p.Tasks {
		path = max(path, end(i))
	}
	return path
}

func isList(name string) bool {
	return strings.HasSuffix(name, "hrs.sm") || strings.HasSuffix(name, "opt.sm")
}

// position reads parameter and instance out of a name such as j6013_4.sm: the set's number comes first, and is what the
// folder's names have in common with their list; sets have 30, 60, 90 or 120 jobs.
func position(name string) (at [2]int, ok bool) {
	base, _ := strings.CutPrefix(strings.TrimSuffix(filepath.Base(name), ".sm"), "j")
	for _, set := range []string{"30", "60", "90", "120"} {
		rest, ours := strings.CutPrefix(base, set)
		par, inst, two := strings.Cut(rest, "_")
		if !ours || !two {
			continue
		}
		p, err1 := strconv.Atoi(par)
		i, err2 := strconv.Atoi(inst)
		if err1 == nil && err2 == nil {
			return [2]int{p, i}, true
		}
	}
	return at, false
}

package schedule

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shape says what random problems hold.
type shape struct {
	tasks, resources                     int
	levels, releases, dues, tiers, scale bool
}

// draw makes a problem that has a plan: each task fits the last level of every resource.
func draw(t *rapid.T, s shape) Problem {
	unit := int64(1)
	if s.scale {
		unit = rapid.SampledFrom([]int64{1, 7, 60, 1_000_000_007}).Draw(t, "unit")
	}
	p := Problem{Capacity: make([][]Level, rapid.IntRange(0, s.resources).Draw(t, "resources"))}
	most := make([]int64, len(p.Capacity))
	for k := range p.Capacity {
		at := int64(0)
		if s.levels {
			for range rapid.IntRange(0, 3).Draw(t, "levels") {
				p.Capacity[k] = append(p.Capacity[k], Level{at, rapid.Int64Range(0, 8).Draw(t, "amount")})
				at += unit * rapid.Int64Range(1, 9).Draw(t, "lasts")
			}
		}
		most[k] = rapid.Int64Range(1, 8).Draw(t, "forever")
		if s.scale && rapid.Bool().Draw(t, "much") {
			most[k] *= 1_000_003
		}
		p.Capacity[k] = append(p.Capacity[k], Level{at, most[k]})
	}
	p.Tasks = make([]Task, rapid.IntRange(0, s.tasks).Draw(t, "tasks"))
	for i := range p.Tasks {
		task := Task{Duration: unit * rapid.Int64Range(0, 9).Draw(t, "duration"), Demand: make([]int64, len(p.Capacity))}
		for k := range task.Demand {
			task.Demand[k] = rapid.Int64Range(0, most[k]).Draw(t, "demand")
		}
		for range min(i, rapid.IntRange(0, 2).Draw(t, "waits")) {
			task.After = append(task.After, rapid.IntRange(0, i-1).Draw(t, "after"))
		}
		if s.releases {
			task.Release = unit * rapid.Int64Range(0, 12).Draw(t, "release")
		}
		if s.dues && rapid.Bool().Draw(t, "dated") {
			task.Due = unit * rapid.Int64Range(1, 30).Draw(t, "due")
		}
		if s.tiers {
			task.Tier = rapid.IntRange(0, 3).Draw(t, "tier")
		}
		p.Tasks[i] = task
	}
	return p
}

var everything = shape{tasks: 25, resources: 6, levels: true, releases: true, dues: true, tiers: true, scale: true}

func solved(t interface{ Fatal(...any) }, p Problem, o Options) Solution {
	s, err := Solve(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryPlanIsValidAndNoneBeatsTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, everything)
		o := Options{Schedules: rapid.IntRange(0, 300).Draw(t, "schedules"), Seed: rapid.Uint64().Draw(t, "seed")}
		bound := Bounds(p).Value
		plans, last := 0, 0
		err := SolveEach(p, o, func(s Solution) bool {
			plans++
			if err := Check(p, s); err != nil {
				t.Fatal(err)
			}
			if s.Makespan < bound {
				t.Fatalf("a plan of %d is below the bound %v", s.Makespan, Bounds(p))
			}
			if s.Schedules < last || s.Schedules > max(1, o.Schedules) {
				t.Fatalf("a plan after %d schedules comes behind one after %d, of %d", s.Schedules, last, o.Schedules)
			}
			last = s.Schedules
			return true
		})
		if err != nil || plans == 0 {
			t.Fatalf("%d plans, %v", plans, err)
		}
	})
}

func TestTheSameArgumentsGiveTheSamePlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, everything)
		o := Options{Schedules: rapid.IntRange(1, 300).Draw(t, "schedules"), Seed: rapid.Uint64().Draw(t, "seed")}
		if diff := cmp.Diff(solved(t, p, o), solved(t, p, o)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMoreSchedulesAreNeverWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, everything)
		few, more := rapid.IntRange(1, 300).Draw(t, "few"), rapid.IntRange(0, 300).Draw(t, "more")
		seed := rapid.Uint64().Draw(t, "seed")
		a, b := solved(t, p, Options{few, seed}), solved(t, p, Options{few + more, seed})
		if b.Schedules > few+more {
			t.Fatalf("%d schedules, and %d were allowed", b.Schedules, few+more)
		}
		if scoreOf(t, p, a).less(scoreOf(t, p, b)) {
			t.Fatalf("%v after %d schedules, and %v after %d more", scoreOf(t, p, a), few, scoreOf(t, p, b), more)
		}
	})
}

// score is what plans are compared by, computed here once more.
type score []int64

func (s score) less(than score) bool {
	for i := range s {
		if s[i] != than[i] {
			return s[i] < than[i]
		}
	}
	return false
}

func scoreOf(t interface{ Fatal(...any) }, p Problem, s Solution) score {
	tier := effective(p)
	var all score
	for c := 1; c <= 4; c++ {
		late, end := int64(0), int64(0)
		for i, task := range p.Tasks {
			if tier[i] == c {
				done := s.Start[i] + task.Duration
				if end = max(end, done); task.Due > 0 {
					late += max(0, done-task.Due)
				}
			}
		}
		all = append(all, late, end)
	}
	return all
}

// effective is each task's tier as inherited, 4 for none. Tasks drawn here only wait for lower numbers.
func effective(p Problem) []int {
	tier := make([]int, len(p.Tasks))
	for i := range tier {
		if tier[i] = p.Tasks[i].Tier; tier[i] == 0 {
			tier[i] = 4
		}
	}
	for i := len(tier) - 1; i >= 0; i-- {
		for _, b := range p.Tasks[i].After {
			tier[b] = min(tier[b], tier[i])
		}
	}
	return tier
}

func TestLowerTiersDelayTheFirstByFivePercentAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := everything
		s.tasks = 40
		p := draw(t, s)
		o := Options{Schedules: rapid.IntRange(1, 400).Draw(t, "schedules"), Seed: rapid.Uint64().Draw(t, "seed")}
		tier := effective(p)
		alone, number := Problem{Capacity: p.Capacity}, map[int]int{}
		for i, task := range p.Tasks {
			if tier[i] != 1 {
				continue
			}
			number[i] = len(alone.Tasks)
			var after []int
			for _, b := range task.After {
				after = append(after, number[b])
			}
			task.After, task.Tier = after, 1
			alone.Tasks = append(alone.Tasks, task)
		}
		if len(alone.Tasks) == 0 {
			return
		}
		whole, end := solved(t, p, o), int64(0)
		for i := range p.Tasks {
			if tier[i] == 1 {
				end = max(end, whole.Start[i]+p.Tasks[i].Duration)
			}
		}
		if best := solved(t, alone, o).Makespan; float64(end) > 1.05*float64(best) {
			t.Fatalf("tier 1 ends at %d, and alone at %d", end, best)
		}
	})
}

// optimum tries every order of the tasks: one of them, each task started as early as it can, is optimal.
func optimum(p Problem) int64 {
	start, placed := make([]int64, len(p.Tasks)), make([]bool, len(p.Tasks))
	best := int64(math.MaxInt64)
	var try func(left int, end int64)
	try = func(left int, end int64) {
		if left == 0 {
			best = min(best, end)
			return
		}
		for i, task := range p.Tasks {
			at, ready := task.Release, !placed[i]
			for _, b := range task.After {
				ready = ready && placed[b]
				at = max(at, start[b]+p.Tasks[b].Duration)
			}
			if !ready {
				continue
			}
			for !fitsAt(p, start, placed, i, at) {
				at++
			}
			start[i], placed[i] = at, true
			try(left-1, max(end, at+task.Duration))
			placed[i] = false
		}
	}
	try(len(p.Tasks), 0)
	return best
}

func fitsAt(p Problem, start []int64, placed []bool, i int, at int64) bool {
	for now := at; now < at+p.Tasks[i].Duration; now++ {
		for k, levels := range p.Capacity {
			free := int64(0)
			for _, level := range levels {
				if level.From <= now {
					free = level.Amount
				}
			}
			for j, on := range placed {
				if on && start[j] <= now && now < start[j]+p.Tasks[j].Duration {
					free -= p.Tasks[j].Demand[k]
				}
			}
			if free < p.Tasks[i].Demand[k] {
				return false
			}
		}
	}
	return true
}

func TestTinyProblemsAreSolvedToTheOptimum(t *testing.T) {
	cases, missed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, shape{tasks: 6, resources: 3, levels: true, releases: true})
		best, s := optimum(p), solved(t, p, Options{Schedules: 500, Seed: 1})
		if s.Makespan < best {
			t.Fatalf("%d is better than the optimum %d", s.Makespan, best)
		}
		if b := Bounds(p); b.Value > best {
			t.Fatalf("the bound %+v is above the optimum %d", b, best)
		}
		if cases++; s.Makespan > best {
			missed++
		}
	})
	if missed*20 > cases {
		t.Fatalf("%d of %d tiny problems are not solved to the optimum", missed, cases)
	}
}

func TestWhatIsMalformedIsNamed(t *testing.T) {
	one := []Level{{0, 1}}
	for name, c := range map[string]struct {
		p    Problem
		want any
	}{
		"circle":      {Problem{Tasks: []Task{{After: []int{1}}, {After: []int{2}}, {After: []int{1}}}}, &CycleError{[]int{1, 2}}},
		"itself":      {Problem{Tasks: []Task{{After: []int{0}}}}, &CycleError{[]int{0}}},
		"too much":    {Problem{[]Task{{Duration: 1, Demand: []int64{2}}}, [][]Level{one}}, &FitError{0, 0, 2, 1}},
		"no capacity": {Problem{[]Task{{Duration: 1, Demand: []int64{2}}}, [][]Level{nil}}, &FitError{0, 0, 2, 0}},
		"demands":     {Problem{[]Task{{}}, [][]Level{one}}, &ShapeError{0, -1, "it has 0 demands, and there are 1 resources"}},
		"nobody":      {Problem{Tasks: []Task{{After: []int{3}}}}, &ShapeError{0, -1, "it comes after task 3, which there is not"}},
		"order":       {Problem{nil, [][]Level{{{5, 1}, {5, 2}}}}, &ShapeError{-1, 0, "level 1 does not come after the one before it"}},
		"negative":    {Problem{Tasks: []Task{{Duration: -1}}}, &ShapeError{0, -1, "its duration is negative"}},
		"for ever": {Problem{Tasks: []Task{{Duration: math.MaxInt64}}},
			&ShapeError{0, -1, "the sum of all durations up to it is beyond what can be counted: use a longer tick"}},
	} {
		_, err := Solve(c.p, Options{})
		if diff := cmp.Diff(c.want, any(err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestHugeNumbersDoNotOverflow(t *testing.T) {
	const long, much = farthest / 40, int64(math.MaxInt64)
	p := Problem{Capacity: [][]Level{{{0, 0}, {7, much}}, {{0, farthest / 10}}}}
	for i := range int64(30) {
		task := Task{Duration: long - i*i, Demand: []int64{farthest - i, farthest / (11 + i)}, Due: long * 3}
		if i > 4 {
			task.After = []int{int(i - 5)}
		}
		p.Tasks = append(p.Tasks, task)
	}
	s := solved(t, p, Options{Schedules: 200})
	if err := Check(p, s); err != nil || Bounds(p).Value > s.Makespan {
		t.Fatal(err, Bounds(p).Value, s.Makespan)
	}
}

func TestCheckSeesWhatIsWrong(t *testing.T) {
	p := Problem{
		Tasks: []Task{{Duration: 2, Demand: []int64{1}}, {Duration: 2, Demand: []int64{1}, After: []int{0}},
			{Duration: 1, Demand: []int64{1}, Release: 9}},
		Capacity: [][]Level{{{0, 1}, {5, 0}, {8, 1}}},
	}
	for name, c := range map[string]struct {
		start []int64
		end   int64
		valid bool
	}{
		"right":         {[]int64{0, 2, 9}, 10, true},
		"too early":     {[]int64{0, 1, 9}, 10, false},
		"not released":  {[]int64{0, 2, 8}, 9, false},
		"in the break":  {[]int64{0, 4, 9}, 10, false},
		"two at once":   {[]int64{0, 8, 9}, 10, false},
		"wrong end":     {[]int64{0, 2, 9}, 9, false},
		"one forgotten": {[]int64{0, 2}, 10, false},
		"before time":   {[]int64{-1, 2, 9}, 10, false},
	} {
		if err := Check(p, Solution{Start: c.start, Makespan: c.end}); (err == nil) != c.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Solve(p, Options{}); err != nil {
		t.Error(err)
	}
}

func TestBoundsSayWhatTheyFollowFrom(t *testing.T) {
	three := func(demand int64, durations ...int64) Problem {
		p := Problem{Capacity: [][]Level{{{0, 4}}}}
		for _, d := range durations {
			p.Tasks = append(p.Tasks, Task{Duration: d, Demand: []int64{demand}})
		}
		return p
	}
	path := three(1, 5, 5, 1)
	path.Tasks[1].After = []int{0}
	tail := three(4, 5, 5, 3)
	tail.Tasks[2] = Task{Duration: 3, Demand: []int64{0}, After: []int{0, 1}}
	alone := three(3, 5, 5, 5)
	alone.Tasks[0].Demand[0], alone.Capacity[0][0].Amount = 4, 5
	shifts := three(2, 5, 5, 4)
	shifts.Capacity[0] = []Level{{0, 0}, {10, 4}}
	for name, c := range map[string]struct {
		p    Problem
		want Bound
	}{
		"path":   {path, Bound{10, CriticalPath, -1, []int{0, 1}}},
		"energy": {three(2, 5, 5, 4), Bound{7, Energy, 0, nil}},
		"alone":  {alone, Bound{15, OneAtATime, 0, nil}},
		"tail":   {tail, Bound{13, HeadTail, 0, nil}},
		// Demands and capacity are divided by what they have in common first: 3 of 4 is 1 of 1.
		"rounded": {three(3, 5, 5, 5), Bound{15, Energy, 0, nil}},
		"shifts":  {shifts, Bound{17, Energy, 0, nil}},
	} {
		if diff := cmp.Diff(c.want, Bounds(c.p)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package schedule

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// estate is as many services as asked for, each with five steps, most of which need another service's last step; lanes,
// crew, bandwidth and memory are short.
func estateOf(services, tiers int) Problem {
	rng := rand.New(rand.NewPCG(1, 2))
	p := Problem{Capacity: [][]Level{{{0, 40}}, {{0, 12}, {28_800, 4}, {57_600, 12}}, {{0, 10_000}}, {{0, 4_000_000}}}}
	for s := range services {
		for step := range 5 {
			task := Task{Duration: 30 * (1 + rng.Int64N(40)), Demand: []int64{1, 0, rng.Int64N(2000), 1000 * rng.Int64N(100)}}
			if step == 4 {
				task.Demand[1] = 1 + rng.Int64N(2)
			}
			if tiers > 0 {
				task.Tier = 1 + s*tiers/services
			}
			switch {
			case step > 0:
				task.After = []int{len(p.Tasks) - 1}
			case s > 10 && rng.IntN(10) < 7:
				task.After = []int{5*rng.IntN(s) + 4}
			}
			p.Tasks = append(p.Tasks, task)
		}
	}
	return p
}

// dense is 10,000 chains that all could start at once, with demands of which hardly two are alike.
func denseOf(services int) Problem {
	p := estateOf(services, 0)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range p.Tasks {
		t := &p.Tasks[i]
		if i%5 == 0 {
			t.After = nil
		}
		t.Duration = 1 + rng.Int64N(100_000)
		t.Demand = []int64{1, rng.Int64N(5), rng.Int64N(10_000), rng.Int64N(4_000_000)}
	}
	return p
}

func TestAnEstateOfTenThousandServicesIsPlannedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("scale: left out with -short")
	}
	for name, p := range map[string]Problem{"estate": estateOf(10_000, 0), "tiers": estateOf(10_000, 4), "dense": denseOf(10_000)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		s := solved(t, p, Options{Schedules: 1})
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d tasks in %v, %d MB allocated, %d against a bound of %d", name, len(p.Tasks), took.Round(time.Millisecond),
			(after.TotalAlloc-before.TotalAlloc)>>20, s.Makespan, Bounds(p).Value)
		if err := Check(p, s); err != nil {
			t.Fatal(err)
		}
		if took > 20*time.Second {
			t.Errorf("%s: %v, which is far too long even for a slow machine", name, took)
		}
	}
}

func BenchmarkFirstPlan(b *testing.B) {
	for name, services := range map[string]int{"50000": 10_000, "500000": 100_000} {
		p := estateOf(services, 0)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				solved(b, p, Options{Schedules: 1})
			}
		})
	}
}

func BenchmarkThousandSchedules(b *testing.B) {
	for name, services := range map[string]int{"30": 6, "60": 12, "120": 24, "1200": 240} {
		p := estateOf(services, 0)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				solved(b, p, Options{Schedules: 1000})
			}
		})
	}
}

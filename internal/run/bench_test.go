package run

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"reprise/internal/action"
	"reprise/internal/estate"
	"reprise/internal/journal/filelog"
)

// noop is an action inside this process that does nothing, so that a run of it measures the journal and the machine.
type noop struct{}

func (noop) Do(context.Context, action.Request) (estate.Result, error) {
	return estate.Result{Outcome: estate.AttemptDone}, nil
}

func (noop) Find(context.Context, action.Request, func()) (estate.Result, error) {
	return estate.Result{Outcome: estate.AttemptNotStarted}, nil
}

func (noop) Observe(context.Context, action.Request) (action.Observation, error) {
	return action.Observation{}, nil
}

// BenchmarkDurableSteps runs 10,000 steps that do nothing on 8 lanes, every fact on disk before what follows from it. It
// prints steps, facts and fsyncs per second, on this machine's disk and with 2 ms added to every fsync.
func BenchmarkDurableSteps(b *testing.B) {
	for _, delay := range []time.Duration{0, 2 * time.Millisecond} {
		b.Run(fmt.Sprintf("fsync+%s", delay), func(b *testing.B) {
			var steps, facts, synced int
			var syncs atomic.Int64
			var took time.Duration
			for b.Loop() {
				b.StopTimer()
				d, opts := durableRun(b, 10_000), filelog.Options{Sync: func(f *os.File) error {
					syncs.Add(1)
					if delay > 0 {
						time.Sleep(delay)
					}
					return f.Sync()
				}}
				log, _, err := filelog.Open(b.TempDir(), opts)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := log.Append(b.Context(), "r1", 0, opened(d.plan)); err != nil {
					b.Fatal(err)
				}
				state := replay(b, log)
				driver := NewDriver(Setup{
					Log: log, Actions: action.Set{estate.RunStep: noop{}}, Now: time.Now,
					Debug: slog.New(slog.DiscardHandler), Estate: d.est, By: "bench",
				}, state)
				syncs.Store(0)
				b.StartTimer()
				began := time.Now()
				if err := driver.Run(b.Context()); err != nil {
					b.Fatal(err)
				}
				took += time.Since(began)
				b.StopTimer()
				if driver.State().Status != estate.Completed {
					b.Fatalf("the run ended %s", driver.State().Status)
				}
				steps += len(d.plan.Steps)
				facts += int(driver.State().Index)
				synced += int(syncs.Load())
				log.Close()
				b.StartTimer()
			}
			b.ReportMetric(float64(steps)/took.Seconds(), "steps/s")
			b.ReportMetric(float64(facts)/took.Seconds(), "facts/s")
			b.ReportMetric(float64(synced)/took.Seconds(), "fsyncs/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

type durable struct {
	est  estate.Estate
	plan estate.Plan
}

// durableRun is a plan of n steps: services of two steps each, on eight lanes.
func durableRun(b *testing.B, n int) durable {
	b.Helper()
	est := estate.Estate{
		Sites:     map[estate.SiteID]estate.Site{"main": {}, "spare": {Capacity: estate.Capacity{Lanes: 8}}},
		Platforms: map[estate.PlatformID]estate.Platform{"hyp": {Site: "main"}, "hyp-spare": {Site: "spare"}},
		Recipes: map[estate.RecipeID]estate.Recipe{"noop": {Steps: []estate.Step{
			{Name: "one", Run: []string{"noop"}, Uses: estate.Uses{Lanes: 1}},
			{Name: "two", Run: []string{"noop"}, Uses: estate.Uses{Lanes: 1}},
		}}},
		Services: map[estate.ServiceID]estate.Service{},
	}
	for i := range n / 2 {
		est.Services[estate.ServiceID(fmt.Sprintf("service-%05d", i))] = estate.Service{
			Tier: 1 + i%3, RunsOn: "hyp", Recovery: &estate.Recovery{Recipe: "noop", To: "hyp-spare"},
		}
	}
	return durable{est, planAll(b, est)}
}

package filelog_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"reprise/internal/estate"
	"reprise/internal/fact"
	"reprise/internal/journal/filelog"
)

// BenchmarkAppend measures durable appends: by one caller and by 16 runs at once, as the disk is and with every sync made
// 2 ms slower, as on a disk that does not lie.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 16} {
		for _, size := range []int{1, 16} {
			for _, slower := range []time.Duration{0, 2 * time.Millisecond} {
				b.Run(fmt.Sprintf("callers=%d/group=%d/sync+%v", callers, size, slower), func(b *testing.B) {
					benchmarkAppend(b, callers, size, slower)
				})
			}
		}
	}
}

func benchmarkAppend(b *testing.B, callers, size int, slower time.Duration) {
	var syncs atomic.Int64
	log, _ := open(b, b.TempDir(), filelog.Options{Sync: func(f *os.File) error {
		syncs.Add(1)
		if slower > 0 {
			<-time.After(slower)
		}
		return f.Sync()
	}})
	var left atomic.Int64
	left.Store(int64(b.N))
	syncs.Store(0)
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range callers {
		run := estate.RunID(fmt.Sprintf("2024-05-17-%02d", i))
		wg.Go(func() {
			facts := make([]fact.Fact, size)
			for j := range facts {
				facts[j] = fact.Fact{Run: run, At: time.Now(), Body: fact.StepIntended{
					Attempt: estate.Attempt{Step: "guichet-unique/restaurer", Part: estate.Do, Number: 1},
					Key:     "2024-05-17-01/guichet-unique/restaurer/do/1",
				}}
			}
			for after := uint64(0); left.Add(-1) >= 0; after += uint64(size) {
				if _, err := log.Append(b.Context(), run, after, facts); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N*size)/seconds, "facts/s")
	b.ReportMetric(float64(syncs.Load())/seconds, "fsyncs/s")
}

// BenchmarkOpen measures what verifying costs.
func BenchmarkOpen(b *testing.B) {
	dir := fill(b, 40_000, filelog.Options{Sync: func(*os.File) error { return nil }})
	var bytes int64
	for _, f := range files(b, dir) {
		bytes += int64(len(f))
	}
	b.SetBytes(bytes)
	for b.Loop() {
		log, opened, err := filelog.Open(dir, filelog.Options{})
		if err != nil || opened.Records != 40_000 {
			b.Fatal(opened, err)
		}
		log.Close()
	}
}

// BenchmarkFollow measures a view that reads each new record of a log that has many.
func BenchmarkFollow(b *testing.B) {
	dir := fill(b, 40_000, filelog.Options{Sync: func(*os.File) error { return nil }})
	log, _ := open(b, dir, filelog.Options{})
	for b.Loop() {
		n := 0
		if err := log.Read(b.Context(), 39_999, func(fact.Record) bool { n++; return true }); err != nil || n != 1 {
			b.Fatal(n, err)
		}
	}
}

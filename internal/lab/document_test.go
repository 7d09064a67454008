package lab

import (
	"strings"
	"testing"
	"time"

	"reprise/internal/estate"
	"reprise/internal/view"
)

func TestDocumentSumsBothRecoveries(t *testing.T) {
	began := time.Date(2018, 12, 21, 8, 0, 0, 0, time.UTC)
	back := func(tier int, since time.Time, after, start float64) view.ServiceBack {
		at := since.Add(time.Duration((start + after) * float64(time.Second)))
		return view.ServiceBack{Tier: tier, At: at, AfterS: after}
	}
	later := began.Add(time.Minute)
	d := documentOf(4, []outage{
		{began, view.RunDocument{State: estate.Completed, LowerBoundS: 9, OneByOneS: 40, Resolved: 2, Adopted: 1,
			ServicesBack: []view.ServiceBack{back(1, began, 4, 0.5), back(2, began, 10, 0.5)}}},
		{later, view.RunDocument{State: estate.Completed, LowerBoundS: 11, OneByOneS: 50, Resolved: 1,
			ServicesBack: []view.ServiceBack{back(1, later, 6, 1), back(3, later, 14, 1)}}},
	}, Account{Effects: 8})
	d.Restored = 4
	if d.MakespanS != 24 || d.LowerBoundS != 20 || d.OneByOneS != 90 || d.Ratio != 1.2 {
		t.Errorf("makespan %v, bound %v, one by one %v, ratio %v", d.MakespanS, d.LowerBoundS, d.OneByOneS, d.Ratio)
	}
	if d.T50S != 7 || d.T90S != 15 || d.Tier1LastS != 7 {
		t.Errorf("t50 %v, t90 %v, tier 1 %v; each counts from its own incident", d.T50S, d.T90S, d.Tier1LastS)
	}
	if d.UnknownResolved != 3 || d.Adopted != 1 || d.Effects != 8 {
		t.Errorf("%+v", d)
	}
	if !d.Succeeded() {
		t.Error("all is back, and that is no success")
	}
}

func TestWhatIsNoSuccess(t *testing.T) {
	whole := Document{Services: 120, Restored: 120, Runs: []string{"completed", "completed"}}
	for name, spoil := range map[string]func(*Document){
		"one missing":       func(d *Document) { d.Restored-- },
		"one twice":         func(d *Document) { d.EffectsRepeated++ },
		"one anew":          func(d *Document) { d.RestartedRunning++ },
		"with an exception": func(d *Document) { d.Runs = []string{"completed", "completed-with-exceptions"} },
		"without a run":     func(d *Document) { d.Runs = nil },
	} {
		d := whole
		if spoil(&d); d.Succeeded() {
			t.Errorf("%s: a success", name)
		}
		var told strings.Builder
		if d.Tell(&told); !strings.Contains(told.String(), "the demo has failed") {
			t.Errorf("%s: not told\n%s", name, told.String())
		}
	}
	if !whole.Succeeded() {
		t.Error("the whole is no success")
	}
}

func TestPercentileOfWhatNeverCameBack(t *testing.T) {
	if got := percentile([]float64{1, 2, 3}, 4, 90); got != -1 {
		t.Errorf("%v; nine in ten were never back", got)
	}
}

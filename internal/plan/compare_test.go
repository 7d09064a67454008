package plan

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestThePlanIsComparedWithWhatOthersWouldDo(t *testing.T) {
	est := chainOf(4, 2) // a chain of four and four alone, ten seconds each, on two lanes
	p, err := makePlan(est, "main")
	if err != nil {
		t.Fatal(err)
	}
	ways := map[string]time.Duration{}
	for _, way := range Compare(est, p) {
		ways[way.Name] = way.Makespan
	}
	for name, want := range map[string]time.Duration{
		"this plan": 40 * time.Second, "in any order that the needs allow": 60 * time.Second, "one by one": 80 * time.Second,
	} {
		if ways[name] != want {
			t.Errorf("%s it takes %s; want %s", name, ways[name], want)
		}
	}
	if ways["in five priority groups"] <= ways["this plan"] {
		t.Errorf("barriers cost nothing: %v", ways)
	}
}

func TestNoOtherWayBeatsTheBoundAndOneByOneIsTheirSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		est := anyEstate(t)
		p, err := makePlan(est, "main")
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range Compare(est, p) {
			if way.Makespan < p.Forecast.LowerBound.Std() {
				t.Fatalf("%s takes %s, below the bound of %s", way.Name, way.Makespan, p.Forecast.LowerBound)
			}
			if way.Name == "one by one" && way.Makespan != p.Forecast.OneByOne.Std() {
				t.Fatalf("one by one takes %s instead of %s", way.Makespan, p.Forecast.OneByOne)
			}
		}
	})
}

func TestWhatOneMoreIsWorth(t *testing.T) {
	est := chainOf(4, 1)
	p, err := makePlan(est, "main")
	if err != nil {
		t.Fatal(err)
	}
	gains := Worth(est, p)
	if len(gains) != 1 || gains[0].More != "1 more lane at spare" || gains[0].Saves != 40*time.Second {
		t.Errorf("gains are %v", gains)
	}
	// With the chain as the bottleneck another lane is worth nothing.
	est = chainOf(4, 3)
	p, _ = makePlan(est, "main")
	if gains := Worth(est, p); gains[0].Saves != 0 {
		t.Errorf("gains are %v", gains)
	}
}

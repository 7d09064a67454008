package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/schedule"
)

func TestAnInstanceIsReadAsItStands(t *testing.T) {
	file, err := os.Open("testdata/tiny/j301_1.sm")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := parseSM(file)
	if err != nil {
		t.Fatal(err)
	}
	want := schedule.Problem{
		Tasks: []schedule.Task{
			{Demand: []int64{0}},
			{Duration: 4, Demand: []int64{2}, After: []int{0}},
			{Duration: 4, Demand: []int64{2}, After: []int{0}},
			{Duration: 1, Demand: []int64{1}, After: []int{0}},
			{Demand: []int64{0}, After: []int{1, 2, 3}},
		},
		Capacity: [][]schedule.Level{{{From: 0, Amount: 3}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoInstanceIsRefused(t *testing.T) {
	whole, err := os.ReadFile("testdata/tiny/j301_1.sm")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"empty":      {string(whole), "", "this is not an instance"},
		"jobs":       {":  5", ":  x", "no number of jobs"},
		"successor":  {"   2        1          1           5", "   2        1          1           9", "no successor 9"},
		"announced":  {"   2        1          1           5", "   2        1          2           5", "2 successors announced and 1 listed"},
		"job":        {"  3      1     4       2", "  7      1     4       2", "not a job with one mode"},
		"two modes":  {"  3      1     4       2", "  3      2     4       2", "not a job with one mode"},
		"capacities": {"  R 1\n    3", "  R 1", "this is not an instance"},
	} {
		_, err := parseSM(strings.NewReader(strings.Replace(string(whole), c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, and %q was expected", name, err, c.want)
		}
	}
}

func TestAFolderIsMeasured(t *testing.T) {
	var out bytes.Buffer
	if err := measure(&out, "testdata/tiny", schedule.Options{Schedules: 50, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"instances            1\n", "valid                1\n", "over critical path   100.00 %\n",
		"over best known      0.00 % of 1 listed, 1 reached\n", "proven shortest      100.0 %\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if err := measure(&out, t.TempDir(), schedule.Options{}); err == nil {
		t.Error("an empty folder was measured")
	}
}

func TestNamesAreUnderstood(t *testing.T) {
	for name, want := range map[string][2]int{"j301_1.sm": {1, 1}, "j6048_10.sm": {48, 10}, "j12060_7.sm": {60, 7}, "j9012_3.sm": {12, 3}} {
		if got, ok := position("some/where/" + name); !ok || got != want {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	for _, name := range []string{"pat1.sm", "j30.sm", "jx_1.sm"} {
		if got, ok := position(name); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}

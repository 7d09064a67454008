package diag

import (
	"errors"
	"fmt"
	"testing"
)

func TestAFindingSaysWhatWhereAndWhatNext(t *testing.T) {
	d := Diagnostic{
		Pos: Pos{"estate.yaml", 12, 5}, Code: "unknown-key", Severity: Error,
		Message: `there is no key "pltform" here`, Next: "did you mean platform?", Quote: "\té: {pltform: hyp}",
	}
	want := "estate.yaml:12:5: unknown-key: there is no key \"pltform\" here\n" +
		"    \té: {pltform: hyp}\n" +
		"    \t   ^\n" +
		"  next: did you mean platform?\n"
	if got := d.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAListIsAnErrorOnlyIfItHoldsOne(t *testing.T) {
	l := List{{Code: "a", Severity: Warning}}
	if err := l.Err(); err != nil {
		t.Errorf("warnings alone are the error %v", err)
	}
	l = append(l, Diagnostic{Code: "b", Severity: Error})
	if back, is := Of(fmt.Errorf("load: %w", l.Err())); !is || len(back) != 2 {
		t.Errorf("Of = %v, %t", back, is)
	}
	if _, is := Of(errors.New("other")); is {
		t.Error("any error is a list")
	}
}

func TestFindingsComeInTheOrderOfTheirPlaces(t *testing.T) {
	l := List{{Pos: Pos{"b", 1, 1}}, {Pos: Pos{"a", 2, 1}}, {Pos: Pos{"a", 1, 9}}, {Pos: Pos{"a", 1, 2}, Code: "z"}, {Pos: Pos{"a", 1, 2}, Code: "y"}}
	l.Sort()
	got := ""
	for _, d := range l {
		got += d.Pos.String() + string(d.Code) + " "
	}
	if want := "a:1:2y a:1:2z a:1:9 a:2:1 b:1:1 "; got != want {
		t.Errorf("order is %s; want %s", got, want)
	}
}

func TestAMisspeltWordFindsItsNeighbour(t *testing.T) {
	words := []string{"platform", "platforms", "probe", "recovery", "runs_on"}
	for word, want := range map[string]string{
		"platfrom": "platform", "plattforms": "platforms", "prob": "probe", "runson": "runs_on", "recvoery": "recovery", "moon": "", "x": "",
	} {
		if got, _ := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q; want %q", word, got, want)
		}
	}
}

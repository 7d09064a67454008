package estatefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reprise/internal/diag"
)

// circles parses an estate with these needs and returns what is reported, code and circle.
func circles(t interface{ Fatalf(string, ...any) }, needs map[string]string) []string {
	var b strings.Builder
	b.WriteString("sites: {main: {}}\nplatforms: {host: {site: main}}\nservices:\n")
	for _, name := range sortedKeys(needs) {
		fmt.Fprintf(&b, "  %s: {tier: 1, runs_on: host, needs: [%s]}\n", name, needs[name])
	}
	_, findings := Parse("estate.yaml", []byte(b.String()))
	var out []string
	for _, d := range findings {
		if d.Code != codeCycle && d.Code != codeRunningCycle {
			t.Fatalf("unexpected finding\n%s", d.Text())
		}
		_, circle, _ := strings.Cut(d.Message, ": ")
		out = append(out, string(d.Code)+" "+circle)
	}
	return out
}

func TestCircles(t *testing.T) {
	for name, c := range map[string]struct {
		needs map[string]string
		want  []string
	}{
		"none":                              {map[string]string{"a": "b", "b": "c", "c": ""}, nil},
		"itself":                            {map[string]string{"a": "a"}, []string{"cycle a -> a"}},
		"what needs a circle is not in it":  {map[string]string{"a": "b", "b": "c", "c": "b", "d": "a"}, []string{"cycle b -> c -> b"}},
		"two of them":                       {map[string]string{"a": "b", "b": "a", "c": "d, a", "d": "c"}, []string{"cycle a -> b -> a", "cycle c -> d -> c"}},
		"an alternative opens it":           {map[string]string{"a": "{any_of: [b, c]}", "b": "a", "c": ""}, nil},
		"all alternatives close it":         {map[string]string{"a": "{any_of: [b, c]}", "b": "a", "c": "a"}, []string{"cycle a -> b -> a"}},
		"an alternative is itself in one":   {map[string]string{"a": "{any_of: [b, x]}", "b": "a", "x": "z", "z": "x"}, []string{"cycle x -> z -> x"}},
		"what merely may need a circle":     {map[string]string{"a": "a", "d": "{any_of: [a, e]}, d", "e": "{any_of: [d, e]}"}, []string{"cycle a -> a", "cycle d -> d"}},
		"the shortest is shown":             {map[string]string{"a": "b", "b": "c", "c": "a, b"}, []string{"cycle b -> c -> b"}},
		"while running":                     {map[string]string{"a": "b", "b": "{name: a, when: running}"}, []string{"running-cycle b -> a -> b"}},
		"itself while running":              {map[string]string{"a": "{name: a, when: running}"}, []string{"running-cycle a -> a"}},
		"a circle hides that while running": {map[string]string{"a": "b, {name: b, when: running}", "b": "a"}, []string{"cycle a -> b -> a"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := circles(t, c.needs); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A circle is reported exactly if repeating "what has all it needs is ordered" does not reach every service, and what is
// reported is a circle.
func TestCirclesAreWhatCannotBeOrdered(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	rapid.Check(t, func(t *rapid.T) {
		alternatives := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID)
		needs := map[string][][]string{}
		text := map[string]string{}
		for _, name := range names {
			needs[name] = rapid.SliceOfN(alternatives, 0, 2).Draw(t, name)
			var written []string
			for _, need := range needs[name] {
				written = append(written, "{any_of: ["+strings.Join(need, ", ")+"]}")
			}
			text[name] = strings.Join(written, ", ")
		}
		ordered := map[string]bool{}
		for range names {
			for _, name := range names {
				if !slices.ContainsFunc(needs[name], func(need []string) bool {
					return !slices.ContainsFunc(need, func(other string) bool { return ordered[other] })
				}) {
					ordered[name] = true
				}
			}
		}
		got := circles(t, text)
		if (len(got) > 0) != (len(ordered) < len(names)) {
			t.Fatalf("reported %q; ordered %v of %v", got, ordered, text)
		}
		for _, circle := range got {
			way := strings.Split(strings.TrimPrefix(circle, "cycle "), " -> ")
			for i := range way[1:] {
				if ordered[way[i]] || !slices.ContainsFunc(needs[way[i]], func(need []string) bool { return slices.Contains(need, way[i+1]) }) {
					t.Fatalf("%s is no circle in %v", circle, text)
				}
			}
		}
	})
}

func TestLongSpansDoNotOverflow(t *testing.T) {
	_, findings := Parse("estate.yaml", []byte("recipes: {app: {steps: [{run: a, takes: 36500d}]}}\nservices: {}\n"))
	if len(findings) > 0 {
		t.Errorf("findings:\n%v", findings)
	}
}

func TestOddTexts(t *testing.T) {
	for _, text := range []string{`"\uD800"`, `"\0"`, `'  '`, `""`, `"a\nb"`, `~`, `"\U0010FFFF"`, `>-`, `|`, `!`, `2020-01-01`} {
		_, findings := Parse("estate.yaml", []byte("sites:\n  main: {}\nestate:\n  title: "+text+"\n"))
		for _, d := range findings {
			if d.Severity != diag.Error || d.Line != 4 {
				t.Errorf("%s: %+v", text, d)
			}
		}
	}
}

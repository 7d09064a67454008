package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"reprise/internal/estate"
	"reprise/internal/graph"
	"reprise/internal/plan"
)

// Plan prints a recovery that has not been agreed to: what comes back when, what cannot, what data are lost, and how long
// it takes at best and at worst.
func Plan(w io.Writer, style Style, est estate.Estate, p estate.Plan, impact graph.Impact) {
	fmt.Fprintf(w, "%s\n\n", style.bold(fmt.Sprintf("If %s is lost:", strings.Join(p.Lost, ", "))))
	sets := []struct {
		n    int
		what string
	}{
		{len(impact.Destroyed), "destroyed, to be rebuilt"},
		{len(impact.Starved), "starved of what they need, asked again afterwards"},
		{len(impact.CutOff), "cut off, still running where they are"},
		{len(impact.Degraded), "degraded, one of several alternatives lost"},
	}
	for _, set := range sets {
		if set.n > 0 {
			fmt.Fprintf(w, "  %5d %s %s\n", set.n, plural(set.n, "service"), set.what)
		}
	}
	if len(p.Recovers) == 0 {
		fmt.Fprintf(w, "\n%s\n", style.bad("  Nothing of it can be recovered:"))
		planStranded(w, style, p)
		return
	}
	planTiers(w, style, p)
	f := p.Forecast
	fmt.Fprintf(w, "\n  No order is faster than %s, because of\n  %s.\n", about(f.LowerBound.Std()), fit(f.Bottleneck, style.width()-3))
	planWays(w, plan.Compare(est, p))
	planWorth(w, plan.Worth(est, p))
	planLosses(w, style, p)
	planStranded(w, style, p)
	fmt.Fprintf(w, "%s\n", style.alert("\n  Not fenced: nothing proves the old copies dead. Make sure that they are."))
}

func planTiers(w io.Writer, style Style, p estate.Plan) {
	byTier := map[int][]estate.Move{}
	for _, move := range p.Recovers {
		byTier[move.Tier] = append(byTier[move.Tier], move)
	}
	var order []int
	for tier := range byTier {
		order = append(order, tier)
	}
	slices.Sort(order)
	fmt.Fprintf(w, "\n  %-8s %10s %12s %12s\n", "tier", "services", "first back", "all back")
	for _, tier := range order {
		moves := byTier[tier]
		byReady := func(a, b estate.Move) int { return cmp.Compare(a.Ready, b.Ready) }
		first, last := slices.MinFunc(moves, byReady), slices.MaxFunc(moves, byReady)
		fmt.Fprintf(w, "  %-8s %10d %12s %12s\n", fmt.Sprintf("tier %d", tier), len(moves), span(first.Ready.Std()), span(last.Ready.Std()))
	}
}

// planStranded says what cannot be recovered, and why.
func planStranded(w io.Writer, style Style, p estate.Plan) {
	for _, s := range p.Stranded {
		text := fmt.Sprintf("Cannot be recovered: %s, because %s.", s.Service, s.Because)
		fmt.Fprintln(w, style.bad(Wrap(text, style.width(), "  ")))
	}
}

// planWays sets the plan beside what others would do with the same estate.
func planWays(w io.Writer, ways []plan.Way) {
	fmt.Fprintf(w, "\n  %-36s %12s %12s %14s\n", "", "tier 1 back", "all back", "service-hours")
	for _, way := range ways {
		tier1 := "–"
		if way.Tier1 > 0 {
			tier1 = span(way.Tier1)
		}
		fmt.Fprintf(w, "  %-36s %12s %12s %14.2f\n", way.Name, tier1, span(way.Makespan), way.Away.Hours())
	}
}

// planWorth says what more of something would be worth, and of what more would be worth nothing.
func planWorth(w io.Writer, gains []plan.Gain) {
	var nothing []string
	fmt.Fprintln(w)
	for _, gain := range gains {
		if gain.Saves > 0 {
			fmt.Fprintf(w, "  %s would save about %s.\n", gain.More, about(gain.Saves))
		} else {
			nothing = append(nothing, gain.More)
		}
	}
	if len(nothing) > 0 {
		fmt.Fprintf(w, "  %s would save nothing.\n", strings.Join(nothing, "; "))
	}
}

// planLosses says which data are lost at worst, the most first.
func planLosses(w io.Writer, style Style, p estate.Plan) {
	var losing []estate.Move
	for _, move := range p.Recovers {
		if move.Loses > 0 {
			losing = append(losing, move)
		}
	}
	slices.SortStableFunc(losing, func(a, b estate.Move) int { return cmp.Compare(b.Loses, a.Loses) })
	const shown = 8
	fmt.Fprintln(w)
	for i, move := range losing {
		if i == shown {
			fmt.Fprintf(w, "  … and %s that lose no more than that.\n", Count(len(losing)-shown, "other"))
			break
		}
		fmt.Fprintf(w, "%s\n", style.alert(fmt.Sprintf("  %s loses up to %s of data.", move.Service, about(move.Loses.Std()))))
	}
	if unsaid := len(p.Recovers) - len(losing); unsaid > 0 {
		fmt.Fprintf(w, "  %s %s no rpo: how much data is lost is not known.\n", Count(unsaid, "service"), verb(unsaid, "declares", "declare"))
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/run"
)

// Summary prints how a run ended, or stands: the headline, the curve in three points, and what to do about the rest.
func Summary(w io.Writer, style Style, est estate.Estate, s *run.State, now time.Time) {
	b := BoardOf(est, s, now)
	headline := fmt.Sprintf("%d of %s restored in %s.", b.Restored, Count(b.Total, "service"), about(b.Elapsed))
	switch s.Status {
	case estate.Completed:
		fmt.Fprintf(w, "%s\n", style.good(headline))
	case estate.CompletedWithExceptions:
		fmt.Fprintf(w, "%s\n", style.alert(headline+" With exceptions: something was skipped."))
	default:
		fmt.Fprintf(w, "%s\n", style.bad(headline+" The run is "+string(s.Status)+"."))
	}
	if text := curve(s); text != "" {
		fmt.Fprintf(w, "  %s\n", text)
	}
	f := s.Plan.Forecast
	fmt.Fprintf(w, "  At best: %s (%s). One by one: %s.\n", about(f.LowerBound.Std()), f.Bottleneck, about(f.OneByOne.Std()))
	if s.Adopted+s.Resolved > 0 {
		fmt.Fprintf(w, "  Over %d sessions %s survived their controller, and the end of %d was learned.\n",
			s.Sessions, Count(s.Adopted, "command"), s.Resolved)
	}
	for _, stuck := range b.Stuck {
		if s.Status != estate.RunCancelled {
			fmt.Fprintf(w, "%s\n    next: %s\n", style.bad(fmt.Sprintf("  %s %s: %s", stuck.ID, stuck.State, Clean(oneLine(stuck.Reason)))), nextFor(s, stuck))
		}
	}
	for _, blocked := range b.Blocked {
		fmt.Fprintf(w, "  %s blocked by %s: %s\n", Count(len(blocked.Services), "service"), blocked.Step, names(blocked.Services))
	}
	var skipped []string
	for i, step := range s.Steps {
		if step.State == estate.Skipped || step.State == estate.DoneByHand {
			skipped = append(skipped, fmt.Sprintf("%s %s by %s%s", s.Plan.Steps[i].ID, step.State, step.By, because(step.Reason)))
		}
	}
	for _, text := range skipped {
		fmt.Fprintf(w, "  %s\n", Clean(text))
	}
	if len(s.Unfenced) > 0 {
		fmt.Fprintf(w, "%s\n", style.alert(fmt.Sprintf("  Not fenced: nothing proves that the old copies of %s are dead.", Count(len(s.Unfenced), "service"))))
	}
}

// curve says after how long half, nine tenths and all of the services were back, and what that cost.
func curve(s *run.State) string {
	var after []time.Duration
	lost := time.Duration(0)
	for _, at := range s.Placed {
		after = append(after, at.Sub(s.Started))
		lost += at.Sub(s.Started)
	}
	if len(after) == 0 {
		return ""
	}
	slices.Sort(after)
	var parts []string
	total := len(s.Plan.Recovers)
	for _, share := range []struct {
		name    string
		percent int
	}{{"half", 50}, {"90 %", 90}, {"all", 100}} {
		if n := (total*share.percent + 99) / 100; n > 0 && n <= len(after) {
			parts = append(parts, fmt.Sprintf("%s after %s", share.name, about(after[n-1])))
		}
	}
	parts = append(parts, fmt.Sprintf("%.2f service-hours lost since the start", lost.Hours()))
	return "Back: " + strings.Join(parts, ", ") + "."
}

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
	say := func(paint func(string) string, text string) {
		fmt.Fprintln(w, paint(Wrap(text, style.width(), "  ")))
	}
	plain := func(text string) string { return text }
	if text := curve(s); text != "" {
		say(plain, text)
	}
	f := s.Plan.Forecast
	say(plain, fmt.Sprintf("At best: %s (%s). One by one: %s.", about(f.LowerBound.Std()), f.Bottleneck, about(f.OneByOne.Std())))
	if s.Adopted > 0 {
		say(plain, fmt.Sprintf("It took %d sessions: %s had outlived a controller and were found alive.", s.Sessions, Count(s.Adopted, "command")))
	}
	for i, stuck := range b.Stuck {
		if stuck.State == estate.Cancelled || s.Status == estate.RunCancelled {
			continue
		}
		if i == shownProblems {
			say(plain, fmt.Sprintf("… and %d more: reprise status --json names them all.", len(b.Stuck)-i))
			break
		}
		say(style.bad, fmt.Sprintf("%s %s: %s", stuck.ID, stuck.State, Clean(oneLine(stuck.Reason))))
		fmt.Fprintf(w, "    next: %s\n", nextFor(s, stuck))
	}
	for i, blocked := range b.Blocked {
		if i == shownProblems {
			say(plain, fmt.Sprintf("… and %d more that block others.", len(b.Blocked)-i))
			break
		}
		say(plain, fmt.Sprintf("%s blocked by %s: %s", Count(len(blocked.Services), "service"), blocked.Step, few(blocked.Services)))
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
		say(style.alert, fmt.Sprintf("Not fenced: nothing proves that the old copies of %s are dead.", Count(len(s.Unfenced), "service")))
	}
}

// shownProblems is how many problems a summary names one by one, and how many names it gives of each.
const shownProblems = 8

// few names the first of some services, and says how many more there are.
func few(ids []estate.ServiceID) string {
	if len(ids) <= shownProblems {
		return names(ids)
	}
	return fmt.Sprintf("%s … and %d others", names(ids[:shownProblems]), len(ids)-shownProblems)
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

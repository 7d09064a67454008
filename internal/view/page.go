package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/run"
)

// Page is the live page about a run: about height lines, each at most the style's width. The hint is its last line while
// the run has not ended.
func Page(style Style, est estate.Estate, s *run.State, now time.Time, height int, hint string) []string {
	b := BoardOf(est, s, now)
	lines := []string{head(style, s, b), "", "  " + bar(style, b, style.width()-4), "  " + tiers(style, b), ""}
	tail := footer(style, s, hint)
	room := max(3, height-len(lines)-len(tail)-1)
	lines = append(lines, body(style, s, b, room)...)
	return append(lines, tail...)
}

func head(style Style, s *run.State, b Board) string {
	left := fmt.Sprintf("Recovery %s of %s", s.ID, strings.Join(s.Plan.Lost, ", "))
	right := "after " + span(b.Elapsed)
	switch {
	case s.Status == estate.RunRunning && b.Restored < b.Total && b.ETA >= 0:
		right += ", about " + about(b.ETA) + " to go"
	case s.Status != estate.RunRunning:
		right += ", " + string(s.Status)
	}
	gap := style.width() - len([]rune(left)) - len([]rune(right))
	if gap < 2 {
		left = fit(left, style.width()-len([]rune(right))-2)
		gap = max(2, style.width()-len([]rune(left))-len([]rune(right)))
	}
	return style.bold(left) + strings.Repeat(" ", gap) + right
}

func bar(style Style, b Board, width int) string {
	text := fmt.Sprintf(" %d of %s restored", b.Restored, Count(b.Total, "service"))
	cells := max(10, width-len(text))
	full := 0
	if b.Total > 0 {
		full = cells * b.Restored / b.Total
	}
	return style.good(strings.Repeat("█", full)) + style.dim(strings.Repeat("░", cells-full)) + text
}

func tiers(style Style, b Board) string {
	var parts []string
	for _, t := range b.Tiers {
		text := fmt.Sprintf("tier %d: %d of %d", t.Tier, t.Restored, t.Total)
		if t.Restored == t.Total {
			text = style.good(text)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "   ")
}

// body shows what needs a person first, then what is blocked, then what runs, and says how much it had to leave out.
func body(style Style, s *run.State, b Board, room int) []string {
	var lines []string
	for _, stuck := range b.Stuck {
		if stuck.State == estate.Cancelled {
			continue
		}
		text := fmt.Sprintf("  %s %s: %s", stuck.ID, stuck.State, Clean(oneLine(stuck.Reason)))
		lines = append(lines, style.bad(fit(text, style.width())), style.dim(fit("    next: "+inShort(s, stuck), style.width())))
	}
	for _, blocked := range b.Blocked {
		text := fmt.Sprintf("  %s blocked by %s: %s", Count(len(blocked.Services), "service"), blocked.Step, names(blocked.Services))
		lines = append(lines, style.alert(fit(text, style.width())))
	}
	if len(lines) > room/2 && len(b.Running) > 0 {
		rest := len(lines) - room/2
		lines = append(lines[:room/2], style.dim(fmt.Sprintf("  … and %s more: reprise status", Count(rest, "line"))))
	}
	if len(b.Running) > 0 {
		lines = append(lines, fit("  "+lanes(s, b), style.width()))
	}
	shown := max(1, room-len(lines))
	for i, step := range b.Running {
		if i == shown-1 && len(b.Running) > shown {
			lines = append(lines, style.dim(fmt.Sprintf("    … and %d more", len(b.Running)-i)))
			break
		}
		lines = append(lines, running(style, step))
	}
	return lines
}

func lanes(s *run.State, b Board) string {
	var parts []string
	for _, site := range slices.Sorted(maps.Keys(s.Plan.Capacity)) {
		has := s.Plan.Capacity[site]
		text := fmt.Sprintf("%d of %s in use at %s", b.Lanes[site].Lanes, Count(has.Lanes, "lane"), site)
		if has.Restore > 0 {
			text += fmt.Sprintf(", restoring at %s of %s", b.Lanes[site].Restore, has.Restore)
		}
		parts = append(parts, text)
	}
	return "Running: " + strings.Join(parts, "; ")
}

func running(style Style, step RunningStep) string {
	time := span(step.For)
	if step.Takes > 0 {
		time += " of " + span(step.Takes)
	}
	note := ""
	switch {
	case step.Observed:
		note = "its end was lost, observing"
	case step.Attempt > 1:
		note = fmt.Sprintf("attempt %d", step.Attempt)
	}
	name := max(12, min(36, style.width()-32))
	return strings.TrimRight(fit(fmt.Sprintf("    %s  %s  tier %d  %s", pad(string(step.ID), name), pad(time, 16), step.Tier, note), style.width()), " ")
}

// inShort is nextFor where there is one line for it.
func inShort(s *run.State, stuck StuckStep) string {
	if stuck.State == estate.Held {
		return fmt.Sprintf("reprise run done-by-hand|retry %s %s", s.ID, stuck.ID)
	}
	return fmt.Sprintf("reprise run log|retry %s %s", s.ID, stuck.ID)
}

// nextFor says what a person can do about a step that is stuck.
func nextFor(s *run.State, stuck StuckStep) string {
	if stuck.State == estate.Held {
		return fmt.Sprintf("look, then reprise run done-by-hand|retry %s %s", s.ID, stuck.ID)
	}
	return fmt.Sprintf("reprise run log %s %s, then reprise run retry %s %s", s.ID, stuck.ID, s.ID, stuck.ID)
}

func footer(style Style, s *run.State, hint string) []string {
	var lines []string
	if n := len(s.Unfenced); n > 0 && !s.Status.Ended() {
		text := fmt.Sprintf("  Not fenced: nothing proves that the old copies of %s are dead.", Count(n, "service"))
		lines = append(lines, "", style.alert(fit(text, style.width())))
	}
	if hint != "" && !s.Status.Ended() {
		lines = append(lines, style.dim(fit("  "+hint, style.width())))
	}
	return lines
}

func names(ids []estate.ServiceID) string {
	text := make([]string, len(ids))
	for i, id := range ids {
		text[i] = string(id)
	}
	return strings.Join(text, ", ")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

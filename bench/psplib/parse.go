package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"reprise/internal/schedule"
)

// parseSM reads one instance in PSPLIB's single-mode format (Kolisch and Sprecher, 1996). Numbers are taken by where they
// stand after a section's heading: job, number of modes, number of successors, successors; then job, mode, duration,
// demands; then capacities.
func parseSM(r io.Reader) (schedule.Problem, error) {
	var p schedule.Problem
	section := ""
	scanner := bufio.NewScanner(r)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimSpace(scanner.Text())
		switch {
		case strings.HasPrefix(text, "jobs (incl. supersource/sink ):"):
			n, err := strconv.Atoi(strings.TrimSpace(text[strings.LastIndex(text, ":")+1:]))
			if err != nil || n < 0 || n > 1_000_000 {
				return p, fmt.Errorf("line %d: no number of jobs", line)
			}
			p.Tasks = make([]schedule.Task, n)
		case strings.HasPrefix(text, "PRECEDENCE RELATIONS"), strings.HasPrefix(text, "REQUESTS/DURATIONS"),
			strings.HasPrefix(text, "RESOURCEAVAILABILITIES"):
			section, _, _ = strings.Cut(text, ":")
		case strings.HasPrefix(text, "*"):
			section = ""
		case section != "":
			numbers, ok := fields(text)
			if !ok { // a heading of columns or a rule
				continue
			}
			if err := place(&p, section, numbers); err != nil {
				return p, fmt.Errorf("line %d: %w", line, err)
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return p, err
	}
	if len(p.Tasks) == 0 || len(p.Capacity) == 0 {
		return p, fmt.Errorf("no jobs or no capacities: this is not an instance")
	}
	return p, nil
}

// place puts one line of numbers where its section says.
func place(p *schedule.Problem, section string, numbers []int64) error {
	if section == "RESOURCEAVAILABILITIES" {
		for _, amount := range numbers {
			p.Capacity = append(p.Capacity, []schedule.Level{{From: 0, Amount: amount}})
		}
		return nil
	}
	if len(numbers) < 3 || numbers[0] < 1 || numbers[0] > int64(len(p.Tasks)) || numbers[1] != 1 {
		return fmt.Errorf("%s: not a job with one mode: %v", section, numbers)
	}
	job := int(numbers[0]) - 1
	if section == "REQUESTS/DURATIONS" {
		p.Tasks[job].Duration, p.Tasks[job].Demand = numbers[2], numbers[3:]
		return nil
	}
	if int64(len(numbers)-3) != numbers[2] {
		return fmt.Errorf("job %d: %d successors announced and %d listed", job+1, numbers[2], len(numbers)-3)
	}
	for _, next := range numbers[3:] {
		if next < 1 || next > int64(len(p.Tasks)) {
			return fmt.Errorf("job %d: no successor %d", job+1, next)
		}
		p.Tasks[next-1].After = append(p.Tasks[next-1].After, job)
	}
	return nil
}

// fields reads a line that holds numbers only.
func fields(text string) ([]int64, bool) {
	var numbers []int64
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, len(numbers) > 0
}

// parseList reads a list of best known or optimal makespans: lines that begin with parameter, instance and makespan.
func parseList(r io.Reader) (map[[2]int]int64, error) {
	best := map[[2]int]int64{}
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		if len(words) < 3 {
			continue
		}
		par, err1 := strconv.Atoi(words[0])
		inst, err2 := strconv.Atoi(words[1])
		makespan, err3 := strconv.ParseInt(words[2], 10, 64)
		if err1 == nil && err2 == nil && err3 == nil {
			best[[2]int{par, inst}] = makespan
		}
	}
	return best, scanner.Err()
}

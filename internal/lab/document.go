package lab

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"reprise/internal/estate"
	"reprise/internal/view"
)

// DemoSchema names the form of Document.
const DemoSchema = "reprise/demo/1"

// Document is what a demo measured.
type Document struct {
	Schema           string   `json:"schema"`
	Seed             uint64   `json:"seed"`
	Services         int      `json:"services"`
	Restored         int      `json:"restored"` // that answer from the standby site with the data that they had, as the lab saw
	NotRestored      []string `json:"not_restored,omitempty"`
	Runs             []string `json:"runs"`    // how both recoveries ended, in the words of the program
	Effects          int      `json:"effects"` // from here to restarted_running: from the ledger, unless a note says otherwise
	EffectsRepeated  int      `json:"effects_repeated"`
	UnknownResolved  int      `json:"unknown_resolved"` // from the journal
	Crashes          int      `json:"crashes"`
	Adopted          int      `json:"adopted"` // from the journal: alive at a crash, and waited for after it
	RestartedRunning int      `json:"restarted_running"`
	MakespanS        float64  `json:"makespan_s"` // sums over both recoveries, each from its start to the last restored service
	LowerBoundS      float64  `json:"lower_bound_s"`
	Ratio            float64  `json:"ratio"`
	OneByOneS        float64  `json:"one_by_one_s"`
	T50S             float64  `json:"t50_s"` // from the loss of each service to its restoration
	T90S             float64  `json:"t90_s"`
	Tier1LastS       float64  `json:"tier1_last_s"`
	RealParts        []string `json:"real_parts"`
	UnrealParts      []string `json:"unreal_parts"`
}

// Succeeded says whether everything is back, whole, nothing was done twice, and the program says so too.
func (d Document) Succeeded() bool {
	completed := func(state string) bool { return state == string(estate.Completed) }
	return d.Restored == d.Services && d.EffectsRepeated == 0 && d.RestartedRunning == 0 &&
		len(d.Runs) > 0 && !slices.ContainsFunc(d.Runs, func(state string) bool { return !completed(state) })
}

// outage is one incident and its recovery.
type outage struct {
	began time.Time // the instant of the loss
	run   view.RunDocument
}

// documentOf draws the figures of all outages.
func documentOf(services int, outages []outage, sum Account) Document {
	d := Document{
		Schema: DemoSchema, Services: services, Effects: sum.Effects, EffectsRepeated: sum.Repeated,
		Crashes: sum.Crashes, RestartedRunning: sum.RestartedRunning,
		RealParts: realParts(), UnrealParts: unrealParts(),
	}
	var downs []float64
	for _, o := range outages {
		d.Runs = append(d.Runs, string(o.run.State))
		d.UnknownResolved += o.run.Resolved
		d.Adopted += o.run.Adopted
		d.LowerBoundS += o.run.LowerBoundS
		d.OneByOneS += o.run.OneByOneS
		var last float64
		for _, back := range o.run.ServicesBack {
			down := back.At.Sub(o.began).Seconds()
			downs = append(downs, down)
			if back.Tier == 1 {
				d.Tier1LastS = max(d.Tier1LastS, down)
			}
			last = max(last, back.AfterS)
		}
		d.MakespanS += last
	}
	slices.Sort(downs)
	d.T50S, d.T90S = percentile(downs, services, 50), percentile(downs, services, 90)
	if d.LowerBoundS > 0 {
		d.Ratio = d.MakespanS / d.LowerBoundS
	}
	for _, figure := range []*float64{&d.MakespanS, &d.LowerBoundS, &d.Ratio, &d.OneByOneS, &d.T50S, &d.T90S, &d.Tier1LastS} {
		*figure = float64(int64(*figure*1000+0.5)) / 1000
	}
	return d
}

// percentile returns when so many percent of all services were back, or -1 where they never were.
func percentile(sorted []float64, of, percent int) float64 {
	n := (of*percent + 99) / 100
	if n == 0 || n > len(sorted) {
		return -1
	}
	return sorted[n-1]
}

func realParts() []string {
	return []string{
		"120 processes, each with data of its own, killed and started anew",
		"archives read at the declared rate, every file verified by SHA-256",
		"reprise plan, recover, run resume and exec: the program itself, as separate processes",
		"the journal, with its syncs to disk",
		"probes over TCP and HTTP",
		"the loss: processes killed, data wiped",
	}
}

func unrealParts() []string {
	return []string{
		"the sites are loopback addresses of one machine",
		"the platforms are names: no hypervisor, no firewall",
		"durations are short, and the stand-ins keep to what is declared",
		"nothing is fenced: the old copies are dead because the lab killed them",
	}
}

// Tell says in words what was measured.
func (d Document) Tell(w io.Writer) {
	say := func(text string) { fmt.Fprintf(w, "\n%s\n", view.Wrap(text, 80, "")) }
	say(fmt.Sprintf("%d of %d services answer from the standby site, each with exactly the data that it had.", d.Restored, d.Services))
	for _, other := range d.NotRestored {
		fmt.Fprintf(w, "  not restored: %s\n", other)
	}
	if !d.Succeeded() {
		fmt.Fprintf(w, "  the demo has failed; the recoveries are %s\n", strings.Join(d.Runs, " and "))
	}
	fmt.Fprintf(w, `
  both recoveries          %5.1f s
  at best                  %5.1f s   with 8 lanes; this one took %.2f times that
  one by one               %5.1f s   the same steps, each after the other
  half were back after     %5.1f s   90 %% after %.1f s, tier 1 after %.1f s
  effects                  %5d     done twice: %d
`, d.MakespanS, d.LowerBoundS, d.Ratio, d.OneByOneS, d.T50S, d.T90S, d.Tier1LastS, d.Effects, d.EffectsRepeated)
	if d.Crashes > 0 {
		fmt.Fprintf(w, "  controller killed        %5d     times; %d running steps adopted, %d begun anew\n",
			d.Crashes, d.Adopted, d.RestartedRunning)
	}
	say("In December 2018 the 120 applications were reinstalled by hand, one by one. On the 28th, seven days after the " +
		"first incident, 50 were still down, the mail among them.")
	fmt.Fprint(w, "\nReal here:\n")
	for _, part := range d.RealParts {
		fmt.Fprintf(w, "  - %s\n", strings.TrimSpace(view.Wrap(part, 80, "    ")))
	}
	fmt.Fprint(w, "Not real:\n")
	for _, part := range d.UnrealParts {
		fmt.Fprintf(w, "  - %s\n", strings.TrimSpace(view.Wrap(part, 80, "    ")))
	}
}

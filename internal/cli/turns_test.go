package cli

import (
	"encoding/json"
	"runtime"
	"sync"
	"testing"

	"reprise/internal/view"
)

// Several people press the same button at once: one recovery is carried out, and none of the others stops it, whoever
// happens to own the data folder.
func TestOfSeveralRecoveriesAtOnceOneIsCarriedOut(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("recovering needs Linux")
	}
	for range 3 {
		k := &killedTown{t: t, dir: layOutTown(t)}
		k.reprise("plan", "--lost", "main", "--out", "plan.json")
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { k.command("recover", "--plan", "plan.json").Run() }) // two of three are refused
		}
		all.Wait()
		var list view.ListDocument
		if err := json.Unmarshal(k.reprise("run", "list", "--json"), &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Runs) != 1 || list.Runs[0].State != "completed" || list.Runs[0].Restored != 12 {
			t.Errorf("there are %d runs, the first is %+v", len(list.Runs), list.Runs[0])
		}
	}
}

// Several people decide something at once while nobody drives the run: each is heard.
func TestOfSeveralDecisionsAtOnceNoneIsLost(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("recovering needs Linux")
	}
	k := &killedTown{t: t, dir: layOutTown(t)}
	k.reprise("plan", "--lost", "main", "--out", "plan.json")
	k.dieOnceBegun("recover", "--plan", "plan.json")
	services := []string{"payroll", "permits", "intranet", "archive"}
	var all sync.WaitGroup
	for _, service := range services {
		all.Go(func() {
			if out, err := k.command("run", "done-by-hand", "r1", service).CombinedOutput(); err != nil {
				t.Errorf("done-by-hand %s: %v\n%s", service, err, out)
			}
		})
	}
	all.Wait()
	k.reprise("run", "resume", "r1", "--json")
	var status view.StatusDocument
	if err := json.Unmarshal(k.reprise("status", "--json"), &status); err != nil {
		t.Fatal(err)
	}
	byHand := 0
	for _, step := range status.Run.Steps {
		if step.State == "done-by-hand" {
			byHand++
		}
	}
	if byHand != 2*len(services) || status.Run.State != "completed" {
		t.Errorf("%d steps count as done by hand of %d, and the run is %s", byHand, 2*len(services), status.Run.State)
	}
}

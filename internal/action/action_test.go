package action

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/estate"
	"reprise/internal/unit"
)

func TestAStepIsToldWhereAndWithWhat(t *testing.T) {
	est := estate.Estate{
		Services: map[estate.ServiceID]estate.Service{"mail": {
			At: map[estate.SiteID]string{"hall": "192.0.2.1", "depot": "198.51.100.1"}, Name: "mx.example.org", Probe: "tcp://{at}:25",
			Recovery: &estate.Recovery{Recipe: "vm", To: "spare", With: map[string]string{"listen": "{at}:25", "greet-as": "{name}"}},
		}},
		Recipes: map[estate.RecipeID]estate.Recipe{"vm": {Steps: []estate.Step{
			{Name: "restore", Run: []string{"bin/restore", "--all"}, Timeout: unit.Duration(time.Hour), User: "restore"},
			{Name: "probe", Probe: estate.OwnProbe},
		}}},
	}
	planned := estate.PlannedStep{ID: "mail/restore", Service: "mail", Kind: estate.RunStep, Recipe: "vm", Site: "depot"}
	attempt := estate.Attempt{Step: "mail/restore", Part: estate.Do, Number: 2}
	req := Resolve(est, "/srv/estate", "r1", planned, attempt, "r1/mail/restore/do-2")
	got := spec(req, argvOf(req))
	if diff := cmp.Diff([]string{"/srv/estate/bin/restore", "--all"}, got.Argv); diff != "" {
		t.Errorf("argv (-want +got):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, variable := range got.Env {
		seen[variable] = true
	}
	for _, want := range []string{
		"REPRISE_RUN=r1", "REPRISE_SERVICE=mail", "REPRISE_STEP=restore", "REPRISE_SITE=depot", "REPRISE_AT=198.51.100.1",
		"REPRISE_EFFECT_KEY=r1/mail/restore/do-2", "REPRISE_PARAM_LISTEN=198.51.100.1:25", "REPRISE_PARAM_GREET_AS=mx.example.org",
	} {
		if !seen[want] {
			t.Errorf("%s is not in %q", want, got.Env)
		}
	}
	if est.Services["mail"].Recovery.With["listen"] != "{at}:25" {
		t.Error("resolving a step changed the estate")
	}

	planned.Kind, planned.Index = estate.ProbeStep, 1
	if target := Resolve(est, "/", "r1", planned, attempt, "").Target; target != "tcp://198.51.100.1:25" {
		t.Errorf("the probe asks %s", target)
	}
}

func TestAReportIsReadAsFarAsItMakesSense(t *testing.T) {
	var res estate.Result
	if err := readReport(&res, []byte("recovery_point=2018-12-25T22:00:00+11:00\nrows=12\nnonsense\nempty=\n")); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2018, 12, 25, 11, 0, 0, 0, time.UTC); res.RecoveryPoint == nil || !res.RecoveryPoint.Equal(want) {
		t.Errorf("the recovery point is %v; want %v", res.RecoveryPoint, want)
	}
	if diff := cmp.Diff(map[string]string{"rows": "12", "empty": ""}, res.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if err := readReport(&res, []byte("recovery_point=yesterday\n")); err == nil {
		t.Error("yesterday was taken for a time")
	}
}

func TestAProbeStepWaitsUntilItsServiceIsUp(t *testing.T) {
	// The address is taken first, so that the step finds it closed, and then open.
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := reserved.Addr().String()
	reserved.Close()
	req := Request{Target: "tcp://" + address, Step: estate.Step{Timeout: unit.Duration(30 * time.Second)}}
	result := make(chan estate.Result, 1)
	go func() {
		res, _ := Probe{}.Do(t.Context(), req)
		result <- res
	}()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("another process took the address meanwhile")
	}
	defer listener.Close()
	if res := <-result; res.Outcome != estate.AttemptDone {
		t.Errorf("it ended %+v", res)
	}
}

// In virtual time no socket answers: the target's name is refused at once, and only the step's own clock counts.
func TestAProbeStepGivesUpWhenItsTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		req := Request{Target: "tcp://192.0.2.1:99999", Step: estate.Step{Timeout: unit.Duration(5 * time.Minute)}}
		res, err := Probe{}.Do(t.Context(), req)
		if err != nil || res.Outcome != estate.AttemptTimedOut {
			t.Errorf("it ended %+v, %v", res, err)
		}
		if took := time.Since(began); took != 5*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestAProbeStepEndsWhenItIsCancelledOrItsControllerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cancelled := make(chan struct{})
		req := Request{Target: "tcp://192.0.2.1:99999", Step: estate.Step{Timeout: unit.Duration(time.Hour)}, Cancelled: cancelled}
		time.AfterFunc(time.Minute, func() { close(cancelled) })
		if res, err := (Probe{}).Do(t.Context(), req); err != nil || res.Outcome != estate.AttemptCancelled {
			t.Errorf("cancelled, it ended %+v, %v", res, err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		req.Cancelled = nil
		if _, err := (Probe{}).Do(ctx, req); err == nil {
			t.Error("its controller went, and it claims to know its end")
		}
	})
}

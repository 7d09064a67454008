package recovery

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
	"reprise/internal/fact"
	"reprise/internal/journal"
	"reprise/internal/journal/filelog"
	"reprise/internal/journal/memlog"
)

const hall = `
sites: {hall: {}, depot: {standby_for: hall}}
platforms: {hyp: {site: hall}, spare: {site: depot}, edge: {site: hall, kind: firewall}}
services:
  mail: {tier: 1, runs_on: hyp, behind: edge, at: {hall: 127.0.0.1, depot: 192.0.2.1}, probe: "tcp://{at}:PORT", recovery: {recipe: vm, to: spare}}
  files: {tier: 2, runs_on: hyp, recovery: {recipe: vm, to: spare}}
recipes:
  vm: {steps: [{run: [bin/restore], takes: 1m}]}
`

func load(t *testing.T, text string) estatefile.Loaded {
	t.Helper()
	path := filepath.Join(t.TempDir(), "estate.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := estatefile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func withPort(port string) string { return strings.ReplaceAll(hall, "PORT", port) }

func refusal(t *testing.T, err error, why string) {
	t.Helper()
	refused, is := errors.AsType[diag.Refused](err)
	if !is || !strings.Contains(refused.Why, why) || refused.Next == "" {
		t.Errorf("got %v; want a refusal that says %q", err, why)
	}
}

func TestOxfordIsNoRecovery(t *testing.T) {
	loaded := load(t, withPort("25"))
	_, err := Propose(loaded, (&History{}).Placement.Of(loaded.Estate), []string{"edge"})
	refusal(t, err, "the loss of edge destroys nothing: it cuts off 1")
}

func TestAPlanIsCarriedOutOnlyInTheWorldThatItWasMadeFor(t *testing.T) {
	loaded := load(t, withPort("25"))
	var h History
	proposal, err := Propose(loaded, h.Placement.Of(loaded.Estate), []string{"hall"})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckAgainst(proposal.Plan, loaded, h.Placement.Of(loaded.Estate)); err != nil {
		t.Errorf("a fresh plan: %v", err)
	}
	changed := load(t, withPort("26"))
	refusal(t, CheckAgainst(proposal.Plan, changed, h.Placement.Of(changed.Estate)), "the estate has changed")
	h.Apply(fact.Record{Fact: fact.Fact{Body: fact.ServicePlaced{Service: "mail", Platform: "spare"}}})
	refusal(t, CheckAgainst(proposal.Plan, loaded, h.Placement.Of(loaded.Estate)), "takes mail from hyp, and it runs on spare by now")
}

func TestWhatIsUpIsNotRebuilt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	loaded := load(t, withPort(port))
	at := (&History{}).Placement.Of(loaded.Estate)
	proposal, err := Propose(loaded, at, []string{"hall"})
	if err != nil {
		t.Fatal(err)
	}
	up := Ask(t.Context(), loaded.Estate, at, proposal.Plan)
	if up.Asked != 1 || len(up.Green) != 1 {
		t.Errorf("of a service that is up and one that cannot be asked: %+v", up)
	}
	refusal(t, up.Refuse(), "everything that could be asked (1 of the services) still answers")
	listener.Close()
	if down := Ask(t.Context(), loaded.Estate, at, proposal.Plan); down.Refuse() != nil {
		t.Errorf("once it is down: %v", down.Refuse())
	}
}

func TestOfTwoRecoveriesOneIsLive(t *testing.T) {
	loaded := load(t, withPort("25"))
	log := memlog.New(nil)
	var h History
	proposal, err := Propose(loaded, h.Placement.Of(loaded.Estate), []string{"hall"})
	if err != nil {
		t.Fatal(err)
	}
	open := func(id estate.RunID) error {
		err := Open(t.Context(), log, &h, loaded, proposal.Plan, "chief@hall", id, time.Unix(0, 0).UTC())
		h = History{}
		if err := journal.Replay(t.Context(), log, func(rec fact.Record) error { h.Apply(rec); return nil }); err != nil {
			t.Fatal(err)
		}
		return err
	}
	if err := open("r1"); err != nil {
		t.Fatal(err)
	}
	if live, found := h.Live(); !found || live.ID != "r1" || len(live.Unfenced) != 2 {
		t.Errorf("live is %+v", live)
	}
	refusal(t, open("r2"), "run r1 is planned")
}

// A journal that release 0.1 wrote, of a run with a failure, a retry and a crash, replays to what it meant then. Journals
// replay for ever: this file is never rewritten, and every release adds one of its own.
func TestJournalsOfEveryReleaseReplay(t *testing.T) {
	for name, want := range map[string]struct {
		state    estate.RunState
		restored int
		placed   estate.PlatformID
		sessions int
	}{"testdata/journal-0.1": {estate.Completed, 5, "hyp2", 3}} {
		h := readJournal(t, name)
		if len(h.Runs) != 1 || len(h.Broken) > 0 {
			t.Fatalf("%s holds %d runs, broken are %v", name, len(h.Runs), h.Broken)
		}
		run := h.Runs[0]
		if run.Status != want.state || len(run.Placed) != want.restored || run.Sessions != want.sessions {
			t.Errorf("%s: the run is %s, %d restored, %d sessions; want %+v", name, run.Status, len(run.Placed), run.Sessions, want)
		}
		loaded, found := h.Estate(run.Plan.Estate)
		if !found {
			t.Fatalf("%s has lost its estate", name)
		}
		for service, platform := range h.Placement.Of(loaded.Estate) {
			if platform != want.placed {
				t.Errorf("%s: %s is on %s", name, service, platform)
			}
		}
	}
}
func readJournal(t *testing.T, dir string) *History {
	t.Helper()
	h := &History{}
	_, err := filelog.Read(t.Context(), dir, 0, func(rec fact.Record) bool {
		h.Apply(rec)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

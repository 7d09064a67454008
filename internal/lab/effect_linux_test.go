package lab

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// staged makes a folder with one service and its backup, and the effect of restoring it.
func staged(t *testing.T) (Effect, Manifest) {
	t.Helper()
	f := Folder(t.TempDir())
	for _, dir := range []string{"backups", "cards", "sites"} {
		if err := os.Mkdir(f.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	leash, err := f.holdLeash()
	if err != nil {
		t.Fatal(err)
	}
	manifest, archive := backup(t)
	// The leash of a test is never released: who waits for it is the test's own process.
	_ = leash
	for path, write := range map[string]any{
		f.manifest("paie"): manifest,
		f.card("paie"):     Card{Service: "paie", Scheme: "tcp", Rate: 1 << 40, Restore: 1, Start: 1},
	} {
		if err := writeJSON(path, write); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(f.archive("paie"), archive, 0o644); err != nil {
		t.Fatal(err)
	}
	return Effect{
		Folder: f, Run: "r1", Service: "paie", Step: "restore", Site: standby, Key: "k1", Out: filepath.Join(t.TempDir(), "out"),
		At: "127.0.0.1", Port: "1", began: time.Now(),
	}, manifest
}

func TestRestoreAndWhatStateSaysOfIt(t *testing.T) {
	e, manifest := staged(t)
	state := func(want int) {
		t.Helper()
		if got, err := e.state(); got != want {
			t.Errorf("state %d, %v; want %d", got, err, want)
		}
	}
	state(exitNothing)
	if err := e.restore(); err != nil {
		t.Fatal(err)
	}
	state(exitThere)
	if err := manifest.verify(e.place().data()); err != nil {
		t.Error(err)
	}
	report, err := os.ReadFile(e.Out)
	if err != nil || string(report) != "recovery_point=2018-12-20T23:00:00Z\n" {
		t.Errorf("it reported %q, %v", report, err)
	}

	e.Run = "r2"
	state(exitNothing) // what lies there is of another recovery
	if err := e.restore(); err != nil {
		t.Fatalf("over older data: %v", err)
	}
	state(exitThere)
	flip(t, filepath.Join(e.place().data(), "documents", "1.bin"))
	state(exitUnclear)
	entries, err := os.ReadDir(string(e.place()))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the data lie %v, %v", entries, err)
	}
}

func TestRestoreOfABadArchiveLeavesTheOldData(t *testing.T) {
	e, _ := staged(t)
	if err := e.restore(); err != nil {
		t.Fatal(err)
	}
	flip(t, e.Folder.archive("paie"))
	e.Run = "r2"
	if err := e.restore(); err == nil {
		t.Fatal("a bad archive was restored")
	}
	e.Run = "r1"
	if got, err := e.state(); got != exitThere {
		t.Errorf("the old data: state %d, %v", got, err)
	}
}

func TestActIsInTheLedgerBeforeAndAfter(t *testing.T) {
	e, _ := staged(t)
	if code, err := e.act(e.restore); code != exitThere || err != nil {
		t.Fatal(code, err)
	}
	if code, err := e.look(e.state); code != exitThere || err != nil {
		t.Fatal(code, err)
	}
	lines, err := e.Folder.readLedger()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v, %v", lines, err)
	}
	for i, what := range []string{EffectStart, EffectEnd, Observed} {
		if l := lines[i]; l.What != what || l.Run != "r1" || l.Service != "paie" || l.Step != "restore" || l.Key != "k1" {
			t.Errorf("line %d: %+v", i+1, l)
		}
	}
}

func TestIsUpWithoutAndWithAStrangerInItsPlace(t *testing.T) {
	e, _ := staged(t)
	if got, err := e.isUp(); got != exitNothing || err != nil {
		t.Errorf("nothing was ever there: %d, %v", got, err)
	}
	if err := os.MkdirAll(string(e.place()), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := e.isUp(); got != exitNothing || err != nil {
		t.Errorf("nobody holds the place: %d, %v", got, err)
	}
	held, err := e.place().lockPlace()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := e.isUp(); got != exitUnclear {
		t.Errorf("somebody holds the place who has not said who it is: %d", got)
	}
	if err := writeJSON(e.place().process(), Process{PID: os.Getpid(), Start: 1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := e.isUp(); got != exitUnclear {
		t.Errorf("the process of the record is gone, its number is another's: %d", got)
	}
	held.Close()
	if err := e.stop(); err != nil {
		t.Errorf("stop where there is nothing: %v", err)
	}
}

func TestAskBothWays(t *testing.T) {
	for _, scheme := range []string{"tcp", "http"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() {
			served <- answerWith(listener, scheme, []byte(`{"service":"paie","site":"secours","digest":"d"}`+"\n"))
		}()
		who, err := ask(context.Background(), scheme, listener.Addr().String())
		if err != nil || who != (Identity{"paie", "secours", "d"}) {
			t.Errorf("%s: %+v, %v", scheme, who, err)
		}
		listener.Close()
		<-served
	}
}

func TestSettleMovesBothSitesAndHoldsThem(t *testing.T) {
	first, hold, err := settle(exampleText(t))
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	second, other, err := settle(exampleText(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if first == second {
		t.Error("two demos have the same addresses")
	}
	for _, prefix := range []string{primaryPrefix, standbyPrefix} {
		if a, _, _ := net.SplitHostPort(hold.Addr().String()); !strings.HasPrefix(a, prefix) && strings.Contains(first, "{ducos: "+prefix) {
			t.Errorf("%s was not moved", prefix)
		}
	}
}

func TestPortsThatOthersListenAtAreAvoided(t *testing.T) {
	everywhere, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	if got := freePort("127.0.0.9", port); got == port {
		t.Errorf("port %s is taken on all addresses", port)
	}
}

func TestSweepTakesOnlyWhatWasAbandoned(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, name := range []string{"reprise-noumea-held", "reprise-noumea-abandoned", "reprise-noumea-kept", "other"} {
		if err := os.Mkdir(filepath.Join(temp, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	held, err := Folder(filepath.Join(temp, "reprise-noumea-held")).holdLeash()
	if err != nil {
		t.Fatal(err)
	}
	defer held.release()
	abandoned, err := Folder(filepath.Join(temp, "reprise-noumea-abandoned")).holdLeash()
	if err != nil {
		t.Fatal(err)
	}
	abandoned.release()
	sweep()
	entries, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		left = append(left, entry.Name())
	}
	if got := strings.Join(left, " "); got != "other reprise-noumea-held reprise-noumea-kept" {
		t.Errorf("left: %s", got)
	}
}

package lab

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func exit(code int) *int { return &code }

func line(what, key string, code *int) Line {
	return Line{Run: "r1", Service: "paie", Step: "restore", Key: key, What: what, Exit: code}
}

func TestAudit(t *testing.T) {
	crash := Line{What: Crashed}
	for name, c := range map[string]struct {
		lines []Line
		want  Account
	}{
		"nothing":      {nil, Account{}},
		"once":         {[]Line{line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(0))}, Account{Effects: 1}},
		"still going":  {[]Line{line(EffectStart, "k1", nil)}, Account{Effects: 1, Running: 1}},
		"double":       {[]Line{line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(0)), line(EffectStart, "k2", nil)}, Account{Effects: 2, Repeated: 1, Running: 1}},
		"double, live": {[]Line{line(EffectStart, "k1", nil), line(EffectStart, "k2", nil)}, Account{Effects: 2, Repeated: 1, Running: 1}},
		"after failure": {[]Line{line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(1)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Running: 1}},
		"after a look that found nothing": {[]Line{line(EffectStart, "k1", nil), line(Observed, "k1", exit(1)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Running: 1}},
		"after a look that found it": {[]Line{line(EffectStart, "k1", nil), line(Observed, "k1", exit(0)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Repeated: 1, Running: 1}},
		"after a look that could not tell": {[]Line{line(EffectStart, "k1", nil), line(Observed, "k1", exit(2)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Repeated: 1, Running: 1}},
		"after a person's retry": {[]Line{line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(0)), line(Retried, "", nil), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Running: 1}},
		"a failure allows one more, not two": {[]Line{
			line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(1)), line(EffectStart, "k2", nil), line(EffectStart, "k3", nil),
		}, Account{Effects: 3, Repeated: 1, Running: 1}},
		"a key used twice": {[]Line{line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(1)), line(EffectStart, "k1", nil)},
			Account{Effects: 2, Repeated: 1, Running: 1}},
		"another run of the same step": {[]Line{line(EffectStart, "k1", nil), {Run: "r2", Service: "paie", Step: "restore", Key: "k2", What: EffectStart}},
			Account{Effects: 2, Running: 2}},
		"adopted over a crash": {[]Line{line(EffectStart, "k1", nil), crash, line(EffectEnd, "k1", exit(0))}, Account{Effects: 1, Crashes: 1}},
		"begun anew over a crash": {[]Line{line(EffectStart, "k1", nil), crash, line(EffectStart, "k2", nil)},
			Account{Effects: 2, Repeated: 1, Crashes: 1, RestartedRunning: 1, Running: 1}},
		"lost with a crash, looked at, begun anew": {[]Line{line(EffectStart, "k1", nil), crash, line(Observed, "k1", exit(1)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Crashes: 1, RestartedRunning: 1, Running: 1}},
		"failed over a crash": {[]Line{line(EffectStart, "k1", nil), crash, line(EffectEnd, "k1", exit(1)), line(EffectStart, "k2", nil)},
			Account{Effects: 2, Crashes: 1, Running: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Audit(c.lines)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A double effect that is planted in the file itself must be seen: this is what convicts a controller.
func TestPlantedDoubleEffectIsSeen(t *testing.T) {
	f := Folder(t.TempDir())
	for _, l := range []Line{
		line(EffectStart, "k1", nil), line(EffectEnd, "k1", exit(0)),
		{Run: "r1", Service: "paie", Step: "start", Key: "k2", What: EffectStart},
		line(EffectStart, "k3", nil), line(EffectEnd, "k3", exit(0)),
	} {
		if err := f.note(l); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := f.readLedger()
	if err != nil {
		t.Fatal(err)
	}
	if got := Audit(lines); got.Repeated != 1 || got.Effects != 3 {
		t.Errorf("the ledger adds up to %+v, and one of three effects was begun twice", got)
	}
}

func TestLedgerBeingWritten(t *testing.T) {
	f := Folder(t.TempDir())
	if lines, err := f.readLedger(); err != nil || lines != nil {
		t.Errorf("no ledger: %v, %v", lines, err)
	}
	if err := os.WriteFile(f.ledger(), []byte("{\"what\":\"crash\"}\n{\"wha"), 0o644); err != nil {
		t.Fatal(err)
	}
	if lines, err := f.readLedger(); err != nil || len(lines) != 1 {
		t.Errorf("%d lines, %v; want the one that is whole", len(lines), err)
	}
	if _, err := parseLedger([]byte("not a line\n")); err == nil {
		t.Error("a line that is none was taken")
	}
}

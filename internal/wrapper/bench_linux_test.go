package wrapper

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"reprise/internal/unit"
)

// BenchmarkAttempt measures what a step costs beside its command: folder, wrapper, command, record, look.
func BenchmarkAttempt(b *testing.B) {
	dir, n := b.TempDir(), 0
	starter := Starter{Exec: []string{"/proc/self/exe", "exec"}}
	for b.Loop() {
		n++
		attempt := Attempt(filepath.Join(dir, "run", fmt.Sprint("service-", n), "step", "do-1"))
		if err := attempt.Prepare(Spec{Argv: []string{"/bin/true"}, Timeout: unit.Duration(time.Minute)}); err != nil {
			b.Fatal(err)
		}
		ended, err := starter.Start(attempt)
		if err != nil {
			b.Fatal(err)
		}
		<-ended
		if state, _, err := attempt.Look(); state != HasEnded || err != nil {
			b.Fatalf("%s, %v", state, err)
		}
	}
}

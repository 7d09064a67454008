package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the program itself where a test asks for it: scripts call `reprise`, and its wrappers
// start it again.
func TestMain(m *testing.M) {
	// Under the race detector every process sleeps for a second before it ends, unless it is told not to.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	if len(os.Args) > 0 && os.Getenv("REPRISE_TEST_AS_PROGRAM") == "1" {
		os.Exit(Main(os.Args[1:], Process()))
	}
	testscript.Main(m, map[string]func(){
		"reprise": func() { os.Exit(Main(os.Args[1:], asProgram(Process()))) },
	})
}

// asProgram makes wrappers that a test starts run the program too, and not the tests.
func asProgram(env Env) Env {
	os.Setenv("REPRISE_TEST_AS_PROGRAM", "1")
	return env
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return nil
		},
	})
}

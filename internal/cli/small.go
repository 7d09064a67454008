package cli

import (
	"fmt"
	"runtime"

	"reprise/internal/diag"
	"reprise/internal/estatefile"
	"reprise/internal/wrapper"
)

// schemaVerb prints the JSON Schema of the estate file.
func schemaVerb(env Env, args []string) error {
	f := newFlags(env, "schema", "reprise schema\n\nPrints the JSON Schema of the estate file, for editors and validators.")
	words, err := f.read(args)
	if err == nil {
		err = f.none(words)
	}
	if err != nil {
		return err
	}
	_, err = env.Stdout.Write(estatefile.Schema())
	return err
}

// versionVerb prints the version.
func versionVerb(env Env, args []string) error {
	f := newFlags(env, "version", "reprise version\n\nPrints the version.")
	words, err := f.read(args)
	if err == nil {
		err = f.none(words)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "reprise %s %s %s/%s\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// execVerb is the wrapper process. It is started by a run, with the folder of one attempt.
func execVerb(env Env, args []string) error {
	if len(args) != 1 {
		return diag.Refuse("exec runs one attempt of a recovery and is started by it", "to recover something: reprise recover --help")
	}
	return wrapper.Attempt(args[0]).Exec()
}

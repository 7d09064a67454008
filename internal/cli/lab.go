package cli

import (
	"reprise/internal/diag"
	"reprise/internal/lab"
)

// labVerb is the stand-in for the tools that restore and start services in a demo. The scripts of the demo's estate call
// it; serve is the process of one service.
func labVerb(env Env, args []string) error {
	f := newFlags(env, "lab", "reprise lab is started by reprise demo, and by nobody else.").withFolder()
	words, err := f.read(args)
	if err != nil {
		return err
	}
	switch {
	case len(words) == 5 && words[0] == "serve":
		return lab.Serve(f.folder, words[1], words[2], words[3], words[4])
	case len(words) != 1:
		return diag.Refuse("lab acts for a demo and is started by it", "to see one: reprise demo noumea")
	}
	effect, err := lab.NewEffect(f.folder, env.Getenv)
	if err != nil {
		return diag.Refuse(err.Error(), "to see one: reprise demo noumea")
	}
	code, err := effect.Do(words[0])
	if err != nil {
		exitCode(env, err) // tells it; the code is the one that the script promises
	}
	return status(code)
}

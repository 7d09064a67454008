package cli

import (
	"fmt"

	"reprise/internal/diag"
	"reprise/internal/view"
)

const checkUsage = `reprise check [-f FILE|DIR] [--json]

Says everything that is wrong with the estate file, with place and next step.
Exit codes: 0 nothing, 1 warnings, 2 the file cannot be used.`

type checkDocument struct {
	Schema   string    `json:"schema"`
	Findings diag.List `json:"findings"`
	Services int       `json:"services"`
}

func checkVerb(env Env, args []string) error {
	f := newFlags(env, "check", checkUsage).withEstate().withJSON()
	words, err := f.read(args)
	if err == nil {
		err = f.none(words)
	}
	if err != nil {
		return err
	}
	loaded, err := f.load()
	findings, is := diag.Of(err)
	if err != nil && !is {
		return err
	}
	findings = append(findings, loaded.Warnings...)
	code := status(exitDone)
	switch {
	case err != nil:
		code = exitRefused
	case len(findings) > 0:
		code = exitFailed
	}
	if f.json {
		if findings == nil {
			findings = diag.List{}
		}
		if err := view.JSON(env.Stdout, checkDocument{view.CheckSchema, findings, len(loaded.Estate.Services)}); err != nil {
			return err
		}
		return code
	}
	for _, finding := range findings {
		fmt.Fprint(env.Stdout, finding.Text())
	}
	if err == nil {
		est := loaded.Estate
		fmt.Fprintf(env.Stdout, "The estate can be used: %s on %s at %s, %s.\n", view.Count(len(est.Services), "service"),
			view.Count(len(est.Platforms), "platform"), view.Count(len(est.Sites), "site"), view.Count(len(findings), "finding"))
	} else {
		fmt.Fprintf(env.Stdout, "%s. The estate cannot be used before its errors are mended.\n", view.Count(len(findings), "finding"))
	}
	return code
}

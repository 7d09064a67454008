package cli

import (
	"context"
	"fmt"
	"os"

	"reprise/internal/estatefile"
	"reprise/internal/recovery"
)

// load reads the estate that -f names, or the one that lies where one is looked for. Warnings go to Stderr.
func (f *flags) load() (estatefile.Loaded, error) {
	path := f.estate
	if path == "" {
		path = "estate.yaml"
		if _, err := os.Stat(path); err != nil {
			if info, err := os.Stat("estate"); err == nil && info.IsDir() {
				path = "estate"
			}
		}
	}
	loaded, err := estatefile.Load(path)
	if err != nil {
		return estatefile.Loaded{}, err
	}
	return loaded, nil
}

// situation reads the estate and what has happened to it.
func (f *flags) situation(ctx context.Context) (estatefile.Loaded, *recovery.History, error) {
	loaded, err := f.load()
	if err != nil {
		return estatefile.Loaded{}, nil, err
	}
	for _, warning := range loaded.Warnings {
		fmt.Fprint(f.env.Stderr, warning.Text())
	}
	folder, err := f.dataFolder()
	if err != nil {
		return estatefile.Loaded{}, nil, err
	}
	history, err := folder.ReadHistory(ctx)
	return loaded, history, err
}

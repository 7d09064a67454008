package estatefile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/diag"
	"reprise/internal/estate"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, findings := Parse("estate.yaml", data)
		for _, d := range findings {
			known := slices.ContainsFunc(codes, func(c struct {
				code  diag.Code
				means string
			}) bool {
				return c.code == d.Code
			})
			if d.File != "estate.yaml" || d.Line < 1 || d.Column < 1 || d.Message == "" || d.Next == "" || !known {
				t.Errorf("incomplete finding %+v", d)
			}
		}
		if findings.Err() != nil {
			return
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back estate.Estate
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, back); diff != "" {
			t.Errorf("-parsed +read back\n%s", diff)
		}
	})
}

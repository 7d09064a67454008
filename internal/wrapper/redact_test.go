package wrapper

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However the output is cut into writes, no secret passes, and nothing else is lost.
func TestNoSecretPassesWhereverTheWritesAreCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secrets := rapid.SliceOfN(rapid.StringMatching(`[ab]{2,5}`), 1, 3).Draw(t, "secrets")
		text := rapid.StringMatching(`[abc ]{0,60}`).Draw(t, "text")
		var out bytes.Buffer
		r := &redactor{to: &out}
		for _, s := range secrets {
			r.secrets = append(r.secrets, []byte(s))
		}
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "write")
			if _, err := r.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := r.flush(); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		for _, s := range secrets {
			if strings.Contains(strings.ReplaceAll(got, "[redacted]", "#"), s) {
				t.Fatalf("%q with secrets %q came out as %q", text, secrets, got)
			}
		}
		if strings.Count(got, "c")-strings.Count(got, "[redacted]") != strings.Count(text, "c") {
			t.Fatalf("%q came out as %q", text, got)
		}
	})
}

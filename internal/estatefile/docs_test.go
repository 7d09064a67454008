package estatefile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"reprise/internal/diag"
)

// withoutExample are the codes that no text of one file can show.
var withoutExample = []diag.Code{codeNoEstate, codeUnreadable, codeTooLarge, codeNotText, codeMissingScript}

var fenced = regexp.MustCompile("(?s)```yaml\n(.*?)```")

const docs = "../../docs/diagnostics"

func TestEveryCodeHasAPageWhoseExamplesAreTrue(t *testing.T) {
	for _, c := range codes {
		t.Run(string(c.code), func(t *testing.T) {
			page, err := os.ReadFile(filepath.Join(docs, string(c.code)+".md"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(page), "# "+string(c.code)+"\n") {
				t.Errorf("the page does not begin with the code as its title")
			}
			examples := fenced.FindAllSubmatch(page, -1)
			if slices.Contains(withoutExample, c.code) && len(examples) == 0 {
				return
			}
			if len(examples) != 2 {
				t.Fatalf("the page has %d examples, want one that is bad and one that is good", len(examples))
			}
			_, bad := Parse("bad.yaml", examples[0][1])
			if len(bad) == 0 || slices.ContainsFunc(bad, func(d diag.Diagnostic) bool { return d.Code != c.code }) {
				t.Errorf("the bad example yields\n%v\nwant %s and nothing else", bad, c.code)
			}
			if _, good := Parse("good.yaml", examples[1][1]); len(good) > 0 {
				t.Errorf("the good example yields\n%v", good)
			}
		})
	}
}

func TestTheListOfPagesIsTheTableOfCodes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&want, "- [%s](%s.md): %s\n", c.code, c.code, c.means)
	}
	if !strings.HasSuffix(string(page), want.String()) {
		t.Errorf("README.md does not end with\n%s", want.String())
	}
}

package internal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"reprise/internal/estatefile"
)

// Every key that the estate file takes is explained.
func TestEveryKeyOfTheEstateFileIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/estate.md")
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(estatefile.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for key := range keysOf(schema, map[string]bool{}) {
		word := regexp.MustCompile("`[^`]*\\b" + regexp.QuoteMeta(key) + "\\b[^`]*`")
		if !word.Match(text) {
			t.Errorf("docs/estate.md does not explain %q", key)
		}
	}
}

func keysOf(node any, keys map[string]bool) map[string]bool {
	switch n := node.(type) {
	case map[string]any:
		if properties, is := n["properties"].(map[string]any); is {
			for key := range properties {
				keys[key] = true
			}
		}
		for _, child := range n {
			keysOf(child, keys)
		}
	case []any:
		for _, child := range n {
			keysOf(child, keys)
		}
	}
	return keys
}

// The estate that docs/estate.md shows is one that can be used.
func TestTheEstateInTheDocsCanBeUsed(t *testing.T) {
	text, err := os.ReadFile("../docs/estate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/estate.md shows no estate")
	}
	if _, findings := estatefile.Parse("docs/estate.md", []byte(example)); len(findings) > 0 {
		t.Error(findings.Error())
	}
}

// Links between the project's own pages lead somewhere.
func TestNoPageHasADeadLink(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	pages, _ := filepath.Glob("../docs/*.md")
	more, _ := filepath.Glob("../*.md")
	diagnostics, _ := filepath.Glob("../docs/diagnostics/*.md")
	for _, page := range append(append(pages, more...), diagnostics...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), match[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			}
		}
	}
}

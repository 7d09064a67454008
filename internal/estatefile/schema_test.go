package estatefile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

func TestTheSchemaAcceptsWhatLoadsAndRefusesWhatIsMisspelt(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("estate.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("estate.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(file string) error {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := yaml.Load(data, &value); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	if err := check(example); err != nil {
		t.Errorf("%s: %v", example, err)
	}
	for _, bad := range []string{
		"key-misspelt-in-service", "key-misspelt-in-defaults", "key-of-next-release", "tier-as-word", "version-as-number",
		"sections-as-lists", "run-of-nothing", "recovery-false", "boolean-as-yes", "parameter-of-unknown-type", "need-with-unknown-when",
		"language-by-name", "run-as-a-shell-line", "key-misspelt-of-something-required",
	} {
		if check(filepath.Join("testdata/bad", bad+".yaml")) == nil {
			t.Errorf("the schema accepts %s", bad)
		}
	}
	if !bytes.Equal(Schema(), Schema()) {
		t.Error("the schema is another one each time")
	}
}

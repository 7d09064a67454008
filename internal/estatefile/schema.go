package estatefile

import (
	"encoding/json"
	"reflect"
	"strings"

	"reprise/internal/unit"
)

// Schema returns the JSON Schema (draft 2020-12) of an estate file, for editors. It is made from the types that the
// decoder fills, so it knows the same keys; what one value says about another only Load knows.
func Schema() []byte {
	g := &generator{defs: map[string]any{}}
	root := g.object(reflect.TypeFor[estateShape]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Reprise estate file"
	root["description"] = "The sites, platforms, services and recipes of an estate. A folder of such files is read as one."
	root["$defs"] = g.defs
	// Maps of strings, numbers and lists always marshal, and with sorted keys.
	out, _ := json.MarshalIndent(root, "", "  ")
	return append(out, '\n')
}

// generator makes schemas of file-shaped types, each struct once.
type generator struct{ defs map[string]any }

// schemer is a file-shaped type that is not, or not only, a mapping with fixed keys.
type schemer interface {
	schema(g *generator) map[string]any
}

// of returns the schema of a file-shaped type.
func (g *generator) of(t reflect.Type) map[string]any {
	if s, special := reflect.New(t).Interface().(schemer); special {
		return s.schema(g)
	}
	return g.ref(t)
}

// ref returns a reference to the schema of a struct, which it makes on first use.
func (g *generator) ref(t reflect.Type) map[string]any {
	name := strings.TrimSuffix(t.Name(), "Shape")
	if _, made := g.defs[name]; !made {
		g.defs[name] = nil // keeps a type that holds itself from being made for ever
		g.defs[name] = g.object(t)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// object returns the schema of a struct: its keys, and no others.
func (g *generator) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		property := g.of(f.Type)
		property["title"] = strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " ")
		property["description"] = f.Tag.Get("doc")
		if allowed := f.Tag.Get("enum"); allowed != "" {
			property["enum"] = strings.Split(allowed, ",")
		}
		properties[key] = property
		if options == "required" {
			required = append(required, key)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (v *value[T]) schema(*generator) map[string]any {
	switch any(v.V).(type) {
	case int:
		return map[string]any{"type": "integer"}
	case bool:
		return map[string]any{"type": "boolean"}
	case unit.Duration:
		return map[string]any{"type": "string", "minLength": 1, "examples": []string{"90d", "4h", "20m", "1h30m"}}
	case unit.Size:
		return map[string]any{"type": "string", "minLength": 1, "examples": []string{"512GiB", "2MB"}}
	case unit.Rate:
		return map[string]any{"type": "string", "minLength": 1, "examples": []string{"400MB/s"}}
	}
	return map[string]any{"type": "string", "minLength": 1}
}

func (t *table[T]) schema(g *generator) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": g.of(reflect.TypeFor[T]())}
}

func (s *sequence[T]) schema(g *generator) map[string]any {
	return map[string]any{"type": "array", "minItems": 1, "items": g.of(reflect.TypeFor[T]())}
}

func (w *words) schema(*generator) map[string]any {
	word := map[string]any{"type": "string", "minLength": 1}
	return oneOrMany(word, map[string]any{"uniqueItems": true})
}

func (t *text) schema(*generator) map[string]any {
	plain := map[string]any{"type": "string", "minLength": 1}
	return map[string]any{"anyOf": []any{plain, map[string]any{
		"type": "object", "minProperties": 1, "additionalProperties": plain,
		"propertyNames": map[string]any{"pattern": languageTag.String()},
	}}}
}

func (a *argv) schema(*generator) map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"type": "string", "pattern": `^\s*\S+\s*$`},
		map[string]any{"type": "array", "minItems": 1, "items": map[string]any{"type": scalarTypes()}},
	}}
}

func (s *anyScalar) schema(*generator) map[string]any {
	return map[string]any{"type": scalarTypes()}
}

func (r *recovery) schema(g *generator) map[string]any {
	return map[string]any{"anyOf": []any{map[string]any{"const": noRecovery}, g.ref(reflect.TypeFor[recovery]())}}
}

func (s *needs) schema(g *generator) map[string]any {
	return oneOrMany(g.of(reflect.TypeFor[need]()), nil)
}

func (s *need) schema(g *generator) map[string]any {
	return map[string]any{"anyOf": []any{map[string]any{"type": "string", "minLength": 1}, g.ref(reflect.TypeFor[need]())}}
}

// oneOrMany returns the schema of something that may be written once or as a list, with more to say about the list.
func oneOrMany(one, more map[string]any) map[string]any {
	many := map[string]any{"type": "array", "items": one}
	for key, value := range more {
		many[key] = value
	}
	return map[string]any{"anyOf": []any{one, many}}
}

func scalarTypes() []string { return []string{"string", "number", "boolean"} }

// Package i18n holds texts in several languages. A text is a value; which language is wanted is always an argument.
//
// It does not translate, and it knows no message of any other package.
package i18n

import (
	"encoding/json"
	"maps"
	"slices"
)

// Lang is a BCP 47 language tag such as "fr" or "en".
type Lang string

// Any is the language of a text that was written once, for everybody.
const Any Lang = ""

// Text is one sentence or title per language. The zero value is an empty text.
type Text map[Lang]string

// Plain returns a text that reads the same in every language.
func Plain(s string) Text { return Text{Any: s} }

// In returns the text in the first of the wanted languages that it has, then as written for everybody, then in any
// language at all (the first by tag, so that the answer does not change from call to call).
func (t Text) In(wanted ...Lang) string {
	for _, lang := range append(slices.Clone(wanted), Any) {
		if s, found := t[lang]; found {
			return s
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		return t[lang]
	}
	return ""
}

// MarshalJSON writes a plain text as a string and any other as an object by language.
func (t Text) MarshalJSON() ([]byte, error) {
	if s, plain := t[Any]; plain && len(t) == 1 {
		return json.Marshal(s)
	}
	return json.Marshal(map[Lang]string(t))
}

// UnmarshalJSON reads both forms that MarshalJSON writes.
func (t *Text) UnmarshalJSON(data []byte) error {
	var plain string
	if json.Unmarshal(data, &plain) == nil {
		*t = Plain(plain)
		return nil
	}
	var byLang map[Lang]string
	if err := json.Unmarshal(data, &byLang); err != nil {
		return err
	}
	*t = byLang
	return nil
}

package estatefile

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"reprise/internal/i18n"
	"reprise/internal/unit"
)

// value is one scalar of a type that the decoder knows: string, int, bool, or a quantity.
type value[T any] struct {
	mark
	V T
}

func (v *value[T]) read(d *decoder, n *node, what string) state {
	var err error
	switch into := any(&v.V).(type) {
	case *string:
		return d.text(n, what, into)
	case *int:
		return d.integer(n, what, into)
	case *bool:
		return d.boolean(n, what, into)
	case *unit.Duration:
		if !d.want(n, what, scalar, "a duration such as 20m or 4h") {
			return broken
		}
		*into, err = unit.ParseDuration(n.text)
	case *unit.Size:
		if !d.want(n, what, scalar, "a size such as 512GiB") {
			return broken
		}
		*into, err = unit.ParseSize(n.text)
	case *unit.Rate:
		if !d.want(n, what, scalar, "a rate such as 400MB/s") {
			return broken
		}
		*into, err = unit.ParseRate(n.text)
	}
	if err != nil {
		message, next := advice(err, "write a number with its unit")
		d.fail(n.at, codeBadQuantity, what+": "+message, next)
		return broken
	}
	return sound
}

// advice takes what other packages say about a value apart: what is wrong, and what to do.
func advice(err error, otherwise string) (message, next string) {
	message, next, _ = strings.Cut(err.Error(), "; ")
	switch {
	case next == "":
		return message, otherwise
	case !strings.HasPrefix(next, "write "):
		return message, otherwise + "; " + next
	}
	return message, next
}

// text reads a scalar that YAML takes for text. Numbers are not accepted unquoted: 6.10 would be 6.1 to other readers.
func (d *decoder) text(n *node, what string, into *string) state {
	if !d.want(n, what, scalar, "a text") {
		return broken
	}
	if n.tag != "!!str" {
		d.wrong(n, what, "a text")
		return broken
	}
	if strings.TrimSpace(n.text) == "" {
		d.fail(n.at, codeEmptyValue, what+" is empty", "write a text, or remove the key")
		return broken
	}
	*into = n.text
	return sound
}

func (d *decoder) integer(n *node, what string, into *int) state {
	if !d.want(n, what, scalar, "a whole number") {
		return broken
	}
	number, err := strconv.ParseInt(n.text, 10, 32)
	if n.tag != "!!int" || err != nil {
		d.wrong(n, what, "a whole number")
		return broken
	}
	*into = int(number)
	return sound
}

func (d *decoder) boolean(n *node, what string, into *bool) state {
	if !d.want(n, what, scalar, "true or false") {
		return broken
	}
	if n.tag != "!!bool" {
		d.wrong(n, what, "true or false")
		return broken
	}
	*into = strings.EqualFold(n.text, "true")
	return sound
}

// table is a mapping whose keys are names that people choose.
type table[T any] struct {
	mark
	Of map[string]*T
}

func (t *table[T]) read(d *decoder, n *node, what string) state {
	if !d.want(n, what, mapping, "a mapping") {
		return broken
	}
	got := sound
	t.Of = make(map[string]*T, len(n.pairs))
	for _, p := range n.pairs {
		entry := new(T)
		if d.value(p.value, quoted(p.key), reflect.ValueOf(entry).Elem()) != sound {
			got = flawed
		}
		t.Of[p.key] = entry
	}
	if n.holes {
		got = flawed
	}
	return got
}

// sequence is a list of mappings.
type sequence[T any] struct {
	mark
	Items []*T
}

func (s *sequence[T]) read(d *decoder, n *node, what string) state {
	if !d.want(n, what, list, "a list") {
		return broken
	}
	got := sound
	for i, item := range n.items {
		entry := new(T)
		if d.value(item, fmt.Sprintf("item %d of %s", i+1, what), reflect.ValueOf(entry).Elem()) != sound {
			got = flawed
		}
		s.Items = append(s.Items, entry)
	}
	return got
}

// words is one text, or a list of them, none twice.
type words struct {
	mark
	Items []*value[string]
}

func (w *words) read(d *decoder, n *node, what string) state {
	items := []*node{n}
	if n.kind == list {
		items = n.items
	} else if n.kind != scalar {
		d.wrong(n, what, "a name or a list of names")
		return broken
	}
	got := sound
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		word := &value[string]{}
		if d.value(item, what, reflect.ValueOf(word).Elem()) != sound {
			got = flawed
			continue
		}
		if seen[word.V] {
			d.fail(item.at, codeRepeated, fmt.Sprintf("%s names %s twice", what, quoted(word.V)), "remove one of the two")
			got = flawed
			continue
		}
		seen[word.V] = true
		w.Items = append(w.Items, word)
	}
	return got
}

// text is one sentence or title: a string, or a mapping by language.
type text struct {
	mark
	V i18n.Text
}

func (t *text) read(d *decoder, n *node, what string) state {
	if n.kind != mapping {
		var plain string
		if n.kind == list {
			d.wrong(n, what, "a text or a mapping by language")
			return broken
		}
		got := d.text(n, what, &plain)
		if got == sound {
			t.V = i18n.Plain(plain)
		}
		return got
	}
	got := sound
	t.V = i18n.Text{}
	for _, p := range n.pairs {
		var in string
		if d.text(p.value, p.key, &in) != sound || !d.language(p.key, p.at) {
			got = flawed
			continue
		}
		t.V[i18n.Lang(p.key)] = in
	}
	if len(t.V) == 0 {
		if got == sound {
			d.fail(n.at, codeEmptyValue, what+" is empty", "write a text, or one per language, or remove the key")
		}
		return broken
	}
	return got
}

// languageTag is the part of BCP 47 that people use: fr, en, fr-NC, zh-Hant.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func (r *report) language(tag string, at place) bool {
	if languageTag.MatchString(tag) {
		return true
	}
	r.fail(at, codeBadLanguage, quoted(tag)+" is not the tag of a language", "write a tag such as fr, en or fr-NC")
	return false
}

// argv is a command as a list of words, or a single word.
type argv struct {
	mark
	Words []string
}

func (a *argv) read(d *decoder, n *node, what string) state {
	switch {
	case n.kind == scalar && n.tag == "!!str" && strings.TrimSpace(n.text) != "":
		if fields := strings.Fields(n.text); len(fields) > 1 {
			d.fail(n.at, codeShellLine, what+" is one line, and no shell takes it apart",
				fmt.Sprintf("write a list of words: %s: [%s]", what, shorten(strings.Join(fields, ", "))))
			return broken
		}
		a.Words = []string{strings.TrimSpace(n.text)}
		return d.argument(n, what)
	case n.kind != list:
		d.wrong(n, what, "a list of words such as [bin/restore, --all]")
		return broken
	case len(n.items) == 0:
		d.fail(n.at, codeEmptyValue, what+" is an empty list", "write the command and its arguments, such as [bin/restore, --all]")
		return broken
	}
	got := sound
	for i, item := range n.items {
		// Arguments are text to the command whatever YAML takes them for, and the text is kept as it is written.
		if item.kind == unusable {
			got = broken
		} else if !d.want(item, what, scalar, "one word of a command") || d.argument(item, what) != sound {
			got = broken
		} else if i == 0 && strings.TrimSpace(item.text) == "" {
			d.fail(item.at, codeEmptyValue, what+" names no command", "write the command as the first word")
			got = broken
		} else {
			a.Words = append(a.Words, item.text)
		}
	}
	return got
}

// argument reports a word that no command can be given.
func (d *decoder) argument(n *node, what string) state {
	if strings.ContainsRune(n.text, 0) {
		d.fail(n.at, codeWrongType, what+" holds a zero character, which no command can be given", "remove it")
		return broken
	}
	return sound
}

// anyScalar is a value whose type only its recipe knows.
type anyScalar struct {
	mark
	tag, text string
}

func (s *anyScalar) read(d *decoder, n *node, what string) state {
	if !d.want(n, what, scalar, "a text, a number, or true or false") {
		return broken
	}
	s.tag, s.text = n.tag, n.text
	return sound
}

package estatefile

import (
	"fmt"
	"reflect"
	"strings"

	"reprise/internal/diag"
)

// state says how far a value could be understood.
type state int

const (
	absent state = iota // not written
	broken              // written, and nothing of it understood; reported
	flawed              // written, and parts of it not understood; those are reported
	sound
)

// mark is embedded in every file-shaped type: how the value was read, and from where.
type mark struct {
	state state
	at    place // of the value
	key   place // of its key, or the value's own place for an item of a list
}

func (m *mark) set(to mark)     { *m = to }
func (m *mark) current() state  { return m.state }
func (m mark) usable() bool     { return m.state >= flawed }
func (m mark) missing() bool    { return m.state == absent }
func (m mark) understood() bool { return m.state == sound }

// marked is every file-shaped type, by its pointer.
type marked interface {
	set(mark)
	current() state
}

// reader is a file-shaped type that reads itself: all but structs, which are read field by field.
type reader interface {
	read(d *decoder, n *node, what string) state
}

// decoder fills file-shaped values from nodes, reporting everything that does not fit.
type decoder struct {
	*report
	shapes map[reflect.Type]*shape
}

// shape is a struct as the file sees it: its keys.
type shape struct {
	keys  []string
	field map[string]field
}

type field struct {
	index    int
	required bool
}

// decode reads the merged tree of an estate, with the defaults for services written into each service.
func decode(r *report, root *node) *estateShape {
	d := &decoder{report: r, shapes: map[reflect.Type]*shape{}}
	mergeDefaults(root)
	file := &estateShape{}
	d.value(root, "the file", reflect.ValueOf(file).Elem())
	return file
}

// value reads n into v, which is a file-shaped type, and marks it. What names the value in messages.
func (d *decoder) value(n *node, what string, v reflect.Value) state {
	into := v.Addr().Interface()
	var got state
	switch reader, reads := into.(reader); {
	case n.kind == unusable:
		got = broken
	case reads:
		got = reader.read(d, n, what)
	default:
		got = d.fields(n, what, v)
	}
	into.(marked).set(mark{state: got, at: n.at, key: n.key})
	return got
}

// fields reads a mapping into a struct.
func (d *decoder) fields(n *node, what string, v reflect.Value) state {
	if !d.want(n, what, mapping, "a mapping") {
		return broken
	}
	got := sound
	known := d.shapeOf(v.Type())
	for _, p := range n.pairs {
		field, found := known.field[p.key]
		if !found {
			got = flawed
			if meant := d.unknownKey(p, known); meant != "" {
				d.cover(v.Field(known.field[meant].index), p.at)
			}
			continue
		}
		if d.value(p.value, p.key, v.Field(field.index)) != sound {
			got = flawed
		}
	}
	for _, key := range known.keys {
		f := v.Field(known.field[key].index)
		if n.holes {
			d.cover(f, n.at)
			got = flawed
		}
		if known.field[key].required && f.Addr().Interface().(marked).current() == absent {
			d.missing(n.key, what, key)
			got = flawed
		}
	}
	return got
}

// cover marks a value that is not there as broken, when why it is not there has been reported in other words.
func (d *decoder) cover(v reflect.Value, at place) {
	if m := v.Addr().Interface().(marked); m.current() == absent {
		m.set(mark{state: broken, at: at, key: at})
	}
}

// missing reports a key that is not there.
func (r *report) missing(at place, what, key string) {
	r.fail(at, codeMissingKey, fmt.Sprintf("%s has no %s", what, key), fmt.Sprintf("write %s: in %s", key, what))
}

// unknownKey reports a key that means nothing here, and returns the key that was most likely meant.
func (d *decoder) unknownKey(p pair, known *shape) (meant string) {
	next := "remove it; the keys here are " + strings.Join(known.keys, ", ")
	meant, near := diag.Nearest(shorten(p.key), known.keys)
	if near {
		next = fmt.Sprintf("write %s:", meant)
	}
	d.fail(p.at, codeUnknownKey, quoted(p.key)+" means nothing here", next)
	return meant
}

// shapeOf lists the keys of a struct, once per type.
func (d *decoder) shapeOf(t reflect.Type) *shape {
	if known := d.shapes[t]; known != nil {
		return known
	}
	s := &shape{field: map[string]field{}}
	for i := range t.NumField() {
		key, options, tagged := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if !tagged && key == "" {
			continue // the mark
		}
		s.keys = append(s.keys, key)
		s.field[key] = field{index: i, required: options == "required"}
	}
	d.shapes[t] = s
	return s
}

// want reports a node that is not of the kind wanted. Words say what is wanted, with the article.
func (d *decoder) want(n *node, what string, kind kind, words string) bool {
	if n.kind == kind && (kind != scalar || n.tag != "!!null") {
		return true
	}
	d.wrong(n, what, words)
	return false
}

// wrong reports a node of the wrong type, or an empty one.
func (d *decoder) wrong(n *node, what, words string) {
	if n.kind == scalar && n.tag == "!!null" {
		next := fmt.Sprintf("write %s, or remove the key", words)
		if words == "a mapping" {
			next = "write its keys below it, indented, or {} where the defaults say everything"
		}
		d.fail(n.at, codeEmptyValue, what+" has no value", next)
		return
	}
	next := "write " + words
	if words == "a mapping" {
		next = "write keys and values, indented below it or in braces"
	}
	if strings.HasPrefix(words, "a text") && n.kind == scalar {
		next = fmt.Sprintf("put it in quotes: %q", n.text)
	}
	d.fail(n.at, codeWrongType, fmt.Sprintf("%s is %s where %s is wanted", what, n.describe(), words), next)
}

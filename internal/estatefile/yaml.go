package estatefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// kind is the shape of a node.
type kind int

const (
	unusable kind = iota // reported already: nothing more is to be said about it
	scalar
	list
	mapping
)

// node is a YAML value with the place where it was written. It is the whole of YAML that an estate file may use: no
// anchors, aliases, merge keys or tags.
type node struct {
	kind  kind
	tag   string // of a scalar, as YAML resolves it: !!str, !!int, …
	text  string // of a scalar, unquoted
	at    place
	key   place   // of its key, or its own place where it has none
	items []*node // of a list
	pairs []pair  // of a mapping, in the order written
	// holes says that keys of a mapping were reported and left out, so that none of it may be called missing.
	holes bool
}

type pair struct {
	key   string
	at    place // of the key
	value *node
}

// maxDepth is deeper than any estate; a tree that deep is an attack or a mistake.
const maxDepth = 40

// depthLimit stops the YAML library as soon as a text nests too deep. It has the library's own contract for plugins.
type depthLimit struct{ hit bool }

// CheckDepth is called by the library when nesting grows.
func (l *depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		l.hit = true
		return errors.New("nested too deep")
	}
	return nil
}

// CheckAlias is called by the library when it expands an alias. It does so only for typed values, never for nodes.
func (*depthLimit) CheckAlias(int, int) error { return nil }

// parse reads one file into a tree. It returns nil when the file holds no mapping, which it has then reported.
func parse(r *report, src *source) *node {
	if at, found := firstNonText(src); found {
		r.fail(at, codeNotText, "this is not UTF-8 text", "save the file as UTF-8 text without control characters")
		return nil
	}
	limit := &depthLimit{}
	loader, err := yaml.NewLoader(bytes.NewReader(src.data), yaml.WithPlugin(limit))
	var document, more yaml.Node
	if err == nil {
		err = loader.Load(&document)
	}
	if errors.Is(err, io.EOF) || err == nil && isEmpty(&document) {
		r.fail(src.start(), codeEmptyFile, "the file holds nothing", "describe sites, platforms and services in it, or remove it")
		return nil
	}
	if err == nil {
		if err = loader.Load(&more); err == nil {
			r.fail(placeOf(src, &more), codeManyDocuments, "a second YAML document begins here", "remove the line ---, or move what follows to a file of its own in the same folder")
			return nil
		}
	}
	if !errors.Is(err, io.EOF) {
		failYAML(r, src, err, limit.hit)
		return nil
	}
	root := convert(r, src, document.Content[0], 0)
	if root.kind == scalar || root.kind == list {
		r.fail(root.at, codeWrongType, "the file holds "+root.describe()+" where a mapping is wanted", "write sections such as sites:, platforms: and services:")
	}
	if root.kind != mapping {
		return nil
	}
	return root
}

// isEmpty says whether a document has no content but white space.
func isEmpty(document *yaml.Node) bool {
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return true
	}
	root := document.Content[0]
	return root.Kind == yaml.ScalarNode && root.Tag == "!!null" && root.Value == ""
}

// firstNonText finds the first byte that is not UTF-8, or a control character that YAML forbids. The library would
// find it too, but not say where.
func firstNonText(src *source) (place, bool) {
	at := src.start()
	for i := 0; i < len(src.data); {
		r, size := utf8.DecodeRune(src.data[i:])
		if r == utf8.RuneError && size <= 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7F || r == '\ufeff' {
			return at, true
		}
		if end := lineEnd(src.data[i:]); end > 0 {
			at.line, at.column, size = at.line+1, 1, end
		} else {
			at.column++
		}
		i += size
	}
	return at, false
}

func placeOf(src *source, n *yaml.Node) place {
	return place{src: src, line: max(n.Line, 1), column: max(n.Column, 1)}
}

// convert copies a YAML node, reporting and leaving out what an estate file must not have.
func convert(r *report, src *source, n *yaml.Node, depth int) *node {
	at := placeOf(src, n)
	out := &node{at: at, key: at}
	switch {
	case depth > 2*maxDepth:
		r.fail(at, codeTooDeep, "lists and mappings are nested too deep", "take out the brackets or the indentation that went wrong here")
	case n.Kind == yaml.AliasNode:
		r.fail(at, codeAlias, fmt.Sprintf("*%s stands for something written elsewhere", n.Value), "write the value itself, or use defaults for what many services share")
	case n.Anchor != "":
		r.fail(at, codeAlias, fmt.Sprintf("&%s marks a value for use elsewhere", n.Anchor), "remove it and write the value where it is used, or use defaults for what many services share")
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(at, codeTag, fmt.Sprintf("%s is a YAML tag", shorten(n.Tag)), "remove the tag; put a value in quotes to make it a text")
	case n.Kind == yaml.ScalarNode:
		out.kind, out.tag, out.text = scalar, n.Tag, n.Value
	case n.Kind == yaml.SequenceNode:
		out.kind = list
		for _, item := range n.Content {
			out.items = append(out.items, convert(r, src, item, depth+1))
		}
	case n.Kind == yaml.MappingNode:
		out.kind = mapping
		convertPairs(r, src, n, out, depth)
	}
	return out
}

// convertPairs copies the keys and values of a mapping.
func convertPairs(r *report, src *source, n *yaml.Node, out *node, depth int) {
	first := make(map[string]place, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := placeOf(src, key)
		if key.Tag == "!!merge" && key.Kind == yaml.ScalarNode && key.Style == 0 {
			r.fail(at, codeAlias, "<< merges a mapping that is written elsewhere", "write the keys themselves, or use defaults for what many services share")
			out.holes = true
			continue
		}
		name := convert(r, src, key, depth+1)
		if name.kind != scalar {
			if name.kind != unusable {
				r.fail(at, codeWrongType, "a key is "+name.describe()+" where a plain word is wanted", "put a text with brackets or braces in quotes")
			}
			out.holes = true
			continue
		}
		if before, twice := first[name.text]; twice {
			failDuplicate(r, name.text, at, before)
			continue
		}
		first[name.text] = at
		child := convert(r, src, value, depth+1)
		child.key = at
		out.pairs = append(out.pairs, pair{name.text, at, child})
	}
}

// failDuplicate reports a key that is written twice, naming both places.
func failDuplicate(r *report, key string, at, before place) {
	r.fail(at, codeDuplicateKey, fmt.Sprintf("%s is written already at %s", quoted(key), before.pos()), "keep one of the two, or give one of them another name")
}

// bareBraces is a probe that somebody wrote without quotes, in a place where YAML reads braces.
var bareBraces = regexp.MustCompile(`[:\s][a-z]+://[^\s"']*\{(at|name)\}`)

// failYAML reports why the YAML library gave up.
func failYAML(r *report, src *source, err error, tooDeep bool) {
	at, message := src.start(), err.Error()
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message = load.Message
		at = place{src: src, line: max(load.Mark.Line, 1), column: max(load.Mark.Column, 1)}
		if load.ContextMark.Line > 0 && load.ContextMark.Line < at.line {
			message += fmt.Sprintf(" (%s that begins at line %d)", load.ContextMsg, load.ContextMark.Line)
		}
		// What is never closed is noticed at the end of the file, where there is nothing to see.
		if len(bytes.TrimSpace(src.line(at.line))) == 0 && load.ContextMark.Line > 0 {
			at = place{src: src, line: load.ContextMark.Line, column: max(load.ContextMark.Column, 1)}
		}
	}
	line := src.line(at.line)
	next := "check the indentation, brackets and quotes of this line and of the one before"
	switch {
	case tooDeep:
		r.fail(at, codeTooDeep, "lists and mappings are nested too deep", "take out the brackets or the indentation that went wrong here")
		return
	case bytes.ContainsRune(line[:len(line)-len(bytes.TrimLeft(line, " \t"))], '\t'):
		message, next = "a tab indents this line", "indent with spaces"
	case strings.Contains(message, "unknown anchor"):
		r.fail(at, codeAlias, "a * stands for something written elsewhere", "put the text in quotes, or write the value itself")
		return
	case bareBraces.Match(line):
		message, next = "braces in a text without quotes begin a mapping", "put the text in quotes, such as \"tcp://{at}:389\""
	case strings.Contains(message, "mapping values are not allowed"):
		message, next = "a colon begins a value where none can be", "put a text that holds a colon and a space in quotes, or check the indentation"
	case strings.Contains(message, "cannot start any token"):
		message, next = "this character cannot begin a value", "put the text in quotes"
	}
	r.fail(at, codeBadYAML, message, next)
}

// describe says what a node is, with its article.
func (n *node) describe() string {
	switch n.kind {
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	}
	switch n.tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!timestamp":
		return "a date"
	}
	return "a text"
}

// shorten keeps what people wrote from filling a message.
func shorten(s string) string { return shortenTo(s, 60) }

func shortenTo(s string, most int) string {
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}

// quoted shows what people wrote in a message.
func quoted(s string) string { return fmt.Sprintf("%q", shorten(s)) }

// Package estatefile reads what people write about their estate, YAML files, into estate values.
//
// It guarantees that an estate that it returns is complete and checked: defaults are merged in, every name that is
// mentioned exists, quantities carry units, parameters fit their recipes, and needs can be put in an order. What is
// wrong is reported all at once, each finding with file, line, column, the line itself and the next step; a cause hides
// its consequences. No input makes it panic or take more than a moment. The JSON Schema that it prints is made from the
// types that it decodes with.
//
// It does not write estate files, look at the programs that recipes run, or judge an estate that can be used but is
// unwise: that is for the checks.
package estatefile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/fact"
)

// maxFile is the largest file that is read. It holds an estate of some 100,000 services.
const maxFile = 16 << 20

// Loaded is an estate as read from files.
type Loaded struct {
	Estate   estate.Estate
	Digest   string      // "sha256:" and the hex SHA-256 of the estate's JSON
	Folder   string      // absolute; paths in recipes are relative to it
	Files    []fact.File // every file that was read, by name
	Warnings diag.List   // what somebody should look at
}

// Load reads an estate from a file, or from all *.yaml and *.yml files of a folder, merged by key. If anything is wrong
// the error is a diag.List with every finding, sorted; diag.Of gets it back.
func Load(path string) (Loaded, error) {
	r := newReport()
	loaded, names := find(r, path)
	var sources []*source
	for _, name := range names {
		data, ok := readFile(r, name)
		if !ok {
			continue
		}
		relative, err := filepath.Rel(filepath.Dir(names[0]), name)
		if err != nil {
			relative = filepath.Base(name)
		}
		sum := sha256.Sum256(data)
		loaded.Files = append(loaded.Files, fact.File{Name: filepath.ToSlash(relative), SHA256: hex.EncodeToString(sum[:])})
		sources = append(sources, newSource(name, data))
	}
	loaded.Estate = read(r, sources, len(sources) == len(names), loaded.Folder)
	findings := r.sorted()
	if err := findings.Err(); err != nil {
		return Loaded{}, err
	}
	digest, err := digestOf(loaded.Estate)
	if err != nil {
		return Loaded{}, fmt.Errorf("load %s: %w", path, err)
	}
	loaded.Digest, loaded.Warnings = digest, findings
	return loaded, nil
}

// Parse reads one file that is in memory. The estate is of use only if the findings hold no error.
func Parse(name string, data []byte) (estate.Estate, diag.List) {
	r := newReport()
	src := newSource(name, data)
	if len(data) > maxFile {
		r.fail(src.start(), codeTooLarge, tooLarge(name), tooLargeNext)
		return estate.Estate{}, r.sorted()
	}
	return read(r, []*source{src}, true, ""), r.sorted()
}

// read turns sources into an estate. With a file missing or not readable as YAML it stops before names are looked up,
// because every mention of what that file describes would look like a ghost.
func read(r *report, sources []*source, complete bool, folder string) estate.Estate {
	var roots []*node
	for _, src := range sources {
		if root := parse(r, src); root != nil {
			roots = append(roots, root)
		} else {
			complete = false
		}
	}
	if len(roots) == 0 {
		return estate.Estate{}
	}
	file := decode(r, mergeFiles(r, roots))
	if !complete {
		return estate.Estate{}
	}
	return resolve(r, file, folder)
}

// digestOf names an estate by its content.
func digestOf(e estate.Estate) (string, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// find lists the files that make up the estate at path, sorted, and fills in their folder.
func find(r *report, path string) (Loaded, []string) {
	nowhere := newSource(path, nil).nowhere()
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			r.fail(nowhere, codeNoEstate, "there is no such file or folder", "run again with -f FILE or -f FOLDER, or write an estate file here")
		} else {
			r.fail(nowhere, codeUnreadable, reason(err), "make the file readable for the user who runs this command")
		}
		return Loaded{}, nil
	}
	folder, names := filepath.Dir(path), []string{path}
	if info.IsDir() {
		folder, names = path, filesIn(r, path)
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		r.fail(nowhere, codeUnreadable, reason(err), "run the command again from a folder that exists")
		return Loaded{}, nil
	}
	return Loaded{Folder: absolute}, names
}

// filesIn lists the YAML files of a folder. It does not look into folders below: recipes keep their own files there.
func filesIn(r *report, folder string) []string {
	nowhere := newSource(folder, nil).nowhere()
	entries, err := os.ReadDir(folder)
	if err != nil {
		r.fail(nowhere, codeUnreadable, reason(err), "make the folder readable for the user who runs this command")
		return nil
	}
	var names []string
	for _, entry := range entries {
		kind := strings.ToLower(filepath.Ext(entry.Name()))
		if !entry.IsDir() && (kind == ".yaml" || kind == ".yml") && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, filepath.Join(folder, entry.Name()))
		}
	}
	if len(names) == 0 {
		r.fail(nowhere, codeNoEstate, "the folder holds no .yaml or .yml file", "write an estate file in it, or run again with -f FILE")
	}
	slices.Sort(names)
	return names
}

// readFile reads one file, unless it is no ordinary file or too large: then not a byte of it.
func readFile(r *report, name string) ([]byte, bool) {
	nowhere := newSource(name, nil).nowhere()
	info, err := os.Stat(name)
	switch {
	case err != nil:
		r.fail(nowhere, codeUnreadable, reason(err), "make the file readable for the user who runs this command")
		return nil, false
	case !info.Mode().IsRegular():
		r.fail(nowhere, codeUnreadable, "this is not an ordinary file", "name an ordinary file, or a folder of them")
		return nil, false
	case info.Size() > maxFile:
		r.fail(nowhere, codeTooLarge, tooLarge(name), tooLargeNext)
		return nil, false
	}
	data, err := readAtMost(name, maxFile)
	if err != nil {
		r.fail(nowhere, codeUnreadable, reason(err), "make the file readable for the user who runs this command")
		return nil, false
	}
	return data, true
}

// readAtMost reads a file that may be growing while it is read.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

func tooLarge(name string) string {
	return fmt.Sprintf("%s is larger than 16 MiB", filepath.Base(name))
}

const tooLargeNext = "split the estate into several files in one folder, and keep data other than the estate out of it"

// reason says why a file could not be read, without naming it again.
func reason(err error) string {
	if pathError, found := errors.AsType[*fs.PathError](err); found {
		err = pathError.Err
	}
	return "it cannot be read: " + err.Error()
}

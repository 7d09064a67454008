package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A room is a package, the floor that it stands on, and why it stands there.
type room struct {
	floor int
	why   string
}

// house is where every package stands. A package imports lower floors only. docs/architecture.md shows the same picture,
// and a test below holds them together: change both, or neither.
var house = map[string]room{
	"internal/diag":       {0, "everybody has something to say about a place in a file, so it knows nobody"},
	"internal/i18n":       {0, "texts are values, and what they say is none of its business"},
	"internal/unit":       {0, "a duration or a rate means the same everywhere"},
	"examples":            {0, "files to copy, embedded, and no code"},
	"internal/estate":     {1, "the vocabulary: all above speak it, so it must not change when they do"},
	"internal/fact":       {2, "what happened is data in the words of the estate; folding it is for those who need the fold"},
	"internal/schedule":   {2, "resource-constrained scheduling is mathematics: numbers in, numbers out"},
	"internal/graph":      {2, "what needs what follows from the estate alone"},
	"internal/probe":      {2, "how a service is asked does not depend on why"},
	"internal/wrapper":    {2, "a command and what became of it outlive every plan and journal that mention it"},
	"internal/action":     {3, "a step's doing must not know that a journal records it"},
	"internal/journal":    {3, "facts are kept by those who do not know what they mean"},
	"internal/placement":  {3, "where services run is a fold of facts, and needs no run"},
	"internal/plan":       {3, "a plan is a pure function: nothing that acts may be in reach"},
	"internal/estatefile": {4, "it checks the keys of every kind, so it stands above the kinds"},
	"internal/run":        {5, "it executes plans through the journal, and knows no estate file and no screen"},
	"internal/recovery":   {6, "it decides whether a run may be opened; how it then runs is below"},
	"internal/control":    {8, "it owns the data folder and so may touch all that acts on it"},
	"internal/view":       {8, "it shows folds, so it must not be able to change what they are folds of"},
	"internal/lab":        {9, "it starts real programs and looks at them from outside"},
	"internal/cli":        {10, "flags and wiring, above everything and used by nobody"},
	"bench/psplib":        {11, "it measures the scheduler on public instances, from outside"},
	"bench/psplib/progen": {11, "it makes instances of the same kind, for sizes that are not at hand"},
	"cmd/reprise":         {11, "the program is its command line"},
}

// inside are packages that stand in another one's room: implementations beside their contract, and its test suite.
var inside = map[string]string{
	"internal/journal/filelog":        "internal/journal",
	"internal/journal/memlog":         "internal/journal",
	"internal/journal/journaltest":    "internal/journal",
	"internal/journal/internal/entry": "internal/journal",
}

func TestAPackageImportsLowerFloorsOnly(t *testing.T) {
	for dir, files := range packages(t) {
		here, found := house[homeOf(dir)]
		if !found {
			t.Errorf("%s stands on no floor: give it a line in the house and in docs/architecture.md", dir)
			continue
		}
		for path, file := range files {
			for _, spec := range file.Imports {
				imported, _ := strconv.Unquote(spec.Path.Value)
				local, ours := strings.CutPrefix(imported, "reprise/")
				if !ours {
					continue
				}
				there, found := house[homeOf(local)]
				if !found || (homeOf(local) != homeOf(dir) && there.floor >= here.floor) {
					t.Errorf("%s (floor %d) imports %s (floor %d): %s", path, here.floor, local, there.floor, here.why)
				}
			}
		}
	}
}

// homeOf returns the room that a package stands in.
func homeOf(dir string) string {
	if other, is := inside[dir]; is {
		return other
	}
	return dir
}

func TestEveryRoomOfTheHouseIsThereAndInThePicture(t *testing.T) {
	there := packages(t)
	picture, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for dir := range house {
		if there[dir] == nil {
			t.Errorf("%s has a place in the house and is not there", dir)
		}
		if !strings.Contains(string(picture), "`"+strings.TrimPrefix(dir, "internal/")+"`") {
			t.Errorf("%s is not in the picture in docs/architecture.md", dir)
		}
	}
}

func TestEveryPackageSaysOnceWhatItIs(t *testing.T) {
	for dir, files := range packages(t) {
		var said []string
		for path, file := range files {
			if file.Doc != nil {
				said = append(said, path)
			}
		}
		if len(said) != 1 {
			t.Errorf("%s has %d package comments, and should have one: %v", dir, len(said), said)
		}
	}
}

// No init and no package variables but tables that nothing changes, errors, and what the linker sets: what a package
// does must follow from how it is called.
func TestNoPackageHasInitOrChangingGlobals(t *testing.T) {
	for _, files := range packages(t) {
		for path, file := range files {
			for _, decl := range file.Decls {
				if f, is := decl.(*ast.FuncDecl); is && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s has an init", path)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				assign, is := n.(*ast.AssignStmt)
				if !is || assign.Tok != token.ASSIGN {
					return true
				}
				for _, left := range assign.Lhs {
					if name, is := left.(*ast.Ident); is && isPackageVariable(file, name) {
						t.Errorf("%s assigns to the package variable %s", path, name.Name)
					}
				}
				return true
			})
		}
	}
}

func isPackageVariable(file *ast.File, name *ast.Ident) bool {
	if name.Obj == nil {
		return false
	}
	for _, decl := range file.Decls {
		if g, is := decl.(*ast.GenDecl); is && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				if slices.ContainsFunc(spec.(*ast.ValueSpec).Names, func(n *ast.Ident) bool { return n.Obj == name.Obj }) {
					return true
				}
			}
		}
	}
	return false
}

const longest = 500

func TestFilesAreShort(t *testing.T) {
	eachGoFile(t, func(path string, data []byte) {
		if n := strings.Count(string(data), "\n"); n > longest {
			t.Errorf("%s has %d lines; one mechanism per file, %d lines at the most", path, n, longest)
		}
	})
}

func TestTestsDoNotSleep(t *testing.T) {
	sleep := "time." + "Sleep("
	eachGoFile(t, func(path string, data []byte) {
		text := string(data)
		virtual := strings.Contains(text, `"testing/synctest"`) // in a bubble, sleeping takes no time
		if strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "bench_test.go") && !virtual && strings.Contains(text, sleep) {
			t.Errorf("%s sleeps: wait for what is expected, or use testing/synctest", path)
		}
	})
}

// packages parses every package of the module, without its tests, by its folder.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	found := map[string]map[string]*ast.File{}
	fset := token.NewFileSet()
	eachGoFile(t, func(path string, data []byte) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(fset, path, data, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if found[dir] == nil {
			found[dir] = map[string]*ast.File{}
		}
		found[dir][path] = file
	})
	return found
}

// eachGoFile calls visit with every Go file of the module, by its path from the module's root.
func eachGoFile(t *testing.T, visit func(path string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || (strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..")) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil {
			visit(filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))), data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

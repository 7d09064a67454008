package estatefile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/unit"
	"runtime"
)

const example = "testdata/good/caledonia.yaml"

func load(t *testing.T, path string) Loaded {
	t.Helper()
	loaded, err := Load(path)
	if err != nil {
		t.Fatalf("Load(%s):\n%v", path, err)
	}
	return loaded
}

// codesOf returns the codes of the findings that an error carries.
func codesOf(err error) []diag.Code {
	var out []diag.Code
	findings, _ := diag.Of(err)
	for _, d := range findings {
		out = append(out, d.Code)
	}
	return out
}

// write puts files into a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestTheExampleMeansWhatItSays(t *testing.T) {
	loaded := load(t, example)
	for _, warning := range loaded.Warnings {
		if warning.Code != codeMissingScript { // the test writes no scripts
			t.Error(warning.Text())
		}
	}
	e := loaded.Estate
	if got, want := e.Services["dns-1"].Recovery, (&estate.Recovery{Recipe: "web-app", To: "hyp-secours", With: map[string]string{"port": "53"}}); !cmp.Equal(got, want) {
		t.Errorf("dns-1: defaults are not merged deeply: %+v", got)
	}
	if e.Services["dns-2"].Recovery != nil {
		t.Error("dns-2: recovery: none does not win over the defaults")
	}
	if got, want := e.Services["postgres"].Recovery, (&estate.Recovery{Recipe: "database", To: "hyp-secours", With: map[string]string{"listen": "{at}:5432", "wal": "true"}}); !cmp.Equal(got, want) {
		t.Errorf("postgres: default parameters of another recipe are not left out: %+v", got)
	}
	if got, want := e.Services["messagerie"].Needs, []estate.Need{{AnyOf: []estate.ServiceID{"annuaire"}}, {AnyOf: []estate.ServiceID{"dns-1", "dns-2"}}}; !cmp.Equal(got, want) {
		t.Errorf("messagerie needs %+v", got)
	}
	minute := unit.Duration(time.Minute)
	type step struct {
		Name    string
		Timeout unit.Duration
		Lanes   int
	}
	var got []step
	for _, s := range e.Recipes["database"].Steps {
		got = append(got, step{s.Name, s.Timeout, s.Uses.Lanes})
	}
	want := []step{{"volume", 6 * minute, 1}, {"restore", 180 * minute, 2}, {"restore-2", 15 * minute, 0}, {"probe", 5 * minute, 0}, {"probe-2", 10 * minute, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps of database (-want +got)\n%s", diff)
	}
}

func TestALoadedEstateSurvivesItsJournal(t *testing.T) {
	loaded := load(t, example)
	raw, err := json.Marshal(loaded.Estate)
	if err != nil {
		t.Fatal(err)
	}
	var back estate.Estate
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(loaded.Estate, back); diff != "" {
		t.Errorf("-loaded +read back\n%s", diff)
	}
	if digest, err := digestOf(back); err != nil || digest != loaded.Digest {
		t.Errorf("digest %s, %v; want %s", digest, err, loaded.Digest)
	}
}

func TestAFolderIsReadAsOneFile(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	head, services, found := strings.Cut(string(text), "services:\n  dns-1:")
	if !found {
		t.Fatal("the example has changed")
	}
	first, second, found := strings.Cut(services, "  annuaire:")
	if !found {
		t.Fatal("the example has changed")
	}
	folder := write(t, map[string]string{
		"sites.yaml": head, "dns.yml": "services:\n  dns-1:" + first, "z.yaml": "services:\n  annuaire:" + second,
		"notes.txt": "not an estate", ".draft.yaml": "nor: this",
	})
	whole, parts := load(t, example), load(t, folder)
	if diff := cmp.Diff(whole.Estate, parts.Estate); diff != "" {
		t.Errorf("-file +folder\n%s", diff)
	}
	if whole.Digest != parts.Digest {
		t.Error("the same estate has two digests")
	}
	var names []string
	for _, file := range parts.Files {
		names = append(names, file.Name)
	}
	if diff := cmp.Diff([]string{"dns.yml", "sites.yaml", "z.yaml"}, names); diff != "" {
		t.Errorf("files: %s", diff)
	}
	if parts.Folder != folder {
		t.Errorf("folder %s, want %s", parts.Folder, folder)
	}
}

func TestAClashOfFilesNamesBothPlaces(t *testing.T) {
	folder := write(t, map[string]string{"a.yaml": "sites:\n  main: {}\n", "b.yaml": "sites:\n  main: {}\n"})
	_, err := Load(folder)
	findings, _ := diag.Of(err)
	if len(findings) != 1 || findings[0].Code != codeDuplicateKey || filepath.Base(findings[0].File) != "b.yaml" || !strings.Contains(findings[0].Message, "a.yaml:2:3") {
		t.Errorf("got\n%v", err)
	}
}

func TestOneBrokenFileDoesNotMakeGhostsOfWhatItDescribes(t *testing.T) {
	folder := write(t, map[string]string{"a.yaml": "platforms: {host: {site: main}}\nservces: {}\n", "b.yaml": "sites: {main: {}\n"})
	_, err := Load(folder)
	if diff := cmp.Diff([]diag.Code{codeUnknownKey, codeBadYAML}, codesOf(err)); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}

func TestWhatCannotBeReadIsAFinding(t *testing.T) {
	large := filepath.Join(t.TempDir(), "large.yaml")
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	loop := filepath.Join(t.TempDir(), "loop.yaml")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		want diag.Code
	}{
		"missing":      {filepath.Join(t.TempDir(), "estate.yaml"), codeNoEstate},
		"empty folder": {t.TempDir(), codeNoEstate},
		"large":        {large, codeTooLarge},
		"loop":         {loop, codeUnreadable},
		"device":       {os.DevNull, codeUnreadable},
	} {
		_, err := Load(c.path)
		if diff := cmp.Diff([]diag.Code{c.want}, codesOf(err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
			continue
		}
		if findings, _ := diag.Of(err); findings[0].File != c.path || findings[0].Next == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// estateOf returns an estate of n services that need one another in long chains and share their defaults.
func estateOf(n int, service func(i int) string) []byte {
	var b strings.Builder
	b.WriteString("sites: {main: {}}\nplatforms: {host: {site: main}}\ndefaults: {services: {tier: 2, runs_on: host}}\nservices:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d: %s\n", i, service(i))
	}
	return []byte(b.String())
}

func TestNothingTakesLong(t *testing.T) {
	const n = 20_000
	next := func(i int) string { return fmt.Sprintf("{needs: s%d}", i+1) }
	for name, c := range map[string]struct {
		data []byte
		want int // findings
	}{
		"brackets":     {[]byte("a: " + strings.Repeat("[", 1<<20)), 1},
		"braces":       {[]byte(strings.Repeat("{a: ", 1<<18)), 1},
		"dashes":       {[]byte(strings.Repeat("- ", 1<<20)), 1},
		"question":     {[]byte(strings.Repeat("? ", 1<<20)), 1},
		"long line":    {[]byte("sites: {main: {title: " + strings.Repeat("x", 1<<22) + "}}\n"), 0},
		"large":        {make([]byte, maxFile+1), 1},
		"chain":        {estateOf(n, func(i int) string { return fmt.Sprintf("{needs: s%d}", max(i-1, 0)) }), 1},
		"circle":       {estateOf(n, func(i int) string { return fmt.Sprintf("{needs: s%d}", (i+1)%n) }), 1},
		"ghosts":       {estateOf(n, func(i int) string { return fmt.Sprintf("{needs: t%d}", i) }), n},
		"unknown keys": {estateOf(n, func(int) string { return "{nees: a}" }), n},
		"last ghost":   {estateOf(n, next), 1},
		"bomb":         {[]byte("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nsites: *c\n"), 7},
		"same key":     {[]byte("sites:\n" + strings.Repeat("  main: {}\n", n)), n - 1},
	} {
		began := time.Now()
		_, findings := Parse("estate.yaml", c.data)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %s", name, took)
		} else {
			t.Logf("%s took %s", name, took)
		}
		if len(findings) != c.want {
			t.Errorf("%s: %d findings, want %d: %.600s", name, len(findings), c.want, findings.Error())
		}
	}
}

func BenchmarkLoadGrowsWithTheEstate(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		data := estateOf(n, func(i int) string { return fmt.Sprintf("{needs: [s%d, {any_of: [s%d, s%d]}]}", (i+1)%n*0, i/2, i/3) })
		data = []byte(strings.Replace(string(data), "  s0: {needs: [s0, {any_of: [s0, s0]}]}", "  s0: {}", 1))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Parse("estate.yaml", data)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/service")
		})
	}
}

// A command that is not there, or cannot be executed, is found on an ordinary day.
func TestCommandsAreLookedFor(t *testing.T) {
	folder := t.TempDir()
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{
		"bin/fine": {"#!/bin/sh\n", 0o755}, "bin/text": {"#!/bin/sh\n", 0o644},
		"estate.yaml": {`sites: {main: {}, spare: {}}
platforms: {host: {site: main}, other: {site: spare}}
services: {web: {tier: 1, runs_on: host, recovery: {recipe: app, to: other}}}
recipes:
  app:
    steps:
      - {run: [bin/fine], takes: 1m, observe: [bin/gone], undo: [systemctl, stop]}
      - {run: [bin/text], takes: 1m}
`, 0o644},
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.text), file.mode); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := Load(filepath.Join(folder, "estate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"7: there is no command bin/gone in the estate's folder", "8: bin/text cannot be executed"}
	if runtime.GOOS == "windows" {
		want = want[:1]
	}
	var got []string
	for _, warning := range loaded.Warnings {
		got = append(got, fmt.Sprintf("%d: %s", warning.Line, warning.Message))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

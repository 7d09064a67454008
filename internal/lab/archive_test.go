package lab

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// backup makes data and returns their manifest and archive.
func backup(t *testing.T) (Manifest, []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := makeData(dir, "paie", 100_000, 7); err != nil {
		t.Fatal(err)
	}
	manifest, err := survey("paie", dir, time.Date(2018, 12, 20, 23, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := manifest.pack(dir, &archive); err != nil {
		t.Fatal(err)
	}
	return manifest, archive.Bytes()
}

func TestArchiveRoundTrip(t *testing.T) {
	manifest, archive := backup(t)
	dir := t.TempDir()
	if err := manifest.unpack(bytes.NewReader(archive), dir); err != nil {
		t.Fatal(err)
	}
	if err := manifest.verify(dir); err != nil {
		t.Error(err)
	}
	again, err := survey("paie", dir, time.Now())
	if err != nil || again.Digest != manifest.Digest {
		t.Errorf("digest %s, %v; want %s", again.Digest, err, manifest.Digest)
	}
}

func TestDataOfTwoServicesAndSeedsDiffer(t *testing.T) {
	digests := map[string]string{}
	for _, c := range []struct {
		service string
		seed    uint64
	}{{"paie", 1}, {"paie", 2}, {"budget", 1}} {
		dir := t.TempDir()
		if err := makeData(dir, c.service, 1000, c.seed); err != nil {
			t.Fatal(err)
		}
		m, err := survey(c.service, dir, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if other, seen := digests[m.Digest]; seen {
			t.Errorf("%s with seed %d has the data of %s", c.service, c.seed, other)
		}
		digests[m.Digest] = c.service
	}
}

func TestFlippedBitIsRefused(t *testing.T) {
	manifest, archive := backup(t)
	for at := 0; at < len(archive); at += len(archive) / 37 {
		bad := bytes.Clone(archive)
		bad[at] ^= 1
		// A few bits of a gzip header say nothing about the data; then the data must be whole.
		dir := t.TempDir()
		if manifest.unpack(bytes.NewReader(bad), dir) == nil && manifest.verify(dir) != nil {
			t.Errorf("a bit flipped at %d was not noticed", at)
		}
	}
	dir := t.TempDir()
	if err := manifest.unpack(bytes.NewReader(archive), dir); err != nil {
		t.Fatal(err)
	}
	flip(t, filepath.Join(dir, "documents", "2.bin"))
	if err := manifest.verify(dir); !errors.Is(err, errAltered) {
		t.Errorf("altered data: %v", err)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTruncatedArchiveIsRefused(t *testing.T) {
	manifest, archive := backup(t)
	for _, n := range []int{0, 5, len(archive) / 2, len(archive) - 9, len(archive) - 1} {
		if err := manifest.unpack(bytes.NewReader(archive[:n]), t.TempDir()); err == nil {
			t.Errorf("%d of %d bytes were enough", n, len(archive))
		}
	}
}

func TestArchiveCannotLeaveItsFolder(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"upwards":   {Name: "../evil", Typeflag: tar.TypeReg},
		"through":   {Name: "documents/../../evil", Typeflag: tar.TypeReg},
		"absolute":  {Name: "/tmp/evil", Typeflag: tar.TypeReg},
		"backslash": {Name: `..\evil`, Typeflag: tar.TypeReg},
		"symlink":   {Name: "about.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		"hard link": {Name: "about.json", Typeflag: tar.TypeLink, Linkname: "../evil"},
		"device":    {Name: "about.json", Typeflag: tar.TypeChar},
	} {
		t.Run(name, func(t *testing.T) {
			var archive bytes.Buffer
			zip := gzip.NewWriter(&archive)
			out := tar.NewWriter(zip)
			if err := errors.Join(out.WriteHeader(&header), out.Close(), zip.Close()); err != nil {
				t.Fatal(err)
			}
			manifest := Manifest{Files: map[string]string{header.Name: ""}}
			outside := t.TempDir()
			dir := filepath.Join(outside, "data")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := manifest.unpack(&archive, dir); !errors.Is(err, errEscapes) {
				t.Errorf("%v; want %v", err, errEscapes)
			}
			if entries, _ := os.ReadDir(outside); len(entries) != 1 {
				t.Errorf("outside there is now %v", entries)
			}
		})
	}
}

func TestArchiveWithAStrangerIsRefused(t *testing.T) {
	manifest, archive := backup(t)
	delete(manifest.Files, "register.csv")
	if err := manifest.unpack(bytes.NewReader(archive), t.TempDir()); !errors.Is(err, errAltered) {
		t.Errorf("%v; want %v", err, errAltered)
	}
}

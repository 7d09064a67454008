package lab

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Manifest says what an archive must contain. It is made from the data, beside the archive, and not read out of it.
type Manifest struct {
	Service       string            `json:"service"`
	RecoveryPoint time.Time         `json:"recovery_point"` // the instant of the data
	Files         map[string]string `json:"files"`          // SHA-256 by slash-separated path
	Digest        string            `json:"digest"`         // of all files together
}

// Errors of an archive that cannot be restored.
var (
	errEscapes = errors.New("the archive would write outside its folder")
	errAltered = errors.New("the data are not what was backed up")
)

// noteName is a file beside the data that says which effect put them there. It is no part of them.
const noteName = ".restored.json"

// survey makes the manifest of a folder of data as it is now.
func survey(service, dir string, at time.Time) (Manifest, error) {
	m := Manifest{Service: service, RecoveryPoint: at.UTC().Truncate(time.Second), Files: map[string]string{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == noteName {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		m.Files[filepath.ToSlash(name)] = hex.EncodeToString(sum.Sum(nil))
		return nil
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("survey %s: %w", dir, err)
	}
	m.Digest = digestOf(m.Files)
	return m, nil
}

// digestOf is the digest of all files: their names and digests in order.
func digestOf(files map[string]string) string {
	sum := sha256.New()
	for _, name := range sortedNames(files) {
		fmt.Fprintf(sum, "%s  %s\n", files[name], name)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func sortedNames(files map[string]string) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// verify says whether a folder holds exactly what the manifest says, by reading every byte.
func (m Manifest) verify(dir string) error {
	now, err := survey(m.Service, dir, m.RecoveryPoint)
	if err != nil {
		return err
	}
	return m.compare(now.Files)
}

func (m Manifest) compare(files map[string]string) error {
	for _, name := range sortedNames(m.Files) {
		if files[name] != m.Files[name] {
			return fmt.Errorf("%s: %w", name, errAltered)
		}
	}
	if len(files) != len(m.Files) {
		return fmt.Errorf("%d files instead of %d: %w", len(files), len(m.Files), errAltered)
	}
	return nil
}

// pack writes the archive of a folder.
func (m Manifest) pack(dir string, to io.Writer) error {
	zip, err := gzip.NewWriterLevel(to, gzip.BestSpeed)
	if err != nil {
		return err
	}
	out := tar.NewWriter(zip)
	for _, name := range sortedNames(m.Files) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: m.RecoveryPoint}
		if err := out.WriteHeader(header); err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if _, err := out.Write(data); err != nil {
			return fmt.Errorf("pack: %w", err)
		}
	}
	if err := errors.Join(out.Close(), zip.Close()); err != nil {
		return fmt.Errorf("pack: %w", err)
	}
	return nil
}

// unpack extracts an archive into an empty folder, and returns nil only if exactly what the manifest says is in it,
// durably. What it has written by the time of an error is for the caller to remove.
func (m Manifest) unpack(from io.Reader, dir string) error {
	zip, err := gzip.NewReader(from)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	defer root.Close()
	found := map[string]string{}
	for in := tar.NewReader(zip); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
		if header.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(header.Name)) || strings.Contains(header.Name, `\`) {
			return fmt.Errorf("unpack %q: %w", header.Name, errEscapes)
		}
		if _, expected := m.Files[header.Name]; !expected {
			return fmt.Errorf("unpack %q: %w", header.Name, errAltered)
		}
		if found[header.Name], err = unpackFile(root, header.Name, in); err != nil {
			return fmt.Errorf("unpack %s: %w", header.Name, err)
		}
	}
	// The rest of the stream holds its checksum; an archive that lost its end shows here.
	if _, err := io.Copy(io.Discard, zip); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	return m.compare(found)
}

// unpackFile writes one file, durably, and returns its digest. The root refuses to follow links out of the folder.
func unpackFile(root *os.Root, name string, from io.Reader) (string, error) {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), from)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Sync(), f.Close())
}

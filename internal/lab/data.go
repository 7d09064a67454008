package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// makeData writes a service's own data: a description, a register of records, and documents that fill it up to about the
// given size. The same seed gives the same bytes; two services never have the same ones.
func makeData(dir, service string, size int64, seed uint64) error {
	name := fnv.New64a()
	name.Write([]byte(service))
	var key [32]byte
	for i := range 8 {
		key[i], key[8+i] = byte(seed>>(8*i)), byte(name.Sum64()>>(8*i))
	}
	random := rand.NewChaCha8(key)

	about, err := json.MarshalIndent(map[string]any{"service": service, "seed": seed}, "", "  ")
	if err != nil {
		return err
	}
	var register bytes.Buffer
	register.WriteString("number,opened,state\n")
	for i := range 100 {
		fmt.Fprintf(&register, "%s-%04d,2018-%02d-%02d,%d\n", service, i+1, 1+random.Uint64()%12, 1+random.Uint64()%28, random.Uint64()%5)
	}
	files := map[string][]byte{"about.json": append(about, '\n'), "register.csv": register.Bytes()}
	// Documents do not compress, as scans and photographs do not, so an archive is about as large as they are.
	for i := range 4 {
		document := make([]byte, max(0, size)/4)
		random.Read(document)
		files[fmt.Sprintf("documents/%d.bin", i+1)] = document
	}
	if err := os.MkdirAll(filepath.Join(dir, "documents"), 0o755); err != nil {
		return fmt.Errorf("make data of %s: %w", service, err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
			return fmt.Errorf("make data of %s: %w", service, err)
		}
	}
	return nil
}

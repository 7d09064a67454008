// Package lab stages the founding incidents on real parts of this machine: 120 processes with data of their own, real
// archives, a real loss, and the real `reprise` program rebuilding them from the archives at the standby site.
//
// Guarantees: what the lab reports was measured, by the lab's own eyes and from the ledger of effects, never taken from
// the planner's word; the recovery is carried out by child processes that know nothing of the lab; no process outlives a
// demo, however the lab ends (see leash); two demos may run at once. It needs Linux; elsewhere it compiles and says so.
//
// It does not stand for a network, a hypervisor or a fence: addresses are loopback ones, and what was lost is killed and
// wiped by the lab itself. It is no test of speed either: durations are declared ones, and the lab keeps to them.
package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folder is where one demo keeps everything, by its absolute path.
//
//	estate.yaml, bin/   the example, as users would copy it, with the addresses of this demo
//	.reprise/           the data folder of the recoveries
//	backups/            SERVICE.tar.gz, and SERVICE.json that says what must come out of it
//	cards/              SERVICE.json: what the estate declares that the stand-ins keep to
//	sites/SITE/SERVICE  data/, and the files of the service's process
//	ledger.jsonl        every effect and observation
//	leash               held by the lab for as long as it lives
type Folder string

func (f Folder) path(names ...string) string {
	return filepath.Join(append([]string{string(f)}, names...)...)
}

func (f Folder) estate() string                     { return f.path("estate.yaml") }
func (f Folder) ledger() string                     { return f.path("ledger.jsonl") }
func (f Folder) leash() string                      { return f.path("leash") }
func (f Folder) archive(service string) string      { return f.path("backups", service+".tar.gz") }
func (f Folder) manifest(service string) string     { return f.path("backups", service+".json") }
func (f Folder) card(service string) string         { return f.path("cards", service+".json") }
func (f Folder) service(site, service string) Place { return Place(f.path("sites", site, service)) }

// Place is the folder of a service at a site.
type Place string

func (p Place) data() string    { return filepath.Join(string(p), "data") }
func (p Place) lock() string    { return filepath.Join(string(p), "lock") }
func (p Place) process() string { return filepath.Join(string(p), "process.json") }
func (p Place) output() string  { return filepath.Join(string(p), "output") }

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		temp := path + ".tmp"
		if err = os.WriteFile(temp, append(data, '\n'), 0o644); err == nil {
			err = os.Rename(temp, path)
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, value)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// syncFile makes a file, or the entries of a folder, durable.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

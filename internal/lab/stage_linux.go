package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"reprise/examples"
	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/estatefile"
)

// stage is a demo that has been set up.
type stage struct {
	Options
	folder    Folder
	estate    estate.Estate
	services  []string
	manifests map[string]Manifest
	primary   map[string]*exec.Cmd
	leash     *leash
	hold      net.Listener
}

// folderFor makes the demo's folder. One that is named must be empty: the lab removes and overwrites in there.
func folderFor(o Options) (Folder, error) {
	if o.Folder == "" {
		sweep()
		dir, err := os.MkdirTemp("", folderPattern)
		return Folder(dir), err
	}
	dir, err := filepath.Abs(o.Folder)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return "", errors.Join(err, diag.Refuse(fmt.Sprintf("%s is not empty", dir), "name a new folder: --keep=DIR"))
	}
	return Folder(dir), nil
}

// write puts the example into the folder, with addresses of this demo, and what makes its scripts call this program.
func (s *stage) write() error {
	example := examples.Noumea()
	text, err := fs.ReadFile(example, "estate.yaml")
	if err != nil {
		return err
	}
	settled, hold, err := settle(string(text))
	if err != nil {
		return err
	}
	s.hold = hold
	if err := os.WriteFile(s.folder.estate(), []byte(settled), 0o644); err != nil {
		return err
	}
	scripts, err := fs.ReadDir(example, "bin")
	if err != nil {
		return err
	}
	for _, dir := range []string{"bin", "backups", "cards", "sites"} {
		if err := os.Mkdir(s.folder.path(dir), 0o755); err != nil {
			return err
		}
	}
	for _, script := range scripts {
		data, err := fs.ReadFile(example, "bin/"+script.Name())
		if err == nil {
			err = os.WriteFile(s.folder.path("bin", script.Name()), data, 0o755)
		}
		if err != nil {
			return err
		}
	}
	words := make([]string, 0, len(s.Self)+3)
	for _, word := range append(slices.Clone(s.Self), "lab", "-C", string(s.folder)) {
		words = append(words, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
	}
	shim := "#!/bin/sh\n# Stands in for the tools that restore and start services: calls the lab of reprise demo.\n" +
		"GOMAXPROCS=1 exec " + strings.Join(words, " ") + " \"$@\"\n"
	return os.WriteFile(s.folder.path("bin", "lab"), []byte(shim), 0o755)
}

// load reads the estate back as any user's is read, and writes the card of every service.
func (s *stage) load() error {
	loaded, err := estatefile.Load(s.folder.estate())
	if err != nil {
		return err
	}
	s.estate = loaded.Estate
	for _, id := range slices.Sorted(maps.Keys(s.estate.Services)) {
		card, err := cardOf(s.estate, id)
		if err == nil {
			err = writeJSON(s.folder.card(string(id)), card)
		}
		if err != nil {
			return err
		}
		s.services = append(s.services, string(id))
	}
	return nil
}

// besidesDocuments is what an archive holds besides a service's documents, about.
const besidesDocuments = 2 << 10

// fill gives every service its data at the primary site, and a backup of them.
func (s *stage) fill(ctx context.Context) error {
	var mu sync.Mutex // guards s.manifests
	s.manifests = map[string]Manifest{}
	return each(ctx, s.services, 4, func(service string) error {
		var card Card
		if err := readJSON(s.folder.card(service), &card); err != nil {
			return err
		}
		dir := s.folder.service(s.siteOf(service), service).data()
		bytes := int64(float64(card.Rate) * card.Restore.Seconds())
		if err := makeData(dir, service, bytes-besidesDocuments, s.Seed); err != nil {
			return err
		}
		manifest, err := survey(service, dir, time.Now())
		if err != nil {
			return err
		}
		archive, err := os.Create(s.folder.archive(service))
		if err != nil {
			return err
		}
		if err := errors.Join(manifest.pack(dir, archive), archive.Close(), writeJSON(s.folder.manifest(service), manifest)); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		s.manifests[service] = manifest
		return nil
	})
}

// open starts the process of every service at the primary site.
func (s *stage) open(ctx context.Context) error {
	var mu sync.Mutex // guards s.primary
	s.primary = map[string]*exec.Cmd{}
	return each(ctx, s.services, 4, func(service string) error {
		site := s.siteOf(service)
		var card Card
		if err := readJSON(s.folder.card(service), &card); err != nil {
			return err
		}
		cmd, err := s.folder.launch(s.Self, site, service, card.Scheme, s.address(site, service))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		s.primary[service] = cmd
		return nil
	})
}

func (s *stage) siteOf(service string) string {
	return string(s.estate.Platforms[s.estate.Services[estate.ServiceID(service)].RunsOn].Site)
}

func (s *stage) address(site, service string) string {
	described := s.estate.Services[estate.ServiceID(service)]
	return net.JoinHostPort(described.At[estate.SiteID(site)], described.Recovery.With["port"])
}

// lose kills the processes of a platform and wipes their data. It returns the instant of the first kill.
func (s *stage) lose(platform string) (time.Time, error) {
	began := time.Now().UTC()
	var lost []string
	for _, service := range s.services {
		if string(s.estate.Services[estate.ServiceID(service)].RunsOn) != platform {
			continue
		}
		lost = append(lost, service)
		if err := s.primary[service].Process.Kill(); err != nil {
			return began, fmt.Errorf("lose %s: %w", service, err)
		}
	}
	for _, service := range lost {
		s.primary[service].Wait()
		delete(s.primary, service)
		if err := os.RemoveAll(s.folder.service(s.siteOf(service), service).data()); err != nil {
			return began, fmt.Errorf("lose %s: %w", service, err)
		}
	}
	return began, nil
}

// whole counts the services that answer at a site with exactly the data that they had, and names the others.
func (s *stage) whole(ctx context.Context, siteOf func(service string) string) (int, []string) {
	var mu sync.Mutex // guards the counts
	var count int
	var others []string
	each(ctx, s.services, 16, func(service string) error {
		var card Card
		readJSON(s.folder.card(service), &card)
		site := siteOf(service)
		who, err := ask(ctx, card.Scheme, s.address(site, service))
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			others = append(others, fmt.Sprintf("%s: %v", service, err))
		case who != (Identity{service, site, s.manifests[service].Digest}):
			others = append(others, fmt.Sprintf("%s: answers as %s at %s with other data", service, who.Service, who.Site))
		default:
			count++
		}
		return nil
	})
	slices.Sort(others)
	return count, others
}

// close ends everything of the demo, and returns once it has seen the last process end.
func (s *stage) close() error {
	if s.leash != nil {
		s.leash.release()
	}
	for _, cmd := range s.primary {
		cmd.Wait()
	}
	err := reap(10 * time.Second)
	if s.hold != nil {
		s.hold.Close()
	}
	return err
}

// each does something for every service, a few at a time, and returns the first error once all that began has ended.
func each(ctx context.Context, services []string, width int, do func(service string) error) error {
	var wait sync.WaitGroup
	var mu sync.Mutex // guards first
	var first error
	slots := make(chan struct{}, width)
	failed := func() error {
		mu.Lock()
		defer mu.Unlock()
		return errors.Join(first, ctx.Err())
	}
	for _, service := range services {
		slots <- struct{}{}
		if failed() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-slots }()
			if err := do(service); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	wait.Wait()
	return failed()
}

// adoptOrphans makes this process the parent of every descendant whose own parent has died: so none can get out of sight.
func adoptOrphans() error {
	const setChildSubreaper = 36
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		return fmt.Errorf("adopt orphans: %w", errno)
	}
	return nil
}

// reap waits until every child and adopted orphan of this process has ended.
func reap(limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return nil
		case err != nil && !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("wait for the last processes: %w", err)
		case pid == 0:
			time.Sleep(5 * time.Millisecond)
		}
	}
	return errors.New("some processes of the demo have not ended yet; they end when this one does")
}

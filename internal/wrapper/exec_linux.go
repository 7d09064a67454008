package wrapper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// ErrSpent says that an attempt was begun before, or revoked: it is not run.
var ErrSpent = errors.New("this attempt was begun before or revoked; it is not run again")

// Exec is the wrapper process: it runs the attempt's command and returns when its end is on disk. SIGTERM cancels the
// command; SIGINT and SIGHUP are for the terminal that it has left, and do nothing. It returns ErrSpent, and has done
// nothing, where the attempt is not there to be run.
func (a Attempt) Exec() error {
	// Caught and dropped, not ignored: a command would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	lock := flock.New(a.path("lock"))
	free, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	if !free || a.has("started.json") || a.has("ended.json") || a.has("revoked") {
		return fmt.Errorf("exec %s: %w", a, ErrSpent)
	}
	// The lock goes with the process: whoever gets it knows that this wrapper is dead.
	defer lock.Close()

	var spec Spec
	if found, err := a.read("spec.json", &spec); !found || err != nil {
		return errors.Join(fmt.Errorf("exec: %s holds no attempt", a), err)
	}
	// Orphans of the command come to this process, so that all that it started can be ended with it.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	self, err := Identify(os.Getpid())
	if err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	// From here on an attempt without an end counts as lost.
	if err := a.write("started.json", self); err != nil {
		return fmt.Errorf("exec: %w", err)
	}
	return a.write("ended.json", a.runCommand(ctx, spec))
}

func (a Attempt) runCommand(ctx context.Context, spec Spec) Ended {
	output, err := a.record()
	if err != nil {
		return couldNotStart(err)
	}
	defer output.Close()
	defer os.RemoveAll(a.path("credentials"))
	secrets, err := a.openSecrets(spec)
	if err != nil {
		return couldNotStart(err)
	}
	if err := a.openReport(spec.User); err != nil {
		return couldNotStart(err)
	}

	filter := &redactor{to: output, secrets: secrets}
	defer filter.flush()
	c := command{
		argv: spec.Argv, dir: a.Work(), user: spec.User, timeout: spec.Timeout.Std(), output: filter,
		env: append(baseEnvironment(), append(spec.Env, "REPRISE_OUT="+a.Out(), "CREDENTIALS_DIRECTORY="+a.path("credentials"))...),
	}
	return c.run(ctx)
}

// baseEnvironment is what every command gets whatever the controller's own environment is, so that a recipe behaves the
// same under a login shell and under a service manager.
func baseEnvironment() []string {
	env := []string{"LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ"} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// openSecrets puts the step's secrets into files of a folder that only the step's user can read, and returns their
// values for redaction.
func (a Attempt) openSecrets(spec Spec) ([][]byte, error) {
	var values [][]byte
	dir := a.path("credentials")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open secrets: %w", err)
	}
	for id, secret := range spec.Secrets {
		value := []byte(os.Getenv(secret.Env))
		if secret.File != "" {
			path := secret.File
			if !filepath.IsAbs(path) {
				path = filepath.Join(spec.Folder, path)
			}
			read, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("open secret %s: %w", id, err)
			}
			value = read
		} else if len(value) == 0 {
			return nil, fmt.Errorf("open secret %s: the variable %s is not set where the step runs", id, secret.Env)
		}
		if err := os.WriteFile(filepath.Join(dir, string(id)), value, 0o400); err != nil {
			return nil, fmt.Errorf("open secret %s: %w", id, err)
		}
		if bare := strings.TrimSpace(string(value)); bare != "" {
			values = append(values, []byte(bare))
		}
		if err := giveTo(spec.User, filepath.Join(dir, string(id))); err != nil {
			return nil, fmt.Errorf("open secret %s: %w", id, err)
		}
	}
	return values, giveTo(spec.User, dir)
}

func (a Attempt) openReport(user string) error {
	if err := os.WriteFile(a.Out(), nil, 0o600); err != nil {
		return fmt.Errorf("open report: %w", err)
	}
	return giveTo(user, a.Out())
}

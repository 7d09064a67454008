package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"reprise/internal/control"
	"reprise/internal/diag"
)

// link is this process's way to the owner of a data folder: another process, or itself.
type link struct {
	env     Env
	client  *control.Client
	owner   *control.Owner // nil: another process
	serving *control.Serving
}

const (
	reachFor   = 10 * time.Second // an owner that is starting or leaving answers soon, or is gone soon
	reachAgain = 50 * time.Millisecond
)

// reach makes a request of the folder's owner, becoming it where there is none. An owner that holds the folder and does
// not listen is just starting or leaving: it is tried again, each in turn. The link must be left, whatever the error.
func (f *flags) reach(ctx context.Context, folder control.Folder, request func(*control.Client) error) (*link, error) {
	l := &link{env: f.env, client: control.NewClient(folder)}
	for began := time.Now(); ; {
		if err := f.own(ctx, folder, l); err != nil {
			return l, err
		}
		err := request(l.client)
		if l.owner != nil || !errors.Is(err, control.ErrNoOwner) {
			return l, err
		}
		if time.Since(began) > reachFor {
			pid := folder.Holder().PID
			return l, diag.Refuse(fmt.Sprintf("process %d holds %s and does not answer", pid, folder),
				fmt.Sprintf("see what it does; if it hangs, end it with: kill %d, then: reprise run resume", pid))
		}
		again := time.NewTimer(reachAgain)
		select {
		case <-again.C:
		case <-ctx.Done():
			return l, ctx.Err()
		}
	}
}

// own makes this process the folder's owner, unless another is.
func (f *flags) own(ctx context.Context, folder control.Folder, l *link) error {
	owner, err := control.Own(ctx, folder, control.Options{
		Exec: append(append([]string(nil), f.env.Exec...), "exec"), Version: Version, Now: f.env.Now, Debug: f.env.debug(),
	})
	if errors.Is(err, control.ErrOwned) {
		return nil
	}
	if err != nil {
		return err
	}
	if owner.Cut != nil {
		fmt.Fprintf(f.env.Stderr, "The journal ended in the middle of a record, as after a power cut: %d bytes were set aside in %s.\n",
			owner.Cut.Bytes, folder.Journal())
	}
	serving, err := owner.Serve()
	if err != nil {
		return errors.Join(err, owner.Close())
	}
	l.owner, l.serving = owner, serving
	return nil
}

// leave ends the link. As the owner it first waits until everything that is driven has ended, also what others asked for
// meanwhile, or ctx is done; then what is still driven is interrupted, and can be resumed.
func (l *link) leave(ctx context.Context, err error) error {
	if l.serving == nil {
		return err
	}
	if driven := l.owner.Driven(); err != nil && len(driven) > 0 && ctx.Err() == nil {
		fmt.Fprintf(l.env.Stderr, "This process goes on driving %s, which others asked for meanwhile.\n", driven[0])
	}
	return errors.Join(err, l.serving.Wait(ctx), l.serving.Shutdown(), l.owner.Close())
}

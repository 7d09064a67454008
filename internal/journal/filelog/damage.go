package filelog

import (
	"fmt"

	"reprise/internal/journal"
)

// Damage says where a journal is not what was written. It is a journal.ErrDamaged.
type Damage struct {
	File   string // path of the segment
	Line   int    // from 1; 0: the segment as a whole
	Offset int64  // of the line's first byte
	Reason string // in words
}

// Error names the place, the reason and what to do next.
func (d *Damage) Error() string {
	where := d.File
	if d.Line > 0 {
		where = fmt.Sprintf("%s, line %d (byte %d)", d.File, d.Line, d.Offset)
	}
	return fmt.Sprintf("%v: %s: %s. Nothing was changed. Keep the folder as it is and copy it as a whole to another disk; "+
		"then check the disk, and put a good copy of the file in place if there is one", journal.ErrDamaged, where, d.Reason)
}

// Unwrap returns journal.ErrDamaged.
func (d *Damage) Unwrap() error { return journal.ErrDamaged }

package estatefile

import (
	"reprise/internal/diag"
)

// report collects findings. A finding that is made twice at one place, as happens when a default is merged into many
// services, is kept once.
type report struct {
	list diag.List
	seen map[finding]bool
}

type finding struct {
	pos     diag.Pos
	code    diag.Code
	message string
}

func newReport() *report { return &report{seen: map[finding]bool{}} }

// fail reports what makes the estate unusable.
func (r *report) fail(at place, code diag.Code, message, next string) {
	r.add(at, diag.Error, code, message, next)
}

// warn reports what somebody should look at.
func (r *report) warn(at place, code diag.Code, message, next string) {
	r.add(at, diag.Warning, code, message, next)
}

func (r *report) add(at place, severity diag.Severity, code diag.Code, message, next string) {
	key := finding{at.pos(), code, message}
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	r.list = append(r.list, diag.Diagnostic{
		Pos: key.pos, Code: code, Severity: severity, Message: message, Next: next, Quote: at.quote(),
	})
}

// sorted returns the findings by place.
func (r *report) sorted() diag.List {
	r.list.Sort()
	return r.list
}

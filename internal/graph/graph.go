// Package graph answers what needs what: which services a loss destroys, cuts off, starves or degrades, and which tier a
// service really has.
//
// Its functions are pure, linear in the estate's size, and give the same answer for the same arguments. They take where
// services are placed as an argument; they do not know how anything is recovered.
package graph

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/internal/diag"
	"reprise/internal/estate"
)

// Placement is where every service runs now.
type Placement map[estate.ServiceID]estate.PlatformID

// Loss is a set of things that failed together.
type Loss struct {
	Platforms map[estate.PlatformID]bool
	Services  map[estate.ServiceID]bool // lost by themselves, their platform being well
}

// ParseLoss reads the names that --lost takes: a site, a platform, product@version, or a service; a name may be written
// kind:name. The error is a diag.List that names every word that it does not understand.
func ParseLoss(est estate.Estate, names []string) (Loss, error) {
	loss := Loss{Platforms: map[estate.PlatformID]bool{}, Services: map[estate.ServiceID]bool{}}
	var findings diag.List
	for _, name := range names {
		if !loss.add(est, name) {
			findings = append(findings, unknownLoss(est, name))
		}
	}
	return loss, findings.Err()
}

func (l *Loss) add(est estate.Estate, name string) bool {
	kind, word, qualified := strings.Cut(name, ":")
	if !qualified {
		kind, word = "", name
	}
	is := func(k string) bool { return kind == "" || kind == k }
	found := false
	if _, known := est.Sites[estate.SiteID(word)]; known && is("site") {
		found = true
		for id, platform := range est.Platforms {
			if platform.Site == estate.SiteID(word) {
				l.Platforms[id] = true
			}
		}
	}
	if _, known := est.Platforms[estate.PlatformID(word)]; known && is("platform") {
		found = true
		l.Platforms[estate.PlatformID(word)] = true
	}
	if _, known := est.Services[estate.ServiceID(word)]; known && is("service") {
		found = true
		l.Services[estate.ServiceID(word)] = true
	}
	if product, version, at := strings.Cut(word, "@"); at && is("product") {
		for id, platform := range est.Platforms {
			if platform.Product == product && platform.Version == version {
				found = true
				l.Platforms[id] = true
			}
		}
	}
	return found
}

func unknownLoss(est estate.Estate, name string) diag.Diagnostic {
	var known []string
	for id := range est.Sites {
		known = append(known, string(id))
	}
	for id := range est.Platforms {
		known = append(known, string(id))
	}
	for id := range est.Services {
		known = append(known, string(id))
	}
	slices.Sort(known)
	next := "name a site, a platform, a service or product@version of this estate"
	if near, found := diag.Nearest(name, known); found {
		next = fmt.Sprintf("did you mean %s? Otherwise %s", near, next)
	}
	return diag.Diagnostic{
		Code: "unknown-loss", Severity: diag.Error,
		Message: fmt.Sprintf("nothing in this estate is called %q", name), Next: next,
	}
}

// SiteOf returns the site where a service is placed.
func (p Placement) SiteOf(est estate.Estate, service estate.ServiceID) estate.SiteID {
	return est.Platforms[p[service]].Site
}

// Sorted returns the IDs of a set in order.
func Sorted[ID ~string](set map[ID]bool) []ID {
	return slices.Sorted(maps.Keys(set))
}

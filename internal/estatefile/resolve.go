package estatefile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/i18n"
)

// resolver turns what the file says into an estate, checking what one value says about another.
type resolver struct {
	*report
	file  *estateShape
	out   estate.Estate
	names map[string][]string // per section, sorted, for suggestions
	// patience is how many more comparisons suggestions may cost: a file of a hundred thousand ghosts is told about
	// each of them, but not what each may have meant.
	patience int
	folder   string // that commands are relative to; empty where there is none to look into
}

// resolve makes the estate. The result is of use only if nothing has failed.
func resolve(r *report, file *estateShape, folder string) estate.Estate {
	v := &resolver{report: r, file: file, folder: folder, names: map[string][]string{}, patience: 300_000}
	v.head()
	v.checkNames()
	v.sites()
	v.platforms()
	v.secrets()
	v.recipes()
	v.services()
	v.cycles()
	return v.out
}

func (v *resolver) head() {
	head := &v.file.Estate
	v.out.Title = head.Title.V
	for _, tag := range head.Languages.Items {
		if v.language(tag.V, tag.at) {
			v.out.Languages = append(v.out.Languages, i18n.Lang(tag.V))
		}
	}
	if !head.Timezone.usable() {
		return
	}
	// "Local" would mean another zone on another machine.
	if _, err := time.LoadLocation(head.Timezone.V); err != nil || head.Timezone.V == "Local" {
		v.fail(head.Timezone.at, codeBadTimezone, "no time zone is called "+quoted(head.Timezone.V), "write an IANA name such as Pacific/Noumea or Europe/Paris")
		return
	}
	v.out.Timezone = head.Timezone.V
}

func (v *resolver) sites() {
	v.out.Sites = make(map[estate.SiteID]estate.Site, len(v.file.Sites.Of))
	for id, site := range v.file.Sites.Of {
		out := estate.Site{Title: site.Title.V, Capacity: v.capacity(&site.Capacity)}
		if refer(v, &site.StandbyFor, "site", v.file.Sites.Of) {
			v.notItself(&site.StandbyFor, id)
			out.StandbyFor = estate.SiteID(site.StandbyFor.V)
		}
		v.out.Sites[estate.SiteID(id)] = out
	}
}

func (v *resolver) capacity(c *capacityShape) estate.Capacity {
	const next = "write what the site has, or remove the key where it sets no limit"
	for what, number := range map[string]*value[int]{"lanes": &c.Lanes, "crew": &c.Crew} {
		if number.usable() && number.V < 1 {
			v.fail(number.at, codeOutOfRange, what+" must be at least 1", next)
		}
	}
	if c.Restore.usable() && c.Restore.V < 1 {
		v.fail(c.Restore.at, codeOutOfRange, "restore must be more than nothing", next)
	}
	if c.Memory.usable() && c.Memory.V < 1 {
		v.fail(c.Memory.at, codeOutOfRange, "memory must be more than nothing", next)
	}
	return estate.Capacity{Lanes: c.Lanes.V, Crew: c.Crew.V, Restore: c.Restore.V, Memory: c.Memory.V}
}

func (v *resolver) platforms() {
	v.out.Platforms = make(map[estate.PlatformID]estate.Platform, len(v.file.Platforms.Of))
	for id, platform := range v.file.Platforms.Of {
		out := estate.Platform{Title: platform.Title.V, Kind: platform.Kind.V, Product: platform.Product.V, Version: platform.Version.V}
		if refer(v, &platform.Site, "site", v.file.Sites.Of) {
			out.Site = estate.SiteID(platform.Site.V)
		}
		if refer(v, &platform.StandbyFor, "platform", v.file.Platforms.Of) {
			v.notItself(&platform.StandbyFor, id)
			out.StandbyFor = estate.PlatformID(platform.StandbyFor.V)
		}
		v.out.Platforms[estate.PlatformID(id)] = out
	}
}

func (v *resolver) notItself(standbyFor *value[string], id string) {
	if standbyFor.V == id {
		v.fail(standbyFor.at, codeStandbyForItself, id+" stands by for itself", "name what it replaces when that is lost, or remove the key")
	}
}

func (v *resolver) secrets() {
	for id, secret := range v.file.Secrets.Of {
		if v.out.Secrets == nil {
			v.out.Secrets = make(map[estate.SecretID]estate.Secret, len(v.file.Secrets.Of))
		}
		if secret.understood() && secret.File.missing() == secret.Env.missing() {
			v.fail(secret.key, codeExactlyOne, quoted(id)+" must have either file or env", "write where the secret is found: {file: PATH} or {env: VARIABLE}")
		}
		if secret.Env.usable() && strings.ContainsAny(secret.Env.V, "=\x00") {
			v.fail(secret.Env.at, codeBadName, quoted(secret.Env.V)+" cannot be the name of a variable", "write only the name, such as BACKUP_KEY")
		}
		v.out.Secrets[estate.SecretID(id)] = estate.Secret{File: secret.File.V, Env: secret.Env.V}
	}
}

// goodName is what a thing may be called; such a name is also good as a file name and a part of a URL.
var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// spokenBooleans are words that other readers of YAML take for true, false or nothing.
var spokenBooleans = []string{"on", "off", "yes", "no", "y", "n", "true", "false", "null"}

// name checks what something is called.
func (r *report) name(name string, at place) {
	switch {
	case slices.Contains(spokenBooleans, name):
		r.fail(at, codeBadName, fmt.Sprintf("%s means true, false or nothing to other readers of YAML", quoted(name)), "choose a name that is not such a word")
	case !goodName.MatchString(name):
		r.fail(at, codeBadName, quoted(name)+" cannot be a name", "use at most 63 lower-case letters a to z, digits and hyphens, beginning with a letter or digit")
	}
}

// checkNames checks every name that the file gives, and that sites, platforms and services can be told apart by name
// alone: people ask for what is lost by name, whatever it is.
func (v *resolver) checkNames() {
	type owner struct {
		kind string
		at   place
	}
	owners := map[string]owner{}
	note := func(kind string, marks map[string]*mark) {
		for _, name := range slices.Sorted(maps.Keys(marks)) {
			at := marks[name].key
			v.name(name, at)
			if before, taken := owners[name]; taken {
				v.fail(at, codeClash, fmt.Sprintf("%s is already the name of a %s, at %s", quoted(name), before.kind, before.at.pos()), "give one of the two another name")
				continue
			}
			owners[name] = owner{kind, at}
		}
	}
	note("site", marksOf(v.file.Sites.Of, func(s *siteShape) *mark { return &s.mark }))
	note("platform", marksOf(v.file.Platforms.Of, func(s *platformShape) *mark { return &s.mark }))
	note("service", marksOf(v.file.Services.Of, func(s *serviceShape) *mark { return &s.mark }))
	for name, recipe := range v.file.Recipes.Of {
		v.name(name, recipe.key)
	}
	for name, secret := range v.file.Secrets.Of {
		v.name(name, secret.key)
	}
}

func marksOf[T any](of map[string]*T, markOf func(*T) *mark) map[string]*mark {
	out := make(map[string]*mark, len(of))
	for name, entry := range of {
		out[name] = markOf(entry)
	}
	return out
}

// refer checks that what is mentioned is described in the section of its kind, and returns whether it is.
func refer[T any](v *resolver, mention *value[string], kind string, section map[string]*T) bool {
	if !mention.usable() {
		return false
	}
	if _, found := section[mention.V]; found {
		return true
	}
	message := fmt.Sprintf("no %s is called %s", kind, quoted(mention.V))
	if other := v.kindOf(mention.V); other != "" {
		message += ", which is a " + other
	}
	next := fmt.Sprintf("add it to %ss, or name one that is there", kind)
	if v.patience >= len(section) {
		v.patience -= len(section)
		if v.names[kind] == nil {
			v.names[kind] = slices.Sorted(maps.Keys(section))
		}
		if near, found := diag.Nearest(shorten(mention.V), v.names[kind]); found {
			next = "write " + near
		}
	}
	v.fail(mention.at, codeGhost, message, next)
	return false
}

// kindOf says what else is called so.
func (v *resolver) kindOf(name string) string {
	switch {
	case v.file.Sites.Of[name] != nil:
		return "site"
	case v.file.Platforms.Of[name] != nil:
		return "platform"
	case v.file.Services.Of[name] != nil:
		return "service"
	}
	return ""
}

// siteOf returns the site of a platform, if both are known.
func (v *resolver) siteOf(platform *value[string]) (string, bool) {
	known := v.file.Platforms.Of[platform.V]
	if !platform.usable() || known == nil || !known.Site.usable() || v.file.Sites.Of[known.Site.V] == nil {
		return "", false
	}
	return known.Site.V, true
}

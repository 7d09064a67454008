package estatefile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"reprise/internal/diag"
	"reprise/internal/estate"
	"reprise/internal/unit"
)

func (v *resolver) services() {
	v.out.Services = make(map[estate.ServiceID]estate.Service, len(v.file.Services.Of))
	for id, service := range v.file.Services.Of {
		if service.state != broken {
			v.out.Services[estate.ServiceID(id)] = v.service(id, service)
		}
	}
}

func (v *resolver) service(id string, s *serviceShape) estate.Service {
	out := estate.Service{
		Title: s.Title.V, Tier: s.Tier.V, RTO: s.RTO.V, RPO: s.RPO.V, Name: s.Name.V, Probe: s.Probe.V,
		Holds: estate.Holds{Memory: s.Holds.Memory.V},
	}
	if s.Tier.missing() {
		v.missing(s.key, quoted(id), "tier")
	} else if s.Tier.usable() && s.Tier.V < 1 {
		v.fail(s.Tier.at, codeOutOfRange, "tier must be at least 1", "write 1 for what comes first, 2 for what comes next")
	}
	v.notZero("rto", &s.RTO)
	v.notZero("rpo", &s.RPO)
	if s.RunsOn.missing() {
		v.missing(s.key, quoted(id), "runs_on")
	}
	if refer(v, &s.RunsOn, "platform", v.file.Platforms.Of) {
		out.RunsOn = estate.PlatformID(s.RunsOn.V)
	}
	for _, platform := range s.Behind.Items {
		if refer(v, platform, "platform", v.file.Platforms.Of) {
			out.Behind = append(out.Behind, estate.PlatformID(platform.V))
		}
	}
	for _, need := range s.Needs.Items {
		if made, ok := v.need(need); ok {
			out.Needs = append(out.Needs, made)
		}
	}
	out.At = v.addresses(s)
	if s.Name.usable() && !v.host(&s.Name, "a public name", "write it like www.example.org") {
		s.Name.state = broken
	}
	out.Recovery = v.recovery(id, s)
	v.serviceProbe(id, s)
	return out
}

func (v *resolver) notZero(what string, d *value[unit.Duration]) {
	if d.usable() && d.V <= 0 {
		v.fail(d.at, codeOutOfRange, what+" must be longer than nothing", "write a span of time, or remove the key where there is no objective")
	}
}

// need returns what a service needs. Alternatives that do not exist are left out: they are reported as ghosts.
func (v *resolver) need(n *need) (estate.Need, bool) {
	if n.state == broken {
		return estate.Need{}, false
	}
	if n.Name.missing() == n.AnyOf.missing() {
		v.fail(n.at, codeExactlyOne, "a need must have either name or any_of", "write {name: SERVICE} for one service, or {any_of: [A, B]} where one of several is enough")
		return estate.Need{}, false
	}
	if n.AnyOf.understood() && len(n.AnyOf.Items) == 0 {
		v.fail(n.AnyOf.at, codeEmptyValue, "any_of names no service", "name the services of which one is enough")
	}
	var out estate.Need
	for _, mention := range n.alternatives() {
		if refer(v, mention, "service", v.file.Services.Of) {
			out.AnyOf = append(out.AnyOf, estate.ServiceID(mention.V))
		}
	}
	if v.oneOf(&n.When, "when", []string{string(estate.WhileRunning)}) {
		out.When = estate.When(n.When.V)
	}
	return out, len(out.AnyOf) > 0
}

// alternatives returns the services that a need mentions, however it is written.
func (s *need) alternatives() []*value[string] {
	if !s.Name.missing() {
		return []*value[string]{&s.Name}
	}
	return s.AnyOf.Items
}

// oneOf checks a word against those that are allowed.
func (v *resolver) oneOf(word *value[string], what string, allowed []string) bool {
	if !word.usable() {
		return false
	}
	if slices.Contains(allowed, word.V) {
		return true
	}
	next := "write " + strings.Join(allowed, " or ")
	if near, found := diag.Nearest(shorten(word.V), allowed); found {
		next = "write " + near
	}
	v.fail(word.at, codeUnknownValue, fmt.Sprintf("%s cannot be %s", what, quoted(word.V)), next)
	return false
}

func (v *resolver) addresses(s *serviceShape) map[estate.SiteID]string {
	var out map[estate.SiteID]string
	for site, address := range s.At.Of {
		// The mention of the site is the key.
		mention := &value[string]{mark: mark{state: sound, at: address.key}, V: site}
		switch {
		case !refer(v, mention, "site", v.file.Sites.Of):
			s.At.state = flawed // the site that was meant is not to be called without address
		case !address.usable():
		case !v.host(address, "an address", "write it like 192.0.2.7, \"[2001:db8::7]\" or db.example.org, without what comes before or after"):
			address.state = broken
		default:
			if out == nil {
				out = make(map[estate.SiteID]string, len(s.At.Of))
			}
			out[estate.SiteID(site)] = address.V
		}
	}
	return out
}

// host checks what will be put into the host part of a URL.
func (v *resolver) host(address *value[string], what, next string) bool {
	bracketed := strings.HasPrefix(address.V, "[") && strings.HasSuffix(address.V, "]")
	if strings.Contains(address.V, ":") && !bracketed || strings.ContainsAny(address.V, "/{}?#@%\\\"<>^`|") || strings.IndexFunc(address.V, isSpaceOrControl) >= 0 {
		v.fail(address.at, codeBadAddress, fmt.Sprintf("%s is not %s", quoted(address.V), what), next)
		return false
	}
	return true
}

func isSpaceOrControl(r rune) bool { return r <= ' ' || r == 0x7F || r == '\u0085' || r == '\u00A0' }

// recovery checks how a service is rebuilt, and whether it has what the recipe asks of it.
func (v *resolver) recovery(id string, s *serviceShape) *estate.Recovery {
	if !s.Recovery.usable() || s.Recovery.None {
		return nil
	}
	r := &s.Recovery
	for key, m := range map[string]mark{"recipe": r.Recipe.mark, "to": r.To.mark} {
		if m.missing() {
			v.missing(r.key, "the recovery of "+quoted(id), key)
		}
	}
	out := &estate.Recovery{}
	if refer(v, &r.To, "platform", v.file.Platforms.Of) {
		out.To = estate.PlatformID(r.To.V)
		if s.RunsOn.usable() && s.RunsOn.V == r.To.V {
			v.fail(s.key, codeRecoveryToSame, fmt.Sprintf("%s is to be recovered to %s, on which it runs", quoted(id), r.To.V), "name another platform in to, or write recovery: none")
		}
	}
	if !refer(v, &r.Recipe, "recipe", v.file.Recipes.Of) {
		return out
	}
	out.Recipe = estate.RecipeID(r.Recipe.V)
	recipe := v.file.Recipes.Of[r.Recipe.V]
	out.With = v.with(id, s, recipe)
	for _, step := range recipe.Steps.Items {
		switch {
		case !step.Probe.usable():
		case step.Probe.V == estate.OwnProbe && s.Probe.missing():
			v.fail(s.key, codeNoOwnProbe, fmt.Sprintf("recipe %s asks %s whether it answers, which has no probe", r.Recipe.V, quoted(id)), "add probe: to "+quoted(id)+", or use a recipe without probe: own")
		case step.Probe.V != estate.OwnProbe:
			v.atRecovery(id, s, &step.Probe)
		}
	}
	return out
}

// with returns the values of a recipe's parameters for a service.
func (v *resolver) with(id string, s *serviceShape, recipe *recipeShape) map[string]string {
	if recipe.state == broken || recipe.Params.state == broken {
		return nil
	}
	given, names := s.Recovery.With.Of, sortedKeys(recipe.Params.Of)
	for name, scalar := range given {
		if recipe.Params.Of[name] != nil {
			continue
		}
		next := "remove it; the recipe declares no parameters"
		if len(names) > 0 {
			next = "remove it; the recipe declares " + strings.Join(names, ", ")
		}
		if near, found := diag.Nearest(shorten(name), names); found {
			next = "write " + near
		}
		v.fail(scalar.key, codeUnknownParam, fmt.Sprintf("recipe %s has no parameter %s", s.Recovery.Recipe.V, quoted(name)), next)
	}
	out := map[string]string{}
	for _, name := range names {
		v.giveParam(id, s, name, recipe.Params.Of[name], given[name], out)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// giveParam puts the value of one parameter into out: the one given, or else the default.
func (v *resolver) giveParam(id string, s *serviceShape, name string, param *paramShape, given *anyScalar, out map[string]string) {
	known := param.Type.usable() && slices.Contains(paramTypes, param.Type.V)
	var text string
	switch {
	case given != nil && known && given.usable():
		var ok bool
		if text, ok = v.canonical(given, name, param.Type.V); !ok {
			return
		}
		v.atRecovery(id, s, &value[string]{mark: given.mark, V: text})
	case given == nil && !param.Default.missing():
		standard := v.out.Recipes[estate.RecipeID(s.Recovery.Recipe.V)].Params[name].Default
		if standard == nil {
			return
		}
		text = *standard
		v.atRecovery(id, s, &value[string]{mark: param.Default.mark, V: text})
	case given == nil && (s.Recovery.With.missing() || s.Recovery.With.understood()):
		v.fail(s.key, codeMissingParam, fmt.Sprintf("%s does not give %s, which recipe %s must be told", quoted(id), name, s.Recovery.Recipe.V), fmt.Sprintf("add recovery: {with: {%s: VALUE}} to %s", name, quoted(id)))
		return
	default:
		return
	}
	out[name] = text
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

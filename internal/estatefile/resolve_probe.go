package estatefile

import (
	"fmt"
	"regexp"
	"strings"

	"reprise/internal/probe"
)

// The words in braces that stand for something about a service.
const (
	atWord   = "{at}"   // its address at the site in question
	nameWord = "{name}" // its public name
)

// inBraces finds everything that looks as if it stood for something.
var inBraces = regexp.MustCompile(`\{[^{}]*\}`)

// checkTarget checks a probe by itself, with examples in place of what is only known per service.
func (v *resolver) checkTarget(target *value[string]) bool {
	return v.wordsIn(target) && v.canAsk(target, "192.0.2.7", "www.example.org", "")
}

// wordsIn checks that a probe has nothing in braces but the words that stand for something.
func (v *resolver) wordsIn(target *value[string]) bool {
	for _, word := range inBraces.FindAllString(target.V, -1) {
		if word != atWord && word != nameWord {
			v.fail(target.at, codeUnknownPlaceholder, fmt.Sprintf("%s stands for nothing in a probe", shorten(word)), "write {at} for the service's address or {name} for its public name")
			return false
		}
	}
	return true
}

// canAsk checks that a probe can be asked with its words replaced. What says where, if that is of interest.
func (v *resolver) canAsk(target *value[string], address, name, what string) bool {
	expanded := strings.NewReplacer(atWord, address, nameWord, name).Replace(target.V)
	_, err := probe.Parse(expanded)
	if err == nil {
		return true
	}
	message, next := advice(err, "write it like https://www.example.org/ or tcp://192.0.2.7:389")
	v.fail(target.at, codeBadProbe, shortenTo(what+message, 200), next)
	return false
}

// serviceProbe checks a service's own probe: that it can be asked where the service is, and where it is rebuilt.
func (v *resolver) serviceProbe(id string, s *serviceShape) {
	if !s.Probe.usable() || !v.checkTarget(&s.Probe) {
		return
	}
	if site, known := v.siteOf(&s.RunsOn); known && v.hasWords(id, s, &s.Probe, site) {
		v.canAsk(&s.Probe, s.address(site), s.Name.V, fmt.Sprintf("the probe of %s at %s: ", quoted(id), site))
	}
	if s.Recovery.usable() && !s.Recovery.None {
		if site, known := v.siteOf(&s.Recovery.To); known && v.hasWords(id, s, &s.Probe, site) {
			v.canAsk(&s.Probe, s.address(site), s.Name.V, fmt.Sprintf("the probe of %s at %s: ", quoted(id), site))
		}
	}
}

// atRecovery checks that a service has what a recipe's text stands for at the site where the service is rebuilt.
func (v *resolver) atRecovery(id string, s *serviceShape, text *value[string]) {
	if site, known := v.siteOf(&s.Recovery.To); known {
		v.hasWords(id, s, text, site)
	}
}

// hasWords checks that a service has what a text stands for at a site.
func (v *resolver) hasWords(id string, s *serviceShape, text *value[string], site string) bool {
	has := true
	if strings.Contains(text.V, nameWord) && !s.Name.usable() {
		has = false
		if s.Name.missing() {
			v.fail(s.key, codeMissingName, quoted(id)+" has no name, which {name} stands for", "add name: to "+quoted(id)+", such as www.example.org")
		}
	}
	if strings.Contains(text.V, atWord) && s.address(site) == "" {
		has = false
		if s.At.Of[site] == nil && (s.At.missing() || s.At.understood()) {
			v.fail(s.key, codeMissingAddress, fmt.Sprintf("%s has no address at %s, which {at} stands for", quoted(id), site), fmt.Sprintf("add at: {%s: ADDRESS} to %s", site, quoted(id)))
		}
	}
	return has
}

// address returns the service's address at a site, if it is written and understood.
func (s *serviceShape) address(site string) string {
	if address := s.At.Of[site]; address != nil && address.usable() {
		return address.V
	}
	return ""
}

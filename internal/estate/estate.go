// Package estate is the vocabulary: the things that a public body's digital services are made of, as plain values with an
// ID type each, and the values that facts carry about them (plans, planned steps, states).
//
// Values here are complete and checked: estatefile makes them from what people write, and nothing else constructs them
// but tests. They marshal to JSON and back without loss, because a journal carries them. The package decides nothing.
package estate

import (
	"reprise/internal/i18n"
	"reprise/internal/unit"
)

// IDs are the keys of the estate file. They are comparable, and the zero value names nothing.
type (
	SiteID     string
	PlatformID string
	ServiceID  string
	RecipeID   string
	SecretID   string
)

// Estate is everything described in one estate file.
type Estate struct {
	Title     i18n.Text               `json:"title,omitempty"`
	Languages []i18n.Lang             `json:"languages,omitempty"`
	Timezone  string                  `json:"timezone,omitempty"` // IANA name; empty is UTC
	Sites     map[SiteID]Site         `json:"sites"`
	Platforms map[PlatformID]Platform `json:"platforms"`
	Services  map[ServiceID]Service   `json:"services"`
	Recipes   map[RecipeID]Recipe     `json:"recipes,omitempty"`
	Secrets   map[SecretID]Secret     `json:"secrets,omitempty"`
}

// Site is a place.
type Site struct {
	Title      i18n.Text `json:"title,omitempty"`
	StandbyFor SiteID    `json:"standby_for,omitempty"`
	Capacity   Capacity  `json:"capacity,omitzero"`
}

// Capacity is what a site can give to a recovery at any instant. A zero means "not declared": lanes then default to
// DefaultLanes, and the others do not limit.
type Capacity struct {
	Lanes   int       `json:"lanes,omitempty"`
	Crew    int       `json:"crew,omitempty"`
	Restore unit.Rate `json:"restore,omitempty"`
	Memory  unit.Size `json:"memory,omitempty"`
}

// DefaultLanes is how many steps run at once at a site that declares no lanes: enough to be better than by hand, and
// few enough for any machine.
const DefaultLanes = 2

// Platform is what services run on and share the fate of, or must be passed to be reached.
type Platform struct {
	Title      i18n.Text  `json:"title,omitempty"`
	Site       SiteID     `json:"site"`
	Kind       string     `json:"kind,omitempty"` // hypervisor, firewall, storage, network
	Product    string     `json:"product,omitempty"`
	Version    string     `json:"version,omitempty"`
	StandbyFor PlatformID `json:"standby_for,omitempty"`
}

// Service is what people use or other services need.
type Service struct {
	Title    i18n.Text         `json:"title,omitempty"`
	Tier     int               `json:"tier"` // 1 is first
	RunsOn   PlatformID        `json:"runs_on"`
	Behind   []PlatformID      `json:"behind,omitempty"`
	Needs    []Need            `json:"needs,omitempty"`
	RTO      unit.Duration     `json:"rto,omitempty"`
	RPO      unit.Duration     `json:"rpo,omitempty"`
	At       map[SiteID]string `json:"at,omitempty"`   // address per site
	Name     string            `json:"name,omitempty"` // public name
	Probe    string            `json:"probe,omitempty"`
	Holds    Holds             `json:"holds,omitzero"`
	Recovery *Recovery         `json:"recovery,omitempty"` // nil: cannot be recovered
}

// Holds is what a service keeps for as long as it is placed somewhere.
type Holds struct {
	Memory unit.Size `json:"memory,omitempty"`
}

// Need is a hard dependency. It is met when one of its alternatives is; a plain need has one alternative.
type Need struct {
	AnyOf []ServiceID `json:"any_of"`
	When  When        `json:"when,omitempty"`
}

// When says when a need counts.
type When string

const (
	Always       When = ""        // it gates recovery, and it counts while running
	WhileRunning When = "running" // it counts while running only
)

// Gates says whether the need must be met before the service's recovery may go on.
func (n Need) Gates() bool { return n.When == Always }

// Recovery says how a service is rebuilt, and where.
type Recovery struct {
	Recipe RecipeID          `json:"recipe"`
	To     PlatformID        `json:"to"`
	With   map[string]string `json:"with,omitempty"` // every parameter of the recipe, defaults filled in
}

// Secret is where a secret's value is found when a step needs it. The value itself is never in an estate.
type Secret struct {
	File string `json:"file,omitempty"` // relative to the estate's folder
	Env  string `json:"env,omitempty"`  // a variable of the process that runs the step
}

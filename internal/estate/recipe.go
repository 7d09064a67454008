package estate

import "reprise/internal/unit"

// Recipe is how one kind of service is rebuilt: a list of steps that run in order.
type Recipe struct {
	Params map[string]Param `json:"params,omitempty"`
	Steps  []Step           `json:"steps"`
}

// Param is what a recipe wants to be told about a service.
type Param struct {
	Type    string  `json:"type"` // string, integer or boolean
	Default *string `json:"default,omitempty"`
}

// Step is one thing that a recipe does. Exactly one of Run and Probe is set.
type Step struct {
	Name string `json:"name"`
	// Run is an argv. There is no shell; a first word with a slash is relative to the estate's folder.
	Run []string `json:"run,omitempty"`
	// Probe is "own" (the service's own probe, at the recovery target) or a URL.
	Probe string `json:"probe,omitempty"`

	Takes   unit.Duration `json:"takes,omitempty"`   // declared duration
	Timeout unit.Duration `json:"timeout,omitempty"` // of one attempt; for a probe step this is `within`
	Uses    Uses          `json:"uses,omitzero"`

	Observe    []string   `json:"observe,omitempty"` // argv: exit 0 the effect is there, 1 nothing took effect
	Undo       []string   `json:"undo,omitempty"`    // argv
	Repeatable bool       `json:"repeatable,omitempty"`
	Overwrites string     `json:"overwrites,omitempty"` // what it overwrites, in words
	Retry      Retry      `json:"retry,omitzero"`
	AfterNeeds bool       `json:"after_needs,omitempty"`
	User       string     `json:"user,omitempty"`
	From       SiteID     `json:"from,omitempty"`
	Secrets    []SecretID `json:"secrets,omitempty"`
}

// OwnProbe is the value of Step.Probe that means the service's own probe.
const OwnProbe = "own"

// Uses is what a step takes up while it runs, and gives back when it ends.
type Uses struct {
	Lanes   int       `json:"lanes,omitempty"`
	Crew    int       `json:"crew,omitempty"`
	Restore unit.Rate `json:"restore,omitempty"`
}

// Retry is how often a failed attempt is followed by another without asking, and after how long.
type Retry struct {
	Times   int           `json:"times,omitempty"`
	Backoff unit.Duration `json:"backoff,omitempty"` // doubles with every attempt
}

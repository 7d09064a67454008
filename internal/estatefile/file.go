package estatefile

import (
	"reflect"

	"reprise/internal/unit"
)

// The types here are the format: what keys there are, what each may hold, and what it means. The decoder and the JSON
// Schema are both driven by them. They only grow: a key is never renamed or given another meaning.

// estateShape is a whole file, or the files of a folder merged.
type estateShape struct {
	mark
	Estate    headShape            `yaml:"estate" doc:"Whose estate this is, and how it is shown."`
	Sites     table[siteShape]     `yaml:"sites" doc:"Places, by name."`
	Platforms table[platformShape] `yaml:"platforms" doc:"What services run on and share the fate of, or are reached through, by name."`
	Defaults  defaultsShape        `yaml:"defaults" doc:"What holds unless something says otherwise. Mappings merge deeply, lists and single values replace."`
	Services  table[serviceShape]  `yaml:"services" doc:"What people use or other services need, by name."`
	Recipes   table[recipeShape]   `yaml:"recipes" doc:"How each kind of service is rebuilt, by name."`
	Secrets   table[secretShape]   `yaml:"secrets" doc:"Where secrets are found when a step needs them, by name. Never the secrets themselves."`
}

type headShape struct {
	mark
	Title     text          `yaml:"title" doc:"The estate's title."`
	Languages words         `yaml:"languages" doc:"Languages in which texts are shown, the preferred one first."`
	Timezone  value[string] `yaml:"timezone" doc:"IANA time zone such as Pacific/Noumea. Without it, UTC."`
}

type siteShape struct {
	mark
	Title      text          `yaml:"title" doc:"The site's title."`
	StandbyFor value[string] `yaml:"standby_for" doc:"The site that this one stands by for."`
	Capacity   capacityShape `yaml:"capacity" doc:"What the site can give to a recovery at any instant."`
}

type capacityShape struct {
	mark
	Lanes   value[int]       `yaml:"lanes" doc:"How many steps run at once. Without it, 2."`
	Crew    value[int]       `yaml:"crew" doc:"How many people are at hand."`
	Restore value[unit.Rate] `yaml:"restore" doc:"How fast backups can be read, all together, such as 400MB/s."`
	Memory  value[unit.Size] `yaml:"memory" doc:"How much memory services placed here may hold, such as 512GiB."`
}

type platformShape struct {
	mark
	Title      text          `yaml:"title" doc:"The platform's title."`
	Site       value[string] `yaml:"site,required" doc:"The site where it stands."`
	Kind       value[string] `yaml:"kind" doc:"What it is: hypervisor, firewall, storage, network."`
	Product    value[string] `yaml:"product" doc:"The product that it is made with."`
	Version    value[string] `yaml:"version" doc:"The product's version, in quotes."`
	StandbyFor value[string] `yaml:"standby_for" doc:"The platform that this one stands by for."`
}

type defaultsShape struct {
	mark
	Services serviceShape `yaml:"services" doc:"What holds for every service that does not say otherwise."`
}

// serviceShape requires nothing by itself, because the defaults may give any key.
type serviceShape struct {
	mark
	Title    text                 `yaml:"title" doc:"The service's title, as its users know it."`
	Tier     value[int]           `yaml:"tier" doc:"How important it is. 1 is first."`
	RunsOn   value[string]        `yaml:"runs_on" doc:"The platform whose fate it shares."`
	Behind   words                `yaml:"behind" doc:"The platforms that must be passed to reach it from the internet."`
	Needs    needs                `yaml:"needs" doc:"Services without which it does not work."`
	RTO      value[unit.Duration] `yaml:"rto" doc:"How long it may be down, such as 4h."`
	RPO      value[unit.Duration] `yaml:"rpo" doc:"How much of the newest data may be lost, as a span of time such as 15m."`
	At       table[value[string]] `yaml:"at" doc:"Its address at each site."`
	Name     value[string]        `yaml:"name" doc:"Its public name, such as www.example.org."`
	Probe    value[string]        `yaml:"probe" doc:"How to ask whether it answers: a URL, where {at} is its address and {name} its public name."`
	Holds    holdsShape           `yaml:"holds" doc:"What it keeps for as long as it is placed somewhere."`
	Recovery recovery             `yaml:"recovery" doc:"How and where it is rebuilt, or none."`
}

type holdsShape struct {
	mark
	Memory value[unit.Size] `yaml:"memory" doc:"Memory, such as 2GiB."`
}

// recovery is the word none, or a mapping.
type recovery struct {
	mark
	None   bool
	Recipe value[string]    `yaml:"recipe" doc:"The recipe that rebuilds it."`
	To     value[string]    `yaml:"to" doc:"The platform where it is rebuilt."`
	With   table[anyScalar] `yaml:"with" doc:"Values for the recipe's parameters. {at} is the address where it is rebuilt, {name} its public name."`
}

const noRecovery = "none"

func (r *recovery) read(d *decoder, n *node, what string) state {
	if n.kind == scalar && n.text == noRecovery {
		r.None = true
		return sound
	}
	if n.kind != mapping {
		d.wrong(n, what, "none or a mapping")
		return broken
	}
	return d.fields(n, what, reflect.ValueOf(r).Elem())
}

// needs is one need or a list of them.
type needs struct {
	mark
	Items []*need
}

func (s *needs) read(d *decoder, n *node, what string) state {
	items := []*node{n}
	if n.kind == list {
		items = n.items
	}
	got := sound
	for _, item := range items {
		one := &need{}
		if d.value(item, what, reflect.ValueOf(one).Elem()) != sound {
			got = flawed
		}
		s.Items = append(s.Items, one)
	}
	return got
}

// need is a name, or a mapping.
type need struct {
	mark
	Name  value[string] `yaml:"name" doc:"The service that is needed."`
	AnyOf words         `yaml:"any_of" doc:"Services of which one is enough."`
	When  value[string] `yaml:"when" doc:"running: needed only while running, so it does not hold up a recovery." enum:"running"`
}

func (s *need) read(d *decoder, n *node, what string) state {
	switch {
	case n.kind == mapping:
		return d.fields(n, "a need", reflect.ValueOf(s).Elem())
	case n.kind == scalar:
		return d.value(n, what, reflect.ValueOf(&s.Name).Elem())
	}
	d.wrong(n, what, "a name, {any_of: [a, b]} or {name: a, when: running}")
	return broken
}

type recipeShape struct {
	mark
	Params table[paramShape]   `yaml:"params" doc:"What the recipe wants to be told about a service, by name."`
	Steps  sequence[stepShape] `yaml:"steps,required" doc:"What is done, in order."`
}

type paramShape struct {
	mark
	Type    value[string] `yaml:"type,required" doc:"What values it takes." enum:"string,integer,boolean"`
	Default anyScalar     `yaml:"default" doc:"Its value where a service gives none. Without it, every service must give one."`
}

type stepShape struct {
	mark
	Name       value[string]        `yaml:"name" doc:"The step's name, unique in the recipe. Without it, made from the command."`
	Run        argv                 `yaml:"run" doc:"The command and its arguments. There is no shell; a command with a slash is relative to the estate's folder."`
	Probe      value[string]        `yaml:"probe" doc:"Wait until this answers: own, for the service's own probe, or a URL."`
	Takes      value[unit.Duration] `yaml:"takes" doc:"How long it takes, such as 20m. A command must have it."`
	Timeout    value[unit.Duration] `yaml:"timeout" doc:"When an attempt of a command is stopped. Without it, three times takes, at least 1m."`
	Within     value[unit.Duration] `yaml:"within" doc:"How long a probe is asked again before the step has failed. Without it, 5m."`
	Uses       usesShape            `yaml:"uses" doc:"What the step takes up while it runs."`
	Observe    argv                 `yaml:"observe" doc:"A command that tells whether the effect is there: exit code 0 it is, 1 nothing took effect."`
	Repeatable value[bool]          `yaml:"repeatable" doc:"Whether the command may be run again without asking."`
	Overwrites value[string]        `yaml:"overwrites" doc:"What the command overwrites, in words."`
	Undo       argv                 `yaml:"undo" doc:"A command that takes the effect back."`
	Retry      retryShape           `yaml:"retry" doc:"How often a failed attempt is followed by another without asking."`
	AfterNeeds value[bool]          `yaml:"after_needs" doc:"Whether this step, and not the first, waits for what the service needs."`
	User       value[string]        `yaml:"user" doc:"The user that runs the command."`
	From       value[string]        `yaml:"from" doc:"The site where the step runs, if not where the service is rebuilt."`
	Secrets    words                `yaml:"secrets" doc:"The secrets that the command is given."`
}

type usesShape struct {
	mark
	Lanes   value[int]       `yaml:"lanes" doc:"Lanes of the site. Without it, 1 for a command and 0 for a probe."`
	Crew    value[int]       `yaml:"crew" doc:"People."`
	Restore value[unit.Rate] `yaml:"restore" doc:"Reading of backups, such as 50MB/s."`
}

type retryShape struct {
	mark
	Times   value[int]           `yaml:"times" doc:"How many more attempts."`
	Backoff value[unit.Duration] `yaml:"backoff" doc:"How long to wait before the next; doubles with every attempt."`
}

// secretShape is a mapping. People who write the secret itself must not find it quoted in a log.
type secretShape struct {
	mark
	File value[string] `yaml:"file" doc:"A file that holds it, relative to the estate's folder."`
	Env  value[string] `yaml:"env" doc:"A variable, of the process that runs the step, that holds it."`
}

func (s *secretShape) read(d *decoder, n *node, what string) state {
	if n.kind != scalar || n.tag == "!!null" {
		return d.fields(n, what, reflect.ValueOf(s).Elem())
	}
	at := n.at
	at.secret = true
	d.fail(at, codeWrongType, what+" holds a secret itself, or a word where a mapping is wanted",
		"write where the secret is found: {file: PATH} or {env: VARIABLE}; if it stood here, replace it")
	return broken
}

package estatefile

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"os"
	"path/filepath"
	"reprise/internal/estate"
	"reprise/internal/unit"
	"runtime"
)

// What a step has if it does not say.
const (
	leastTimeout  = unit.Duration(time.Minute)
	mostTimeout   = unit.Duration(36500 * 24 * time.Hour) // the longest span that can be written
	timesTakes    = 3
	defaultWithin = unit.Duration(5 * time.Minute)
)

func (v *resolver) recipes() {
	for id, recipe := range v.file.Recipes.Of {
		if v.out.Recipes == nil {
			v.out.Recipes = make(map[estate.RecipeID]estate.Recipe, len(v.file.Recipes.Of))
		}
		v.out.Recipes[estate.RecipeID(id)] = v.recipe(id, recipe)
	}
}

func (v *resolver) recipe(id string, recipe *recipeShape) estate.Recipe {
	out := estate.Recipe{Params: v.params(&recipe.Params)}
	if recipe.Steps.usable() && len(recipe.Steps.Items) == 0 {
		v.fail(recipe.Steps.at, codeEmptyValue, quoted(id)+" has no step", "write at least one step, such as {run: [bin/restore], takes: 20m}")
	}
	waiting := false
	for _, step := range recipe.Steps.Items {
		if step.AfterNeeds.V && waiting {
			v.fail(step.AfterNeeds.at, codeTwoAfterNeeds, "a step before this one waits for the needs already", "keep after_needs at the first step that uses what the service needs")
		}
		waiting = waiting || step.AfterNeeds.V
		out.Steps = append(out.Steps, v.step(step))
	}
	v.nameSteps(recipe.Steps.Items, out.Steps)
	return out
}

func (v *resolver) step(step *stepShape) estate.Step {
	v.checkStep(step)
	out := estate.Step{
		Name: step.Name.V, Run: step.Run.Words, Probe: step.Probe.V, Takes: step.Takes.V, Timeout: step.Timeout.V,
		Uses:    estate.Uses{Lanes: step.Uses.Lanes.V, Crew: step.Uses.Crew.V, Restore: step.Uses.Restore.V},
		Observe: step.Observe.Words, Undo: step.Undo.Words, Repeatable: step.Repeatable.V, Overwrites: step.Overwrites.V,
		Retry:      estate.Retry{Times: step.Retry.Times.V, Backoff: step.Retry.Backoff.V},
		AfterNeeds: step.AfterNeeds.V, User: step.User.V,
	}
	if !step.Run.missing() {
		if step.Uses.Lanes.missing() {
			out.Uses.Lanes = 1
		}
		if step.Timeout.missing() {
			out.Timeout = max(timesTakes*min(step.Takes.V, mostTimeout/timesTakes), leastTimeout)
		}
	} else if out.Timeout = step.Within.V; step.Within.missing() {
		out.Timeout = defaultWithin
	}
	if refer(v, &step.From, "site", v.file.Sites.Of) {
		out.From = estate.SiteID(step.From.V)
	}
	for _, secret := range step.Secrets.Items {
		if refer(v, secret, "secret", v.file.Secrets.Of) {
			out.Secrets = append(out.Secrets, estate.SecretID(secret.V))
		}
	}
	return out
}

// checkStep checks that a step is either a command or a probe, and has what belongs to it and nothing else.
func (v *resolver) checkStep(step *stepShape) {
	if step.state == broken {
		return
	}
	switch run, probe := !step.Run.missing(), !step.Probe.missing(); {
	case run && probe:
		v.fail(step.Probe.key, codeExactlyOne, "a step has both run and probe", "make it two steps")
		return
	case !run && !probe:
		v.fail(step.at, codeExactlyOne, "a step has neither run nor probe", "write what it does: run: [COMMAND, ARGUMENT] or probe: own")
		return
	case run:
		v.checkCommand(step)
	default:
		v.checkProbeStep(step)
	}
	for what, number := range map[string]*value[int]{
		"lanes": &step.Uses.Lanes, "crew": &step.Uses.Crew, "times": &step.Retry.Times,
	} {
		if number.usable() && number.V < 0 {
			v.fail(number.at, codeOutOfRange, what+" must not be negative", "write 0 or more")
		}
	}
}

func (v *resolver) checkCommand(step *stepShape) {
	for _, command := range []*argv{&step.Run, &step.Observe, &step.Undo} {
		v.checkScript(command)
	}
	if step.Takes.missing() {
		v.missing(step.at, "the step that runs "+shorten(strings.Join(step.Run.Words, " ")), "takes")
	}
	if !step.Within.missing() {
		v.fail(step.Within.key, codeMisplacedKey, "within belongs to a step that probes", "write timeout for the time after which a command is stopped")
	}
	if step.Timeout.usable() && step.Timeout.V <= 0 {
		v.fail(step.Timeout.at, codeOutOfRange, "timeout must be longer than nothing", "write how long the command may take at most, or remove the key")
	} else if step.Timeout.usable() && step.Timeout.V < step.Takes.V {
		v.warn(step.Timeout.at, codeTimeoutBelowTakes, fmt.Sprintf("the command is stopped after %s and takes %s", step.Timeout.V, step.Takes.V), "write a timeout that is longer than takes")
	}
}

// checkScript looks whether a command with a path is there and can be executed: at three in the morning is too late. What
// is looked up in PATH is left to the machine that runs it.
func (v *resolver) checkScript(command *argv) {
	if v.folder == "" || len(command.Words) == 0 || !strings.Contains(command.Words[0], "/") {
		return
	}
	file := filepath.FromSlash(command.Words[0])
	if !filepath.IsAbs(file) {
		file = filepath.Join(v.folder, file)
	}
	switch info, err := os.Stat(file); {
	case err != nil || info.IsDir():
		v.warn(command.at, codeMissingScript, "there is no command "+command.Words[0]+" in the estate's folder", "put it there, or change the path")
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		v.warn(command.at, codeMissingScript, command.Words[0]+" cannot be executed", "make it executable: chmod +x "+command.Words[0])
	}
}

func (v *resolver) checkProbeStep(step *stepShape) {
	const next = "remove the key, or move it to a step with run"
	for key, m := range map[string]mark{
		"observe": step.Observe.mark, "undo": step.Undo.mark, "repeatable": step.Repeatable.mark, "retry": step.Retry.mark,
		"overwrites": step.Overwrites.mark, "user": step.User.mark, "secrets": step.Secrets.mark,
	} {
		if !m.missing() {
			v.fail(m.key, codeMisplacedKey, key+" belongs to a step that runs a command", next)
		}
	}
	if !step.Timeout.missing() {
		v.fail(step.Timeout.key, codeMisplacedKey, "timeout belongs to a step that runs a command", "write within for the time after which a probe has failed")
	}
	if step.Within.usable() && step.Within.V <= 0 {
		v.fail(step.Within.at, codeOutOfRange, "within must be longer than nothing", "write how long to wait for an answer, or remove the key")
	}
	if step.Probe.usable() && step.Probe.V != estate.OwnProbe {
		v.checkTarget(&step.Probe)
	}
}

// nameSteps checks the names that steps have, and names the others after what they run.
func (v *resolver) nameSteps(shapes []*stepShape, steps []estate.Step) {
	taken := map[string]place{}
	for _, shape := range shapes {
		if !shape.Name.usable() {
			continue
		}
		name := shape.Name.V
		v.name(name, shape.Name.at)
		if before, twice := taken[name]; twice {
			v.fail(shape.Name.at, codeRepeated, fmt.Sprintf("a step is called %s already, at %s", quoted(name), before.pos()), "give one of the two another name")
		}
		taken[name] = shape.Name.at
	}
	next := map[string]int{}
	for i := range steps {
		if steps[i].Name != "" {
			continue
		}
		base := defaultName(&steps[i])
		name := base
		for _, used := taken[name]; used; _, used = taken[name] {
			next[base] = max(next[base], 1) + 1
			name = fmt.Sprintf("%s-%d", base, next[base])
		}
		taken[name], steps[i].Name = shapes[i].at, name
	}
}

// notInNames is what a command may have in its name and a step may not.
var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// defaultName names a step after its command: bin/restore.sh is restore.
func defaultName(step *estate.Step) string {
	if len(step.Run) == 0 {
		return "probe"
	}
	base := path.Base(step.Run[0])
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(strings.TrimSuffix(base, path.Ext(base))), "-"), "-")
	if len(name) > 50 { // leaves room for a number
		name = strings.Trim(name[:50], "-")
	}
	if name == "" || slices.Contains(spokenBooleans, name) {
		return "run"
	}
	return name
}

// goodParam is what a parameter may be called: steps find its value in a variable with that name.
var goodParam = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// paramTypes are the types of parameters, as Param.Type has them.
var paramTypes = []string{"string", "integer", "boolean"}

func (v *resolver) params(params *table[paramShape]) map[string]estate.Param {
	if len(params.Of) == 0 {
		return nil
	}
	out := make(map[string]estate.Param, len(params.Of))
	variables := map[string]string{}
	for _, name := range sortedKeys(params.Of) {
		param := params.Of[name]
		variable := strings.ReplaceAll(name, "-", "_")
		if !goodParam.MatchString(name) {
			v.fail(param.key, codeBadName, quoted(name)+" cannot be the name of a parameter", "use lower-case letters a to z, digits, hyphens and underscores, beginning with a letter")
		} else if other, taken := variables[variable]; taken {
			v.fail(param.key, codeClash, fmt.Sprintf("%s and %s are one variable to a command", quoted(name), quoted(other)), "give one of the two another name")
		}
		variables[variable] = name
		made := estate.Param{Type: param.Type.V}
		if v.oneOf(&param.Type, "type", paramTypes) && param.Default.usable() {
			if text, ok := v.canonical(&param.Default, "the default of "+name, param.Type.V); ok {
				made.Default = &text
			}
		}
		out[name] = made
	}
	return out
}

// canonical returns a parameter's value as text, if it is of the type.
func (v *resolver) canonical(s *anyScalar, what, kind string) (string, bool) {
	next := "write a text in quotes"
	switch kind {
	case "string":
		if s.tag == "!!str" {
			return s.text, true
		}
		next = fmt.Sprintf("put it in quotes: %q", s.text)
	case "integer":
		if n, err := strconv.ParseInt(s.text, 10, 64); err == nil && s.tag == "!!int" {
			return strconv.FormatInt(n, 10), true
		}
		next = "write a whole number without quotes"
	case "boolean":
		if s.tag == "!!bool" {
			return strings.ToLower(s.text), true
		}
		next = "write true or false without quotes"
	}
	v.fail(s.at, codeWrongType, fmt.Sprintf("%s must be of type %s", what, kind), next)
	return "", false
}

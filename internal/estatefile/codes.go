package estatefile

import "reprise/internal/diag"

// Codes of findings. People put them in baselines: never rename or reuse one. docs/diagnostics holds a page for each.
const (
	codeNoEstate           diag.Code = "no-estate"
	codeUnreadable         diag.Code = "unreadable"
	codeTooLarge           diag.Code = "too-large"
	codeNotText            diag.Code = "not-text"
	codeBadYAML            diag.Code = "bad-yaml"
	codeTooDeep            diag.Code = "too-deep"
	codeAlias              diag.Code = "alias"
	codeTag                diag.Code = "tag"
	codeManyDocuments      diag.Code = "many-documents"
	codeEmptyFile          diag.Code = "empty-file"
	codeDuplicateKey       diag.Code = "duplicate-key"
	codeUnknownKey         diag.Code = "unknown-key"
	codeMissingKey         diag.Code = "missing-key"
	codeMisplacedKey       diag.Code = "misplaced-key"
	codeExactlyOne         diag.Code = "exactly-one"
	codeWrongType          diag.Code = "wrong-type"
	codeEmptyValue         diag.Code = "empty-value"
	codeUnknownValue       diag.Code = "unknown-value"
	codeOutOfRange         diag.Code = "out-of-range"
	codeBadQuantity        diag.Code = "bad-quantity"
	codeBadLanguage        diag.Code = "bad-language"
	codeBadTimezone        diag.Code = "bad-timezone"
	codeBadName            diag.Code = "bad-name"
	codeBadAddress         diag.Code = "bad-address"
	codeClash              diag.Code = "clash"
	codeRepeated           diag.Code = "repeated"
	codeGhost              diag.Code = "ghost"
	codeStandbyForItself   diag.Code = "standby-for-itself"
	codeCycle              diag.Code = "cycle"
	codeRunningCycle       diag.Code = "running-cycle"
	codeRecoveryToSame     diag.Code = "recovery-to-same-platform"
	codeShellLine          diag.Code = "shell-line"
	codeTwoAfterNeeds      diag.Code = "two-after-needs"
	codeTimeoutBelowTakes  diag.Code = "timeout-below-takes"
	codeMissingScript      diag.Code = "missing-script"
	codeUnknownParam       diag.Code = "unknown-param"
	codeMissingParam       diag.Code = "missing-param"
	codeBadProbe           diag.Code = "bad-probe"
	codeUnknownPlaceholder diag.Code = "unknown-placeholder"
	codeMissingAddress     diag.Code = "missing-address"
	codeMissingName        diag.Code = "missing-name"
	codeNoOwnProbe         diag.Code = "no-own-probe"
)

// codes is every code with what it means, in the order of the constants.
var codes = []struct {
	code  diag.Code
	means string
}{
	{codeNoEstate, "there is no estate where one was looked for"},
	{codeUnreadable, "a file exists and cannot be read"},
	{codeTooLarge, "a file is larger than 16 MiB and was not read"},
	{codeNotText, "a file holds bytes that are not UTF-8 text, or control characters"},
	{codeBadYAML, "a file is not YAML"},
	{codeTooDeep, "lists and mappings are nested deeper than any estate"},
	{codeAlias, "an anchor, an alias or a merge key: an estate file has none"},
	{codeTag, "a YAML tag: an estate file has none"},
	{codeManyDocuments, "a file holds more than one YAML document"},
	{codeEmptyFile, "a file holds nothing but comments"},
	{codeDuplicateKey, "a key is written twice, in one file or in two of a folder"},
	{codeUnknownKey, "a key that means nothing here"},
	{codeMissingKey, "a key that must be written is not there, not even in the defaults"},
	{codeMisplacedKey, "a key that belongs to another kind of step"},
	{codeExactlyOne, "of several keys exactly one must be written"},
	{codeWrongType, "a list, mapping, text, number or truth value stands where another of these is wanted"},
	{codeEmptyValue, "a key has no value"},
	{codeUnknownValue, "a word that is none of those that are allowed here"},
	{codeOutOfRange, "a number or span of time is too small or too large to make sense"},
	{codeBadQuantity, "a duration, size or rate that cannot be understood, mostly for want of a unit"},
	{codeBadLanguage, "a language is written by other means than its tag"},
	{codeBadTimezone, "no time zone is called so"},
	{codeBadName, "a name that cannot be used as one"},
	{codeBadAddress, "an address or public name that cannot be one"},
	{codeClash, "two things of different kinds have the same name"},
	{codeRepeated, "a list names the same thing twice"},
	{codeGhost, "something is mentioned that is described nowhere"},
	{codeStandbyForItself, "a site or platform is the standby for itself"},
	{codeCycle, "services need each other in a circle, so that none can be recovered first"},
	{codeRunningCycle, "services need each other in a circle while they run (a warning)"},
	{codeRecoveryToSame, "a service is to be recovered to the platform that it runs on"},
	{codeShellLine, "a command is written as one line for a shell, and there is no shell"},
	{codeTwoAfterNeeds, "more than one step of a recipe waits for the needs"},
	{codeTimeoutBelowTakes, "a step would be stopped before the time that it takes is over (a warning)"},
	{codeMissingScript, "a command of a recipe is not there, or cannot be executed (a warning)"},
	{codeUnknownParam, "a recipe is given a parameter that it does not declare"},
	{codeMissingParam, "a recipe is not given a parameter that it must have"},
	{codeBadProbe, "a probe that cannot be asked"},
	{codeUnknownPlaceholder, "braces in a probe with something else in them than at or name"},
	{codeMissingAddress, "an address is used that is not written for the site in question"},
	{codeMissingName, "a public name is used that is not written"},
	{codeNoOwnProbe, "a recipe asks the service's own probe, and it has none"},
}

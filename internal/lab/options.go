package lab

import "io"

// Options is what a demo can be told.
type Options struct {
	Self   []string  // how to start this program again
	Seed   uint64    // of the data, and of the instants of the crashes
	Crash  bool      // kill the controller six times
	Keep   bool      // leave the folder behind
	Folder string    // where, or empty for a temporary one
	Out    io.Writer // what the recovery shows, and the story; a terminal gets the live view
	Err    io.Writer
}

// incident is one of the two of December 2018.
type incident struct {
	platform string
	before   string // the story, told before it
}

func incidents() []incident {
	return []incident{
		{"hyp-interne", "Incident 1, Friday 21 December 2018: a bug in the hypervisors of the internal applications.\n" +
			"The public counters stop. What citizens reach over the internet is untouched."},
		{"hyp-internet", "Incident 2, the night of 25 December 2018: the same bug on the internet-facing hypervisors.\n" +
			"Web sites, e-services and the mail are gone. The internal applications live at the standby site by now."},
	}
}

// crashesEach is how often the controller is killed in one incident, where that is asked for.
const crashesEach = 3

// standby is the site where all services are in the end.
const standby = "secours"

// The example writes the addresses of its two sites under these prefixes of the loopback network. A demo moves them to a
// pair that nobody else holds.
const (
	primaryPrefix = "127.10."
	standbyPrefix = "127.20."
)

// Package unit holds the quantities that people write in an estate file and read in a report: durations, sizes and
// rates, each with its unit.
//
// A quantity is parsed strictly (no unit, no number, no value) and prints in a form that parses back to the same value.
// In JSON it is that text, so that a journal can be read without a table of units. The package does not know what a
// quantity is for.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a span of time, written 90d, 4h, 20m, 1h30m or 1.5s. A day is 24 hours: it is a span, not a date.
type Duration time.Duration

// Std returns d as the standard library's type, for arithmetic with instants.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Seconds returns d in seconds.
func (d Duration) Seconds() float64 { return d.Std().Seconds() }

const day = 24 * time.Hour

// ParseDuration reads a duration. It refuses negative values, a number without a unit, and spans beyond 100 years.
func ParseDuration(s string) (Duration, error) {
	rest := strings.TrimSpace(s)
	if rest == "" {
		return 0, fmt.Errorf("a duration is empty; write one like 20m, 4h or 90d")
	}
	var total time.Duration
	if days, after, found := strings.Cut(rest, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil || n > 36500 {
			return 0, fmt.Errorf("%q is not a duration; write one like 20m, 4h or 90d", s)
		}
		total, rest = time.Duration(n)*day, after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || rest == "0" {
			return 0, fmt.Errorf("%q is not a duration; write one like 20m, 4h or 90d", s)
		}
		if total += d; d < 0 || total > 36500*day {
			return 0, fmt.Errorf("%q is out of range; a duration is between 0s and 36500d", s)
		}
	}
	return Duration(total), nil
}

// String prints d in the largest units that keep it exact: 90d, 4h, 1h30m, 1.5s.
func (d Duration) String() string {
	rest := d.Std()
	if rest == 0 {
		return "0s"
	}
	var b strings.Builder
	if rest < 0 {
		b.WriteByte('-')
		rest = -rest
	}
	for _, u := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := rest / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			rest -= n * u.size
		}
	}
	if rest > 0 {
		b.WriteString(rest.String())
	}
	return b.String()
}

// MarshalText writes d as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads d as ParseDuration does.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// Size is an amount of bytes, written 512GiB, 2MiB or 4GB; binary and decimal prefixes mean what they say.
type Size int64

// Rate is bytes per second, written 400MB/s.
type Rate int64

var prefixes = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40}, {"TB", 1e12}, {"GiB", 1 << 30}, {"GB", 1e9},
	{"MiB", 1 << 20}, {"MB", 1e6}, {"KiB", 1 << 10}, {"kB", 1e3}, {"B", 1},
}

func parseBytes(s, suffix string) (int64, bool) {
	rest, found := strings.CutSuffix(strings.TrimSpace(s), suffix)
	if !found {
		return 0, false
	}
	for _, p := range prefixes {
		number, found := strings.CutSuffix(rest, p.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		total := n * float64(p.bytes)
		if err != nil || !(total >= 0) || total >= math.MaxInt64 {
			return 0, false
		}
		return int64(total), true
	}
	return 0, false
}

func formatBytes(n int64) string {
	if n == 0 {
		return "0B"
	}
	for _, p := range prefixes {
		if n%p.bytes == 0 {
			return strconv.FormatInt(n/p.bytes, 10) + p.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// ParseSize reads a size. It refuses a number without a unit and negative values.
func ParseSize(s string) (Size, error) {
	n, ok := parseBytes(s, "")
	if !ok {
		return 0, fmt.Errorf("%q is not a size; write one like 512GiB or 2MB", s)
	}
	return Size(n), nil
}

// String prints z in the largest unit that keeps it exact.
func (z Size) String() string { return formatBytes(int64(z)) }

// MarshalText writes z as String does.
func (z Size) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText reads z as ParseSize does.
func (z *Size) UnmarshalText(text []byte) (err error) {
	*z, err = ParseSize(string(text))
	return err
}

// ParseRate reads a rate. It refuses a number without a unit and negative values.
func ParseRate(s string) (Rate, error) {
	n, ok := parseBytes(s, "/s")
	if !ok {
		return 0, fmt.Errorf("%q is not a rate; write one like 400MB/s", s)
	}
	return Rate(n), nil
}

// String prints r in the largest unit that keeps it exact.
func (r Rate) String() string { return formatBytes(int64(r)) + "/s" }

// MarshalText writes r as String does.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads r as ParseRate does.
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

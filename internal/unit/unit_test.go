package unit

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEveryDurationReadsBackAsItPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(0, int64(3650*day)).Draw(t, "d"))
		back, err := ParseDuration(d.String())
		if err != nil || back != d {
			t.Fatalf("%d prints as %q, which reads as %d, %v", d, d.String(), back, err)
		}
	})
}

func TestEverySizeAndRateReadsBackAsItPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<52).Draw(t, "bytes")
		if back, err := ParseSize(Size(n).String()); err != nil || back != Size(n) {
			t.Fatalf("%d prints as %q, which reads as %d, %v", n, Size(n), back, err)
		}
		if back, err := ParseRate(Rate(n).String()); err != nil || back != Rate(n) {
			t.Fatalf("%d prints as %q, which reads as %d, %v", n, Rate(n), back, err)
		}
	})
}

func TestDurationsAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "4h": 4 * time.Hour, "1h30m": 90 * time.Minute, "1.5s": 1500 * time.Millisecond, "1d12h": 36 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "20", "-4h", "1.5d", "4 hours", "d", "0", "99999999d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v; want an error", text, got)
		}
	}
}

func TestSizesAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]Size{"512GiB": 512 << 30, "2 MB": 2e6, "1.5kB": 1500, "0B": 0} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "512", "GiB", "-1GB", "NaNB", "1e300TB", "400MB/s"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %v; want an error", text, got)
		}
	}
}

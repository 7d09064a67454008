package graph

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"reprise/internal/diag"
	"reprise/internal/estate"
)

// council is a small estate with two sites, a firewall pair and an alternative.
func council() (estate.Estate, Placement) {
	need := func(ids ...estate.ServiceID) estate.Need { return estate.Need{AnyOf: ids} }
	est := estate.Estate{
		Sites: map[estate.SiteID]estate.Site{"hall": {}, "depot": {StandbyFor: "hall"}},
		Platforms: map[estate.PlatformID]estate.Platform{
			"cluster": {Site: "hall", Product: "vsphere", Version: "6.7"}, "spare": {Site: "depot", Product: "vsphere", Version: "6.7"},
			"edge": {Site: "hall", Kind: "firewall"}, "edge-depot": {Site: "depot", Kind: "firewall", StandbyFor: "edge"},
		},
		Services: map[estate.ServiceID]estate.Service{
			"dns-1":     {Tier: 3, RunsOn: "cluster", Behind: []estate.PlatformID{"edge"}},
			"dns-2":     {Tier: 3, RunsOn: "spare", Behind: []estate.PlatformID{"edge"}},
			"directory": {Tier: 2, RunsOn: "cluster", Needs: []estate.Need{need("dns-1", "dns-2")}},
			"mail":      {Tier: 1, RunsOn: "cluster", Needs: []estate.Need{need("directory")}, Behind: []estate.PlatformID{"edge"}},
			"archive":   {Tier: 3, RunsOn: "spare", Needs: []estate.Need{need("mail")}},
			"library":   {Tier: 3, RunsOn: "spare"},
		},
	}
	at := Placement{}
	for id, s := range est.Services {
		at[id] = s.RunsOn
	}
	return est, at
}

func TestWhatALossDoes(t *testing.T) {
	ids := func(ids ...estate.ServiceID) []estate.ServiceID { return ids }
	for _, c := range []struct {
		lost string
		want Impact
	}{
		{"cluster", Impact{Destroyed: ids("directory", "dns-1", "mail"), Starved: ids("archive")}},
		{"hall", Impact{Destroyed: ids("directory", "dns-1", "mail"), Starved: ids("archive")}},
		// The firewall takes access only. Mail, cut off, is lost to the archive at the other site, and the directory keeps
		// finding a name server.
		{"edge", Impact{Starved: ids("archive"), CutOff: ids("dns-1", "mail")}},
		{"edge-depot", Impact{CutOff: ids("dns-2"), Degraded: ids("directory")}},
		{"dns-2", Impact{Destroyed: ids("dns-2"), Degraded: ids("directory")}},
		{"vsphere@6.7", Impact{Destroyed: ids("archive", "directory", "dns-1", "dns-2", "library", "mail")}},
		{"service:library", Impact{Destroyed: ids("library")}},
	} {
		est, at := council()
		loss, err := ParseLoss(est, []string{c.lost})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, ImpactOf(est, at, loss)); diff != "" {
			t.Errorf("the loss of %s (-want +got):\n%s", c.lost, diff)
		}
	}
}

func TestALossFollowsWhereServicesRunNow(t *testing.T) {
	est, at := council()
	at["mail"] = "spare"
	loss, _ := ParseLoss(est, []string{"cluster"})
	want := Impact{Destroyed: []estate.ServiceID{"directory", "dns-1"}, Starved: []estate.ServiceID{"archive", "mail"}}
	if diff := cmp.Diff(want, ImpactOf(est, at, loss)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryUnknownLossIsNamedWithWhatMayBeMeant(t *testing.T) {
	est, _ := council()
	_, err := ParseLoss(est, []string{"cluster", "clutser", "moon"})
	findings, is := diag.Of(err)
	if !is || len(findings) != 2 {
		t.Fatalf("ParseLoss = %v", err)
	}
	if want := "did you mean cluster? Otherwise name a site, a platform, a service or product@version of this estate"; findings[0].Next != want {
		t.Errorf("next is %q", findings[0].Next)
	}
}

func TestATierIsTheBestOfAllThatNeedIt(t *testing.T) {
	est, _ := council()
	all := EffectiveTiers(est, []estate.ServiceID{"dns-1", "directory", "mail"})
	// dns-2 survives, so dns-1 stays what it is; the directory carries the mail.
	want := map[estate.ServiceID]int{"dns-1": 3, "dns-2": 1, "directory": 1, "mail": 1, "archive": 3, "library": 3}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("one name server lost (-want +got):\n%s", diff)
	}
	want["dns-1"] = 1
	if diff := cmp.Diff(want, EffectiveTiers(est, []estate.ServiceID{"dns-1", "dns-2", "directory", "mail"})); diff != "" {
		t.Errorf("both name servers lost (-want +got):\n%s", diff)
	}
}

package i18n

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestATextIsReadInTheFirstLanguageThatItHas(t *testing.T) {
	mail := Text{"fr": "Messagerie", "en": "Email"}
	for _, c := range []struct {
		text   Text
		wanted []Lang
		want   string
	}{
		{mail, []Lang{"fr"}, "Messagerie"}, {mail, []Lang{"de", "en"}, "Email"}, {mail, []Lang{"de"}, "Email"},
		{Plain("DNS"), []Lang{"fr"}, "DNS"}, {nil, []Lang{"fr"}, ""},
	} {
		if got := c.text.In(c.wanted...); got != c.want {
			t.Errorf("%v in %v reads %q; want %q", c.text, c.wanted, got, c.want)
		}
	}
}

func TestATextReadsBackAsItWasWritten(t *testing.T) {
	for want, text := range map[string]Text{`"DNS"`: Plain("DNS"), `{"en":"Email","fr":"Messagerie"}`: {"fr": "Messagerie", "en": "Email"}} {
		data, err := json.Marshal(text)
		if err != nil || string(data) != want {
			t.Errorf("%v is written %s, %v; want %s", text, data, err, want)
		}
		var back Text
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, back); diff != "" {
			t.Errorf("(-written +read):\n%s", diff)
		}
	}
}

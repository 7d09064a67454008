package probe

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func ask(t *testing.T, target string) Answer {
	t.Helper()
	u, err := Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return Ask(t.Context(), u, 2*time.Second)
}

func TestAnHTTPServiceIsGreenWhenItAnswersWell(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		case "/broken":
			http.Error(w, "no", http.StatusInternalServerError)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("short"))
		}
	}))
	defer server.Close()
	for path, want := range map[string]Answer{
		"/": {Green: true, Seen: "200 OK"}, "/moved": {Green: true, Seen: "302 Found"},
		"/broken": {Seen: "500 Internal Server Error"}, "/cut": {Seen: "unexpected EOF"},
	} {
		got := ask(t, server.URL+path)
		if got.Green != want.Green || got.Seen != want.Seen {
			t.Errorf("%s: %+v; want %+v", path, got, want)
		}
	}
}

func TestAPortIsGreenWhenItAccepts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := "tcp://" + listener.Addr().String()
	if got := ask(t, target); !got.Green {
		t.Errorf("while it listens: %+v", got)
	}
	listener.Close()
	if got := ask(t, target); got.Green || got.Seen != "connection refused" {
		t.Errorf("once closed: %+v", got)
	}
	if got := ask(t, strings.Replace(target, "tcp", "http", 1)); got.Green || got.Seen != "connection refused" {
		t.Errorf("once closed, over HTTP: %+v", got)
	}
}

func TestAServiceThatNeverAnswersIsRedInTime(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	u, _ := Parse("http://" + listener.Addr().String())
	got := Ask(t.Context(), u, 100*time.Millisecond)
	if got.Green || got.Seen != "timed out" || got.Took > time.Second {
		t.Errorf("%+v", got)
	}
}

func TestATargetThatCannotBeAskedSaysWhy(t *testing.T) {
	for target, want := range map[string]string{
		"ldap://192.0.2.1": "the kinds are http, https, tcp", "tcp://192.0.2.1": "names no port",
		"http://": "names no host", "http://[": "is not a URL", "": "begins with no kind of probe",
	} {
		if _, err := Parse(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v; want %q", target, err, want)
		}
	}
}

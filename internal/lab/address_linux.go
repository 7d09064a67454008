package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// markerPort is listened at on the last address of a pair's first half by the demo that holds the pair.
const markerPort = 17120

// portOf finds the ports in the example: in probes and in parameters.
var portOf = regexp.MustCompile(`(port: |default: |\{at\}:)([0-9]+)`)

// settle gives an example's text addresses of this demo's own, and ports that nobody on this machine listens at for all
// addresses. The pair is held until the listener is closed.
func settle(text string) (string, net.Listener, error) {
	first := os.Getpid() % 120
	for i := range 120 {
		a := 2 + 2*((first+i)%120)
		marker := fmt.Sprintf("127.%d.255.254", a)
		hold, err := net.Listen("tcp", net.JoinHostPort(marker, strconv.Itoa(markerPort)))
		if err != nil {
			continue
		}
		text = strings.NewReplacer(primaryPrefix, fmt.Sprintf("127.%d.", a), standbyPrefix, fmt.Sprintf("127.%d.", a+1)).Replace(text)
		text = portOf.ReplaceAllStringFunc(text, func(found string) string {
			parts := portOf.FindStringSubmatch(found)
			return parts[1] + freePort(marker, parts[2])
		})
		return text, hold, nil
	}
	return "", nil, errors.New("no pair of loopback networks is free: 120 other demos run, or this machine has no 127.0.0.0/8")
}

// freePort returns the port, or the next one 1000 further that can be listened at.
func freePort(host, port string) string {
	n, err := strconv.Atoi(port)
	if err != nil {
		return port
	}
	for ; n < 1<<16; n += 1000 {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n))); err == nil {
			l.Close()
			return strconv.Itoa(n)
		}
	}
	return port
}

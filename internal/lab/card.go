package lab

import (
	"fmt"
	"strings"
	"time"

	"reprise/internal/estate"
)

// Card is what the estate declares about a service that the stand-ins for its tools keep to.
type Card struct {
	Service string        `json:"service"`
	Scheme  string        `json:"scheme"`  // of its probe: http or tcp
	Rate    int64         `json:"rate"`    // bytes per second that a restore reads
	Restore time.Duration `json:"restore"` // that a restore takes
	Start   time.Duration `json:"start"`   // that a start takes
}

// cardOf draws a service's card from the estate.
func cardOf(est estate.Estate, id estate.ServiceID) (Card, error) {
	service := est.Services[id]
	scheme, _, found := strings.Cut(service.Probe, "://")
	if !found || service.Recovery == nil {
		return Card{}, fmt.Errorf("%s cannot be staged: it needs a probe and a recovery", id)
	}
	card := Card{Service: string(id), Scheme: scheme}
	for _, step := range est.Recipes[service.Recovery.Recipe].Steps {
		switch step.Name {
		case "restore":
			card.Rate, card.Restore = int64(step.Uses.Restore), step.Takes.Std()
		case "start":
			card.Start = step.Takes.Std()
		}
	}
	if card.Rate == 0 || card.Restore == 0 || card.Start == 0 {
		return Card{}, fmt.Errorf("%s cannot be staged: its recipe declares no restore with a rate, or no start", id)
	}
	return card, nil
}

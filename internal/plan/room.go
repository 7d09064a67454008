package plan

import (
	"maps"

	"reprise/internal/estate"
)

// Room is the capacity of every site, and what of it is free. Zero crew or rate in what a site has means "no limit".
type Room struct {
	has, left map[estate.SiteID]estate.Uses
}

// NewRoom makes a room in which everything is free.
func NewRoom(has map[estate.SiteID]estate.Uses) *Room {
	left := make(map[estate.SiteID]estate.Uses, len(has))
	maps.Copy(left, has)
	return &Room{has: has, left: left}
}

// Fits says whether a demand fits into what is free.
func (r *Room) Fits(d Demand) bool {
	has, left := r.has[d.Site], r.left[d.Site]
	return d.Uses.Lanes <= left.Lanes &&
		(has.Crew == 0 || d.Uses.Crew <= left.Crew) &&
		(has.Restore == 0 || d.Uses.Restore <= left.Restore)
}

// Take takes a demand up, and Give gives it back.
func (r *Room) Take(d Demand) { r.left[d.Site] = minus(r.left[d.Site], d.Uses) }

// Give gives a demand back.
func (r *Room) Give(d Demand) { r.left[d.Site] = Plus(r.left[d.Site], d.Uses) }

// Plus adds two uses up.
func Plus(a, b estate.Uses) estate.Uses {
	return estate.Uses{Lanes: a.Lanes + b.Lanes, Crew: a.Crew + b.Crew, Restore: a.Restore + b.Restore}
}

func minus(a, b estate.Uses) estate.Uses {
	return estate.Uses{Lanes: a.Lanes - b.Lanes, Crew: a.Crew - b.Crew, Restore: a.Restore - b.Restore}
}

package schedule

// Amounts of all resources lie side by side in words, each in a lane whose top bit is free, so that one subtraction asks
// for four resources at once whether a demand fits: where it does not, the lane's top bit is borrowed. (Lamport, Multiple
// byte processing with full-word instructions, CACM 18, 1975.)
type lanes struct {
	words int    // that hold one amount of every resource
	width uint   // bits of a lane: 16, 32 or 64
	tops  uint64 // the top bit of every lane
}

// lanesFor finds the narrowest lanes that hold amounts up to most, with one value to spare that stands for more than
// there ever is.
func lanesFor(resources int, most int64) lanes {
	l := lanes{width: 64, tops: 1 << 63}
	switch {
	case most < 1<<15-1:
		l = lanes{width: 16, tops: 0x8000_8000_8000_8000}
	case most < 1<<31-1:
		l = lanes{width: 32, tops: 0x8000_0000_8000_0000}
	}
	perWord := int(64 / l.width)
	l.words = max(1, (resources+perWord-1)/perWord)
	return l
}

// put sets a lane that is zero.
func (l lanes) put(words []uint64, resource int, amount int64) {
	perWord := int(64 / l.width)
	words[resource/perWord] |= uint64(amount) << (uint(resource%perWord) * l.width)
}

// get is the amount in a lane.
func (l lanes) get(words []uint64, resource int) int64 {
	perWord := int(64 / l.width)
	return int64(words[resource/perWord] >> (uint(resource%perWord) * l.width) & (1<<(l.width-1) - 1))
}

// fitsWord reports whether every lane of need is at most the same lane of room.
func fitsWord(room, need, tops uint64) bool { return ((room|tops)-need)&tops == tops }

func (l lanes) fits(room, need []uint64) bool {
	for w, n := range need {
		if !fitsWord(room[w], n, l.tops) {
			return false
		}
	}
	return true
}

// lowest returns, lane by lane, the smaller one.
func (l lanes) lowest(a, b uint64) uint64 {
	take := l.where(a, b)
	return b&take | a&^take
}

// highest returns, lane by lane, the larger one.
func (l lanes) highest(a, b uint64) uint64 {
	take := l.where(a, b)
	return a&take | b&^take
}

// where returns all value bits of the lanes in which a is at least b.
func (l lanes) where(a, b uint64) uint64 {
	borrowed := ((a | l.tops) - b) & l.tops
	return borrowed - borrowed>>(l.width-1)
}

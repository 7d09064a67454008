package schedule

// grid has one word per instant; the fastest there is for small problems in coarse ticks.
type grid struct {
	m           *model
	empty, room []uint64
}

func newGrid(m *model) *grid {
	g := &grid{m: m, empty: make([]uint64, m.horizon+1), room: make([]uint64, m.horizon+1)}
	level := 0
	for t := range g.empty {
		for level+1 < len(m.from) && m.from[level+1] <= int64(t) {
			level++
		}
		g.empty[t] = m.room[level]
	}
	return g
}

func (g *grid) reset() { copy(g.room, g.empty) }

// earliest looks at each window from its end, as Boyer and Moore look for a word (CACM 20, 1977): the last instant that
// does not fit tells where the next window starts, and what lies behind it is known to fit.
func (g *grid) earliest(j int32, from int64) int64 {
	need, tops, dur := g.m.need[j], g.m.tops, int(g.m.dur[j])
	start := int(from)
	known := start // instants from known on were not looked at
	for {
		end := start + dur
		if end > len(g.room) {
			return int64(max(start, len(g.room)-1)) // only in problems whose horizon was exceeded, which compile excludes
		}
		window := g.room[known:end]
		at := len(window) - 1
		for at >= 0 && fitsWord(window[at], need, tops) {
			at--
		}
		if at < 0 {
			return int64(start)
		}
		start, known = known+at+1, end
	}
}

func (g *grid) latest(j int32, until int64) int64 {
	need, tops, dur := g.m.need[j], g.m.tops, int(g.m.dur[j])
	end := int(until)
	known := end // instants before known were not looked at
	for {
		start := end - dur
		if start < 0 {
			return -1
		}
		window := g.room[start:known]
		at := 0
		for at < len(window) && fitsWord(window[at], need, tops) {
			at++
		}
		if at == len(window) {
			return int64(start)
		}
		end, known = start+at, start
	}
}

func (g *grid) take(j int32, start int64) {
	need := g.m.need[j]
	window := g.room[start : start+g.m.dur[j]]
	for t := range window {
		window[t] -= need
	}
}

// wideGrid is a grid for more resources than one word holds.
type wideGrid struct {
	m           *model
	empty, room []uint64
}

func newWideGrid(m *model) *wideGrid {
	size := int(m.horizon+1) * m.words
	g := &wideGrid{m: m, empty: make([]uint64, 0, size), room: make([]uint64, size)}
	level := 0
	for t := range m.horizon + 1 {
		for level+1 < len(m.from) && m.from[level+1] <= t {
			level++
		}
		g.empty = append(g.empty, m.room[level*m.words:(level+1)*m.words]...)
	}
	return g
}

func (g *wideGrid) reset() { copy(g.room, g.empty) }

func (g *wideGrid) fits(need []uint64, t int64) bool {
	return g.m.fits(g.room[int(t)*g.m.words:], need)
}

func (g *wideGrid) earliest(j int32, from int64) int64 {
	need, dur := g.m.demand(j), g.m.dur[j]
	start, known := from, from
	for {
		end := start + dur
		if end > g.m.horizon {
			return min(start, g.m.horizon)
		}
		at := end - 1
		for at >= known && g.fits(need, at) {
			at--
		}
		if at < known {
			return start
		}
		start, known = at+1, end
	}
}

func (g *wideGrid) latest(j int32, until int64) int64 {
	need, dur := g.m.demand(j), g.m.dur[j]
	end, known := until, until
	for {
		start := end - dur
		if start < 0 {
			return -1
		}
		at := start
		for at < known && g.fits(need, at) {
			at++
		}
		if at >= known {
			return start
		}
		end, known = at, start
	}
}

func (g *wideGrid) take(j int32, start int64) {
	need := g.m.demand(j)
	for t := start; t < start+g.m.dur[j]; t++ {
		for w, n := range need {
			g.room[int(t)*len(need)+w] -= n
		}
	}
}

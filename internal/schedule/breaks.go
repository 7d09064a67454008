package schedule

import "math"

// breaks has one entry per instant at which what is left changes, in blocks that know their lowest and highest amounts,
// so that a search skips blocks that are full and strides over blocks that are free. Placing a task changes the entries
// that it covers and adds two at the most; a full block is split.
type breaks struct {
	m      *model
	order  []int32 // blocks in order of time
	firsts []int64 // when each of them starts, in the same order
	counts []int32 // entries of each block, by block
	times  []int64 // blockSize for each block
	rooms  []uint64
	lows   []uint64 // words for each block
	highs  []uint64
}

const blockSize = 64

func newBreaks(m *model) *breaks {
	b := &breaks{m: m}
	b.reset()
	return b
}

func (b *breaks) reset() {
	b.order, b.firsts, b.counts = b.order[:0], b.firsts[:0], b.counts[:0]
	b.times, b.rooms, b.lows, b.highs = b.times[:0], b.rooms[:0], b.lows[:0], b.highs[:0]
	w := b.m.words
	for at := 0; at < len(b.m.from); at += blockSize / 2 {
		end := min(at+blockSize/2, len(b.m.from))
		id := b.add()
		copy(b.times[id*blockSize:], b.m.from[at:end])
		copy(b.rooms[id*blockSize*w:], b.m.room[at*w:end*w])
		b.counts[id] = int32(end - at)
		b.order, b.firsts = append(b.order, int32(id)), append(b.firsts, b.m.from[at])
		b.sum(id)
	}
}

// add makes room for one more block and returns its number.
func (b *breaks) add() int {
	id, w := len(b.counts), b.m.words
	b.counts = append(b.counts, 0)
	b.times = extend(b.times, blockSize)
	b.rooms = extend(b.rooms, blockSize*w)
	b.lows, b.highs = extend(b.lows, w), extend(b.highs, w)
	return id
}

// extend is append of zeros that need not be zero.
func extend[T any](s []T, by int) []T {
	if n := len(s) + by; n <= cap(s) {
		return s[:n]
	}
	return append(s, make([]T, by)...)
}

// sum finds the lowest and highest amounts of a block.
func (b *breaks) sum(id int) {
	w := b.m.words
	rooms := b.rooms[id*blockSize*w:]
	for k := range w {
		low, high := rooms[k], rooms[k]
		for i := 1; i < int(b.counts[id]); i++ {
			low, high = b.m.lowest(low, rooms[i*w+k]), b.m.highest(high, rooms[i*w+k])
		}
		b.lows[id*w+k], b.highs[id*w+k] = low, high
	}
}

// find returns the position of the block and the entry that hold at an instant.
func (b *breaks) find(t int64) (at, i int) {
	low, high := 0, len(b.firsts)
	for high-low > 1 {
		if mid := (low + high) / 2; b.firsts[mid] <= t {
			low = mid
		} else {
			high = mid
		}
	}
	id := int(b.order[low])
	times := b.times[id*blockSize : id*blockSize+int(b.counts[id])]
	i, end := 0, len(times)
	for end-i > 1 {
		if mid := (i + end) / 2; times[mid] <= t {
			i = mid
		} else {
			end = mid
		}
	}
	return low, i
}

// until returns when the block at a position ends.
func (b *breaks) until(at int) int64 {
	if at+1 < len(b.firsts) {
		return b.firsts[at+1]
	}
	return math.MaxInt64
}

func (b *breaks) earliest(j int32, from int64) int64 {
	need, dur, w := b.m.demand(j), b.m.dur[j], b.m.words
	start := from
	at, i := b.find(from)
	for ; at < len(b.order); at, i = at+1, 0 {
		id := int(b.order[at])
		if b.m.fits(b.lows[id*w:], need) {
			if b.until(at)-start >= dur {
				return start
			}
			continue
		}
		if !b.m.fits(b.highs[id*w:], need) {
			start = b.until(at)
			continue
		}
		times, rooms := b.times[id*blockSize:], b.rooms[id*blockSize*w:]
		for count := int(b.counts[id]); i < count; i++ {
			next := b.until(at)
			if i+1 < count {
				next = times[i+1]
			}
			if !b.m.fits(rooms[i*w:], need) {
				start = next
			} else if next-start >= dur {
				return start
			}
		}
	}
	return start
}

func (b *breaks) latest(j int32, until int64) int64 {
	need, dur, w := b.m.demand(j), b.m.dur[j], b.m.words
	end := until
	at, i := b.find(max(0, until-1))
	for ; at >= 0; at-- {
		id := int(b.order[at])
		if i < 0 {
			i = int(b.counts[id]) - 1
		}
		switch {
		case b.m.fits(b.lows[id*w:], need):
		case !b.m.fits(b.highs[id*w:], need):
			end = b.firsts[at]
		default:
			times, rooms := b.times[id*blockSize:], b.rooms[id*blockSize*w:]
			for ; i >= 0; i-- {
				if !b.m.fits(rooms[i*w:], need) {
					end = times[i]
				} else if end-times[i] >= dur {
					return end - dur
				}
			}
		}
		if end-b.firsts[at] >= dur {
			return end - dur
		}
		i = -1
	}
	return -1
}

func (b *breaks) take(j int32, start int64) {
	need, w := b.m.demand(j), b.m.words
	end := start + b.m.dur[j]
	b.cut(end)
	b.cut(start)
	for at, i := b.find(start); at < len(b.order) && b.firsts[at] < end; at, i = at+1, 0 {
		id := int(b.order[at])
		times, rooms := b.times[id*blockSize:], b.rooms[id*blockSize*w:]
		count := int(b.counts[id])
		if i == 0 && b.until(at) <= end { // all of the block
			for k, n := range need {
				for i := range count {
					rooms[i*w+k] -= n
				}
				b.lows[id*w+k] -= n
				b.highs[id*w+k] -= n
			}
			continue
		}
		for ; i < count && times[i] < end; i++ {
			for k, n := range need {
				rooms[i*w+k] -= n
			}
		}
		b.sum(id)
	}
}

// cut makes an instant the start of an entry.
func (b *breaks) cut(t int64) {
	at, i := b.find(t)
	id, w := int(b.order[at]), b.m.words
	if b.times[id*blockSize+i] == t {
		return
	}
	if b.counts[id] == blockSize {
		b.split(at)
		at, i = b.find(t)
		id = int(b.order[at])
	}
	count := int(b.counts[id])
	times := b.times[id*blockSize : id*blockSize+count+1]
	rooms := b.rooms[id*blockSize*w : (id*blockSize+count+1)*w]
	copy(times[i+2:], times[i+1:])
	times[i+1] = t
	copy(rooms[(i+2)*w:], rooms[(i+1)*w:])
	copy(rooms[(i+1)*w:(i+2)*w], rooms[i*w:(i+1)*w])
	b.counts[id]++
}

func (b *breaks) split(at int) {
	const half = blockSize / 2
	other, w := b.add(), b.m.words
	id := int(b.order[at])
	copy(b.times[other*blockSize:], b.times[id*blockSize+half:(id+1)*blockSize])
	copy(b.rooms[other*blockSize*w:], b.rooms[(id*blockSize+half)*w:(id+1)*blockSize*w])
	b.counts[id], b.counts[other] = half, half
	b.order = append(b.order, 0)
	copy(b.order[at+2:], b.order[at+1:])
	b.order[at+1] = int32(other)
	b.firsts = append(b.firsts, 0)
	copy(b.firsts[at+2:], b.firsts[at+1:])
	b.firsts[at+1] = b.times[other*blockSize]
	b.sum(id)
	b.sum(other)
}

package schedule

import "slices"

// decoder turns lists into schedules. One pass is one schedule.
type decoder struct {
	m    *model
	grid *grid // the profile again if it is this one, so that the inner loop's calls are direct
	room profile
	keys []uint64
}

func newDecoder(m *model) *decoder {
	d := &decoder{m: m, room: newProfile(m), keys: make([]uint64, m.n)}
	d.grid, _ = d.room.(*grid)
	return d
}

// forward is serial schedule generation (Kelley, The critical-path method, 1963): it starts the tasks of a list, in which
// each comes after all that it waits for, as early as what is left allows.
func (d *decoder) forward(list []int32, start []int64) {
	m := d.m
	d.room.reset()
	for _, j := range list {
		at := m.release[j]
		for _, b := range m.before.of(j) {
			at = max(at, start[b]+m.dur[b])
		}
		if m.needs[j] {
			if d.grid != nil {
				at = d.grid.earliest(j, at)
				d.grid.take(j, at)
			} else {
				at = d.room.earliest(j, at)
				d.room.take(j, at)
			}
		}
		start[j] = at
	}
}

// backward is the same from the other end: it starts the tasks of a list, in which each comes before all that it waits
// for, as late as what is left allows for all to end by a limit and each by its own deadline (nil: there are none). It
// reports whether all found a place. A list taken from a plan that keeps limit and deadlines always succeeds, because each
// task can at least stay where it is: this is half of a justification (Valls and others, 2005), and forward on the result
// is the other half.
func (d *decoder) backward(list []int32, limit int64, deadline, start []int64) bool {
	m := d.m
	d.room.reset()
	for _, j := range list {
		by := limit
		if deadline != nil {
			by = min(by, deadline[j])
		}
		for _, b := range m.behind.of(j) {
			by = min(by, start[b])
		}
		at := by - m.dur[j]
		if m.needs[j] && at >= 0 {
			if d.grid != nil {
				at = d.grid.latest(j, by)
			} else {
				at = d.room.latest(j, by)
			}
		}
		if at < m.head[j] {
			return false
		}
		if m.needs[j] {
			d.room.take(j, at)
		}
		start[j] = at
	}
	return true
}

// byStart lists the tasks of a plan in order of start, which is an order in which they can be placed forward.
func (d *decoder) byStart(start []int64, list []int32) {
	d.sorted(list, func(j int) int64 { return start[j] })
}

// byEnd lists the tasks of a plan in falling order of end, which is an order in which they can be placed backward.
func (d *decoder) byEnd(start []int64, list []int32) {
	d.sorted(list, func(j int) int64 { return start[j] + d.m.dur[j] })
	slices.Reverse(list)
}

// sorted lists tasks by a key and, where it is equal, by number: tasks come in an order in which none waits for a later
// one, so that tasks of no duration stay behind what they wait for.
func (d *decoder) sorted(list []int32, key func(j int) int64) {
	if d.m.horizon < 1<<40 && d.m.n < 1<<22 {
		for j := range d.keys {
			d.keys[j] = uint64(key(j))<<22 | uint64(j)
		}
		slices.Sort(d.keys)
		for i, k := range d.keys {
			list[i] = int32(k & (1<<22 - 1))
		}
		return
	}
	for j := range list {
		list[j] = int32(j)
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		switch x, y := key(int(a)), key(int(b)); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
}

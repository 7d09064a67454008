package schedule

// cost is what plans are compared by: how late dues are met in all, then when the last task ends. The tie only tells
// apart parents of equal cost: the plan whose tasks end early on the whole has more room where it counts.
type cost struct{ late, end, tie int64 }

func (c cost) better(than cost) bool {
	return c.late < than.late || (c.late == than.late && c.end < than.end)
}

func (c cost) fitter(than cost) bool {
	return c.better(than) || (c.late == than.late && c.end == than.end && c.tie < than.tie)
}

// plan is a schedule to breed from. Left plans have every task as early as their list allows and list tasks in falling
// order of end, ready to be placed backward; right plans are the mirror image.
type plan struct {
	start []int64
	list  []int32
	cost  cost
	left  bool
	stale bool // changed since the plan opposite was made from it
}

func newPlan(n int, left bool) *plan {
	return &plan{start: make([]int64, n), list: make([]int32, n), cost: cost{never, never, never}, left: left}
}

// at is where a plan's i-th task stands as seen from the end at which its list begins.
func (p *plan) at(m *model, i int) int64 {
	first, j := p.list[0], p.list[i]
	if p.left {
		return p.start[first] + m.dur[first] - p.start[j] - m.dur[j]
	}
	return p.start[j] - p.start[first]
}

// judge lists and rates a plan after its starts have changed. The cost of a right plan is how long it is; only in
// reversible problems does that say anything, and elsewhere right plans inherit the cost of the left ones.
func (d *decoder) judge(p *plan) {
	m, c := d.m, cost{}
	if p.left {
		for j, at := range p.start {
			end := at + m.dur[j]
			c.end = max(c.end, end)
			c.tie += (end >> m.shift) * (end >> m.shift)
			if end > m.due[j] {
				c.late += end - m.due[j]
			}
		}
		d.byEnd(p.start, p.list)
		p.cost = c
		return
	}
	d.byStart(p.start, p.list)
	limit := int64(0)
	for j, at := range p.start {
		limit = max(limit, at+m.dur[j])
	}
	for _, at := range p.start {
		c.end = max(c.end, limit-at)
		c.tie += (limit - at) >> m.shift * ((limit - at) >> m.shift)
	}
	p.cost = c
}

// deadlines are what a justification must keep: each due, or where it was missed the end that the plan has.
func (m *model) deadlines(p *plan, deadline []int64) []int64 {
	if !m.dated {
		return nil
	}
	for j, at := range p.start {
		deadline[j] = max(m.due[j], at+m.dur[j])
	}
	return deadline
}

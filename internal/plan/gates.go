package plan

// Gates knows which steps still wait for others. A gate is open once one of its alternatives has passed; every pair of a
// gate and an alternative is looked at once.
type Gates struct {
	closed []int    // per step: gates that are not open yet
	opener [][]int  // per step and gate: the alternative that opened it, or -1
	opens  [][]gate // per step: the gates that it may open
	passed []bool
}

type gate struct{ step, number int }

// NewGates makes the gates of steps, all closed: of[i] are the gates of step i, each a list of alternatives.
func NewGates(of [][][]int) *Gates {
	g := &Gates{
		closed: make([]int, len(of)), opener: make([][]int, len(of)), opens: make([][]gate, len(of)), passed: make([]bool, len(of)),
	}
	for i, gates := range of {
		g.closed[i] = len(gates)
		g.opener[i] = make([]int, len(gates))
		for number, alternatives := range gates {
			g.opener[i][number] = -1
			for _, other := range alternatives {
				g.opens[other] = append(g.opens[other], gate{i, number})
			}
		}
	}
	return g
}

// Open says whether nothing that the step needs is missing.
func (g *Gates) Open(i int) bool { return g.closed[i] == 0 }

// Openers returns, for every gate of a step, the alternative that opened it; -1 where none has.
func (g *Gates) Openers(i int) []int { return g.opener[i] }

// Pass says that a step has passed, and returns those whose last gate that opened.
func (g *Gates) Pass(i int) []int {
	if g.passed[i] {
		return nil
	}
	g.passed[i] = true
	var free []int
	for _, to := range g.opens[i] {
		if g.opener[to.step][to.number] >= 0 {
			continue
		}
		g.opener[to.step][to.number] = i
		if g.closed[to.step]--; g.closed[to.step] == 0 {
			free = append(free, to.step)
		}
	}
	return free
}

package schedule

const (
	parallelFirst = 5_000 // tasks from which the first plan comes from parallel generation, which never searches far
	noise         = 50    // percent of the critical path by which keys may change; less for many tasks
)

// plantFirst makes the first plan: serial generation by latest finish, or parallel where there are very many tasks.
func (b *breeder) plantFirst() bool {
	for r := range rules {
		if r == byDue && !b.m.dated {
			continue
		}
		b.keys = append(b.keys, nil)
	}
	for j := range b.m.n {
		b.length = max(b.length, b.m.head[j]+b.m.dur[j]+b.m.tail[j])
	}
	first := newPlan(b.m.n, true)
	return b.grow(first, b.rule(0), b.m.n >= parallelFirst)
}

// rule computes a rule's keys when they are first asked for.
func (b *breeder) rule(r int) []int64 {
	if b.keys[r] == nil {
		b.keys[r] = keysOf(b.m, rule(r))
	}
	return b.keys[r]
}

// plant makes the left plan at a place: from the rules as they are, each with both ways to generate, then from latest
// finish and latest start with chance added. Half of the plans come from parallel generation: it is better where
// resources are scarce and cannot reach the best plan where they are not.
func (b *breeder) plant(i int) bool {
	seed := b.seeds
	b.seeds++
	parallel := seed%2 == 1
	if seed < 2*len(b.keys) {
		return b.grow(b.left[i], b.rule(seed/2), parallel)
	}
	key := b.rule(b.rng.IntN(2))
	if b.m.dated && b.rng.IntN(2) == 0 {
		key = b.rule(int(byDue))
	}
	jitter(key, b.noisy, mulDiv(b.length, noise, 100), b.rng)
	return b.grow(b.left[i], b.noisy, b.rng.IntN(2) == 0)
}

// grow makes a left plan from keys.
func (b *breeder) grow(p *plan, key []int64, parallel bool) bool {
	if !b.spend() {
		return false
	}
	if parallel {
		if b.crowd == nil {
			b.crowd = newCrowd(b.m)
		}
		rankBy(key, b.child)
		b.crowd.forward(b.child, p.start)
	} else {
		b.lister.list(key, b.child)
		b.forward(b.child, p.start)
	}
	b.judge(p)
	b.offer(p)
	return true
}

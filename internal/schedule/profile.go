package schedule

// profile is what is left of all resources over time while tasks are placed one by one.
type profile interface {
	// reset forgets all tasks.
	reset()
	// earliest returns the first instant from which task j can run, not before from. There always is one.
	earliest(j int32, from int64) int64
	// latest returns the last instant from which task j can run such that it ends by until, or a negative number.
	latest(j int32, until int64) int64
	// take places task j, which must fit.
	take(j int32, start int64)
}

const (
	gridTasks = 4096    // beyond it, skipping over full stretches is worth more than a short inner loop
	gridTicks = 1 << 20 // memory of a grid
	gridRatio = 96      // instants per task beyond which breakpoints are fewer than instants
)

// newProfile chooses between one entry per instant and one per change.
func newProfile(m *model) profile {
	if m.n <= gridTasks && m.horizon < gridTicks && m.horizon <= gridRatio*int64(m.n+8) {
		if m.words == 1 {
			return newGrid(m)
		}
		return newWideGrid(m)
	}
	return newBreaks(m)
}

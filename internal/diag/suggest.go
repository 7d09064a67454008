package diag

// Nearest returns the candidate that is most likely meant by a misspelt word, and whether one is near enough to be worth
// suggesting: within a third of the word's length, counting insertions, deletions, substitutions and swaps of neighbours
// (the optimal string alignment distance). Of equally near candidates the first wins.
func Nearest(word string, candidates []string) (string, bool) {
	best, limit := "", max(1, len([]rune(word))/3)+1
	for _, candidate := range candidates {
		if d := distance([]rune(word), []rune(candidate)); d < limit {
			best, limit = candidate, d
		}
	}
	return best, best != ""
}

func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

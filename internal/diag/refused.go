package diag

// Refused says that a request cannot be met as things stand. Nothing was changed by asking.
type Refused struct {
	Why  string `json:"why"`  // lower case, no full stop
	Next string `json:"next"` // what to do instead, an imperative sentence
}

func (r Refused) Error() string { return r.Why + "; " + r.Next }

// Refuse makes a refusal from its reason and the next step.
func Refuse(why, next string) Refused { return Refused{Why: why, Next: next} }

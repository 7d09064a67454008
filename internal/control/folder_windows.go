package control

// ownedByUs trusts the temporary folder, which is each user's own on Windows.
func ownedByUs(string) error { return nil }

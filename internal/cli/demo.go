package cli

func demoVerb(env Env, args []string) error { return nil }
func labVerb(env Env, args []string) error  { return nil }

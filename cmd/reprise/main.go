// Command reprise keeps a public body's digital services reachable and brings them back. Everything is in internal/cli.
package main

import (
	"os"
	_ "time/tzdata" // estates name their zone, and a rescue system may have no database of zones

	"reprise/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Process()))
}

// Package examples holds the estates that users copy, inside the program, so that `reprise demo` needs no files beside it.
//
// Every example is a folder that works as it lies here: an estate file, and the scripts that its recipes call. The
// package only hands them out; what is done with them is for others.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed noumea
var files embed.FS

// Noumea returns the folder of the Noumea estate: estate.yaml and bin/.
func Noumea() fs.FS {
	sub, err := fs.Sub(files, "noumea")
	if err != nil {
		panic(err) // only a wrong path does that, and the compiler has checked this one
	}
	return sub
}

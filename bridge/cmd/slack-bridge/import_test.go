package main

import (
	"archive/zip"
	"errors"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// zipFolder is `zip FILE FOLDER`: an archive of what is in the folder.
func zipFolder(ts *testscript.TestScript, _ bool, args []string) {
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	archive := zip.NewWriter(file)
	ts.Check(archive.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	ts.Check(errors.Join(archive.Close(), file.Close()))
}

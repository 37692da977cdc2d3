// Command write writes docs/features.md, and README's rows, from docs/features.yaml. It runs
// in the repository's root.
package main

import (
	"fmt"
	"os"

	"ops-jrz1/tests/features"
)

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func write() error {
	rows, err := features.Load(features.File)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		return err
	}
	if readme, err = features.Readme(rows, readme); err != nil {
		return err
	}
	if err := os.WriteFile("README.md", readme, 0o644); err != nil {
		return err
	}
	return os.WriteFile("docs/features.md", features.Markdown(rows), 0o644)
}

// Command install-secrets replaces sops-install-secrets where sops-nix is not
// available: it reads the same manifest, decrypts the same file with the machine's SSH
// key, and leaves the same files with the same owners and modes. What it does not
// do it refuses. It must not be used outside of the stack test.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: install-secrets MANIFEST")
		os.Exit(64)
	}
	if err := install(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "install-secrets:", err)
		os.Exit(1)
	}
}

// install makes a new generation of secrets and puts it in place. Units whose
// secrets have changed are restarted through systemd, before the new files have
// their name, as sops-nix does: such a unit has to be ordered after this one.
func install(path string) error {
	m, err := readManifest(path)
	if err != nil {
		return err
	}
	values, err := m.decrypt()
	if err != nil {
		return err
	}
	files, err := m.files(values)
	if err != nil {
		return err
	}
	g, err := newGeneration(m)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := g.write(f); err != nil {
			return err
		}
	}
	if err := restart(g.changed(files)); err != nil {
		return err
	}
	return g.enable()
}

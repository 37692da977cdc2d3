// Command host-key makes an SSH host key like a new machine's, and prints the age
// recipient by which sops encrypts for it.
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"

	agessh "github.com/Mic92/ssh-to-age"
	"golang.org/x/crypto/ssh"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: host-key FILE")
		os.Exit(64)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "host-key:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(block)
	_, recipient, err := agessh.SSHPrivateKeyToAge(text, nil)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	_, err = fmt.Println(*recipient)
	return err
}

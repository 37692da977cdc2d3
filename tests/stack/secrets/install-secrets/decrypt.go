package main

import (
	"fmt"
	"os"
	"path/filepath"

	agessh "github.com/Mic92/ssh-to-age"
	"github.com/getsops/sops/v3/decrypt"
	"gopkg.in/yaml.v3"
)

// decrypt returns the secrets' values by name.
func (m *manifest) decrypt() (map[string]string, error) {
	if err := m.importKeys(); err != nil {
		return nil, err
	}
	plain := map[string]map[string]any{}
	values := map[string]string{}
	for _, s := range m.Secrets {
		if s.Format != "yaml" || s.NeededForUsers {
			return nil, fmt.Errorf("%s: format %q, or needed for users: unknown here", s.Name, s.Format)
		}
		if plain[s.SopsFile] == nil {
			text, err := decrypt.File(s.SopsFile, s.Format)
			if err != nil {
				return nil, fmt.Errorf("decrypt %s: %w", s.SopsFile, err)
			}
			var content map[string]any
			if err := yaml.Unmarshal(text, &content); err != nil {
				return nil, fmt.Errorf("read %s: %w", s.SopsFile, err)
			}
			plain[s.SopsFile] = content
		}
		value, ok := plain[s.SopsFile][s.Key].(string)
		if !ok {
			return nil, fmt.Errorf("%s has no text under the key %s", s.SopsFile, s.Key)
		}
		values[s.Name] = value
	}
	return values, nil
}

// importKeys makes age keys of the machine's SSH keys, in a file that root alone
// reads, and tells sops of it.
func (m *manifest) importKeys() error {
	if err := mount(m.SecretsMountPoint); err != nil {
		return err
	}
	keys := ""
	for _, path := range m.AgeSSHKeyPaths {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the machine's key: %w", err)
		}
		private, public, err := agessh.SSHPrivateKeyToAge(text, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		keys += *private + "\n"
		fmt.Fprintf(os.Stderr, "imported %s as %s\n", path, *public)
	}
	name := filepath.Join(m.SecretsMountPoint, "age-keys.txt")
	if err := os.WriteFile(name, []byte(keys), 0o600); err != nil {
		return fmt.Errorf("write the age keys: %w", err)
	}
	return os.Setenv("SOPS_AGE_KEY_FILE", name)
}

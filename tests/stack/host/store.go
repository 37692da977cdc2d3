package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A recorded path in the store has no hash.
const store = "/nix/store/"

// scripts are the programs that the modules make of the files in
// modules/slack-bridge/scripts.
var scripts = [...]string{"generate", "prepare", "register", "render", "run"}

// makeStore makes the files that the modules put into the store.
func makeStore(r *Record, parts Parts) (Files, error) {
	files := Files{}
	for _, name := range scripts {
		text, err := os.ReadFile(filepath.Join(parts.Root, "modules/slack-bridge/scripts", name+".sh"))
		if err != nil {
			return nil, fmt.Errorf("make the script %s: %w", name, err)
		}
		program := "slack-bridge-" + name
		files.executable(store+program+"/bin/"+program, application(text))
	}
	bridge := r.Services.SlackBridge
	for name, value := range map[string]any{
		"slack-bridge-settings.json":     bridge.Settings,
		"slack-bridge-registration.json": bridge.RegistrationSettings,
		"manifest.json":                  r.Sops.Manifest,
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", name, err)
		}
		files.text(store+name, string(text))
	}
	settings, err := toml(r.Services.Continuwuity.Settings)
	if err != nil {
		return nil, fmt.Errorf("make continuwuity.toml: %w", err)
	}
	files.text(store+"continuwuity.toml", settings)
	files.text(store+"secrets.yaml", string(parts.Secrets))
	files.executable(store+"slack-bridge/bin/slack-bridge", parts.Bridge)
	files.executable(store+"sops-install-secrets/bin/sops-install-secrets", parts.InstallSecrets)
	return files, nil
}

// application puts a script together as writeShellApplication does, with the
// packages that modules/slack-bridge/scripts/default.nix gives it.
func application(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("#!/usr/bin/env bash\n"))
	head := "#!" + store + "bash/bin/bash\n" +
		"set -o errexit\nset -o nounset\nset -o pipefail\n\n" +
		"export PATH=\"" + store + "coreutils/bin:" + store + "slack-bridge/bin:$PATH\"\n\n"
	return append([]byte(head), text...)
}

// toml writes sections of plain values: JSON's numbers, texts and lists are TOML's
// too.
func toml(sections map[string]map[string]any) (string, error) {
	var text strings.Builder
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		fmt.Fprintf(&text, "[%s]\n", section)
		for _, key := range slices.Sorted(maps.Keys(sections[section])) {
			value := sections[section][key]
			if _, nested := value.(map[string]any); nested {
				return "", fmt.Errorf("%s.%s is a section in a section: unknown here", section, key)
			}
			plain, err := json.Marshal(value)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&text, "%s = %s\n", key, plain)
		}
	}
	return text.String(), nil
}

// packages are those of NixOS that every unit has on its path, and those that our
// scripts name, with Debian's package of the same programs.
var packages = map[string]string{
	"bash": "bash", "coreutils": "coreutils", "findutils": "findutils",
	"gnugrep": "grep", "gnused": "sed", "systemd": "systemd",
}

// addPackages links exactly a package's programs into the store, so that a script
// that needs another one fails here as it would on NixOS.
func (h *Host) addPackages(tree string) error {
	for name, debian := range packages {
		list, err := os.ReadFile(filepath.Join(tree, "var/lib/dpkg/info", debian+".list"))
		if err != nil {
			return fmt.Errorf("list the programs of %s: %w", name, err)
		}
		for path := range strings.Lines(string(list)) {
			path = strings.TrimSpace(path)
			if dir := filepath.Dir(path); dir == "/usr/bin" || dir == "/bin" {
				h.Files.link(store+name+"/bin/"+filepath.Base(path), path)
			}
		}
	}
	return nil
}

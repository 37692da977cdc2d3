package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A recorded path in the store has no hash.
const store = "/nix/store/"

// makeStore makes the files that the modules put into the store.
func makeStore(r *Record, parts Parts) (Files, error) {
	files := Files{}
	if err := files.addScripts(filepath.Join(filepath.Dir(r.path), "host.files")); err != nil {
		return nil, err
	}
	// What this host has otherwise.
	own := strings.TrimSuffix(r.path, ".json") + ".files"
	if err := files.addScripts(own); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
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
	files.link(store+"matrix-continuwuity/bin/matrix-continuwuity", "/opt/stand-in/continuwuity")
	files.executable(store+"slack-bridge/bin/slack-bridge", parts.Bridge)
	files.executable(store+"sops-install-secrets/bin/sops-install-secrets", parts.InstallSecrets)
	return files, nil
}

// addScripts makes the programs that the modules put together of scripts, as they are
// recorded next to the host: with the path that each of them gets. The other files there are
// what they name.
func (f Files) addScripts(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("make the scripts: %w", err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return fmt.Errorf("make the script %s: %w", entry.Name(), err)
		}
		if bytes.HasPrefix(text, []byte("#!")) {
			f.executable(store+entry.Name()+"/bin/"+entry.Name(), text)
		} else {
			f.text(store+entry.Name(), string(text))
		}
	}
	return nil
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
	"curl": "curl", "jq": "jq", "openssh": "openssh-client", "restic": "restic", "util-linux": "util-linux",
}

// addCommands puts the commands of the host, those that are scripts of ours, where root
// finds them.
func (h *Host) addCommands() error {
	var list []string
	if err := json.Unmarshal(h.Record.Environment.SystemPackages, &list); err != nil {
		return fmt.Errorf("list the host's commands: %w", err)
	}
	for _, path := range list {
		name := filepath.Base(path)
		if _, ours := h.store[store+name+"/bin/"+name]; ours {
			h.Files.link("/usr/bin/"+name, store+name+"/bin/"+name)
		}
	}
	return nil
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

package host

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const unitFolder = "/etc/systemd/system/"

// Ours are the units that the modules of this repository make themselves.
func Ours() []string {
	return []string{
		"slack-bridge-registration.service", "slack-bridge.service",
		"continuwuity-admin-password.service", "continuwuity-admin.service",
	}
}

// known says of each unit of a host whether it runs here, and if not why.
func known(name string) (why string, ok bool) {
	switch name {
	case "continuwuity.service", "continuwuity-admin.service", "continuwuity-admin-password.service",
		"slack-bridge.service", "slack-bridge-registration.service", "ops-backup-bridge.service", "sops-install-secrets.service",
		"prometheus.service", "slack-bridge-alerts.service", "restic-backups-offsite.service":
		return "", true
	case "ops-backup-homeserver.service":
		return "the stand-in for the homeserver makes no copies of RocksDB", true
	case "nix-gc.service":
		return "there is no Nix", true
	case "forgejo.service":
		return "there is no Forgejo", true
	}
	switch {
	case strings.HasPrefix(name, orders):
		return "", true
	case strings.HasPrefix(name, "postgresqlBackup-"):
		return "NixOS' own script makes the dumps", true
	}
	return "", false
}

// orders are the units that order a certificate: where the names do not lead here the
// order fails, which NixOS' script says with 10.
const (
	orders      = "acme-order-renew-"
	failedOrder = "[Service]\nExecStart=/bin/sh -c 'echo Failed to fetch certificates.; exit 10'\n"
)

// unitTexts writes the unit files with the renderer of the evaluation tests.
func (r *Record) unitTexts(root string) (map[string]string, error) {
	golden, err := filepath.Abs(r.path)
	if err != nil {
		return nil, fmt.Errorf("write the unit files: %w", err)
	}
	cmd := exec.Command("nix-instantiate", "--eval", "--strict", "--json", "--store", "dummy://",
		filepath.Join(root, "tests/nix/lib/units-of.nix"), "--argstr", "golden", golden)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("write the unit files: %w\n%s", err, stderr.String())
	}
	texts := map[string]string{}
	if err := json.Unmarshal(out, &texts); err != nil {
		return nil, fmt.Errorf("write the unit files: %w", err)
	}
	for name := range texts {
		why, ok := known(name)
		if !ok {
			return nil, fmt.Errorf("%s is new: say in tests/stack/host whether it runs in the stack test", name)
		}
		if why != "" {
			delete(texts, name)
		}
	}
	return texts, nil
}

// addUnits installs the units and links them to their targets, as NixOS does when
// it makes /etc.
func (h *Host) addUnits() error {
	for name, text := range h.Units {
		service := h.Record.Systemd.Services[strings.TrimSuffix(name, ".service")]
		h.Files.text(unitFolder+name, text)
		h.Files.text(unitFolder+name+".d/path.conf", nixosPath(service.Path))
		for _, target := range service.WantedBy {
			h.Files.link(unitFolder+target+".wants/"+name, "../"+name)
		}
		for _, target := range service.RequiredBy {
			h.Files.link(unitFolder+target+".requires/"+name, "../"+name)
		}
		if strings.HasPrefix(name, orders) {
			h.Files.text(unitFolder+name+".d/order.conf", failedOrder)
			h.Files.text(unitFolder+name+".d/user.conf", "[Service]\nUser=\n")
		}
		for _, path := range references(text) {
			if _, ok := h.Files[path]; !ok {
				return fmt.Errorf("%s names %s, which nothing here makes", name, path)
			}
		}
	}
	h.Files.text(unitFolder+"sysinit-reactivation.target", "[Unit]\nDescription=Reactivate sysinit units\n")
	return nil
}

// nixosPath is the search path that NixOS gives every unit, after what its own packages have.
func nixosPath(packages []string) string {
	var folders []string
	for _, path := range packages {
		folders = append(folders, path+"/bin")
	}
	for _, name := range []string{"coreutils", "findutils", "gnugrep", "gnused", "systemd"} {
		folders = append(folders, store+name+"/bin")
	}
	return "[Service]\nEnvironment=PATH=" + strings.Join(folders, ":") + "\n"
}

// reference finds paths in the store.
var reference = regexp.MustCompile(store + `[A-Za-z0-9._/-]*[A-Za-z0-9]`)

func references(text string) []string { return reference.FindAllString(text, -1) }

// Changed names the units that differ from another host's: by their text, their
// restart triggers or a file in the store that they name, which on NixOS has
// another path when its content differs. These are the ones that a switch restarts. A unit
// that only a timer starts is not started by a switch that brings it, and one that says so is
// left alone.
func (h *Host) Changed(from *Host) []string {
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(h.Units)) {
		restart := h.Record.Systemd.Services[strings.TrimSuffix(name, ".service")].RestartIfChanged
		if _, there := from.Units[name]; there && (restart == nil || *restart) && h.print(name) != from.print(name) {
			changed = append(changed, name)
		}
	}
	return changed
}

// print is a digest of everything that a unit is made of.
func (h *Host) print(name string) string {
	digest := sha256.New()
	service := h.Record.Systemd.Services[strings.TrimSuffix(name, ".service")]
	fmt.Fprintf(digest, "%s\n%q\n", h.Units[name], service.RestartTriggers)
	seen := map[string]bool{}
	for queue := references(h.Units[name]); len(queue) > 0; queue = queue[1:] {
		for _, path := range h.below(queue[0]) {
			if seen[path] {
				continue
			}
			seen[path] = true
			content := h.store[path].Content
			fmt.Fprintf(digest, "%s %d\n", path, len(content))
			digest.Write(content)
			if utf8.Valid(content) {
				queue = append(queue, references(string(content))...)
			}
		}
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// below lists the files of the store that a path names: itself, or what is in it.
func (h *Host) below(path string) []string {
	var all []string
	for _, file := range slices.Sorted(maps.Keys(h.store)) {
		if file == path || strings.HasPrefix(file, path+"/") {
			all = append(all, file)
		}
	}
	return all
}

package host

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// debianUsers are there already, or have no account to make.
func debianUser(name string) bool { return name == "root" || name == "postgres" }

// addUsers makes the users and groups, by systemd-sysusers at the machine's start.
// The accounts of nginx and of the secrets' folders are NixOS' own.
func (h *Host) addUsers() error {
	lines := []string{"g keys -", "u! nginx - \"nginx\" /var/empty"}
	for _, name := range h.Record.Users.Groups {
		lines = append(lines, "g "+name+" -")
	}
	for _, name := range slices.Sorted(maps.Keys(h.Record.Users.Users)) {
		user := h.Record.Users.Users[name]
		if debianUser(name) {
			continue
		}
		if !user.IsSystemUser || user.Group == "" {
			return fmt.Errorf("user %s is a person's, or has no group: unknown here", name)
		}
		lines = append(lines, fmt.Sprintf("u! %s -:%s %q %s", name, user.Group, user.Description, user.Home))
	}
	h.Files.text("/etc/sysusers.d/nixos.conf", strings.Join(lines, "\n")+"\n")
	return nil
}

// addTmpfiles makes the folders of systemd.tmpfiles.settings.
func (h *Host) addTmpfiles() error {
	for file, paths := range h.Record.Systemd.Tmpfiles {
		var lines []string
		for _, path := range slices.Sorted(maps.Keys(paths)) {
			for kind, t := range paths[path] {
				lines = append(lines, strings.Join([]string{kind, path, t.Mode, t.User, t.Group, t.Age, t.Argument}, " "))
			}
		}
		h.Files.text("/etc/tmpfiles.d/"+file+".conf", strings.Join(lines, "\n")+"\n")
	}
	return nil
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// manifest is what sops-nix' module writes for its installer (modules/sops/manifest-for.nix).
type manifest struct {
	Secrets           []secret          `json:"secrets"`
	Templates         []template        `json:"templates"`
	Placeholders      map[string]string `json:"placeholderBySecretName"`
	SecretsMountPoint string            `json:"secretsMountPoint"`
	SymlinkPath       string            `json:"symlinkPath"`
	KeepGenerations   int               `json:"keepGenerations"`
	AgeSSHKeyPaths    []string          `json:"ageSshKeyPaths"`
	Logging           json.RawMessage   `json:"logging"`

	// Refused unless empty.
	SSHKeyPaths []string `json:"sshKeyPaths"`
	GnupgHome   *string  `json:"gnupgHome"`
	AgeKeyFile  *string  `json:"ageKeyFile"`
	UseTmpfs    bool     `json:"useTmpfs"`
	UserMode    bool     `json:"userMode"`
}

// placed is what a secret and a template have in common.
type placed struct {
	Name         string   `json:"name"`
	Path         string   `json:"path"`
	Mode         string   `json:"mode"`
	Owner        *string  `json:"owner"`
	UID          int      `json:"uid"`
	Group        *string  `json:"group"`
	GID          int      `json:"gid"`
	RestartUnits []string `json:"restartUnits"`
	ReloadUnits  []string `json:"reloadUnits"`
}

type secret struct {
	placed
	Key            string `json:"key"`
	Format         string `json:"format"`
	SopsFile       string `json:"sopsFile"`
	SopsFileHash   string `json:"sopsFileHash"`
	NeededForUsers bool   `json:"neededForUsers"`
}

type template struct {
	placed
	Content string `json:"content"`
	File    string `json:"file"`
}

// file is what is to be written: a path below the generation, its content and
// whom it belongs to.
type file struct {
	path     string
	content  []byte
	mode     os.FileMode
	uid, gid int
	restart  []string
}

func readManifest(path string) (*manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	m := &manifest{}
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	if len(m.SSHKeyPaths) > 0 || m.GnupgHome != nil || m.AgeKeyFile != nil || m.UseTmpfs || m.UserMode {
		return nil, fmt.Errorf("the manifest asks for GnuPG, a key file, tmpfs or a user's secrets: unknown here")
	}
	return m, nil
}

// files puts values and templates in the places that the manifest gives them.
func (m *manifest) files(values map[string]string) ([]file, error) {
	var all []file
	replace := []string{}
	for _, s := range m.Secrets {
		// As with sops-nix, there are none where there is no template.
		if len(m.Templates) > 0 && m.Placeholders[s.Name] == "" {
			return nil, fmt.Errorf("the secret %s has no placeholder", s.Name)
		}
		if placeholder := m.Placeholders[s.Name]; placeholder != "" {
			replace = append(replace, placeholder, values[s.Name])
		}
		f, err := s.file(m.SymlinkPath, s.Name, values[s.Name])
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	for _, t := range m.Templates {
		f, err := t.file(m.SymlinkPath, filepath.Join("rendered", t.Name), strings.NewReplacer(replace...).Replace(t.Content))
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func (p placed) file(root, path, content string) (file, error) {
	if want := filepath.Join(root, path); p.Path != want {
		return file{}, fmt.Errorf("%s: path %s instead of %s: unknown here", p.Name, p.Path, want)
	}
	if len(p.ReloadUnits) > 0 {
		return file{}, fmt.Errorf("%s: reloadUnits: unknown here", p.Name)
	}
	mode, err := strconv.ParseUint(p.Mode, 8, 9)
	if err != nil {
		return file{}, fmt.Errorf("%s: mode: %w", p.Name, err)
	}
	f := file{path: path, content: []byte(content), mode: os.FileMode(mode), uid: p.UID, gid: p.GID, restart: p.RestartUnits}
	if p.Owner != nil {
		u, err := user.Lookup(*p.Owner)
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", p.Name, err)
		}
		f.uid, err = strconv.Atoi(u.Uid)
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	if p.Group != nil {
		g, err := user.LookupGroup(*p.Group)
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", p.Name, err)
		}
		f.gid, err = strconv.Atoi(g.Gid)
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return f, nil
}

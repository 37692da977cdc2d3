package host

import (
	"io/fs"
	"maps"
)

// File is one file of the machine: its content and mode, or where it links to.
type File struct {
	Content []byte
	Mode    fs.FileMode
	Link    string
}

// Files are files by absolute path.
type Files map[string]File

func (f Files) text(path, content string)        { f[path] = File{Content: []byte(content), Mode: 0o644} }
func (f Files) executable(path string, c []byte) { f[path] = File{Content: c, Mode: 0o755} }
func (f Files) link(path, to string)             { f[path] = File{Link: to} }

// Parts are what the files of a machine are made of.
type Parts struct {
	// Root is the repository.
	Root string
	// Tree is the system that the files come to lie on.
	Tree string
	// Bridge and InstallSecrets are the programs by that name.
	Bridge, InstallSecrets []byte
	// Secrets is the encrypted file.
	Secrets []byte
}

// Host is a machine's files with what is needed to compare two of them.
type Host struct {
	Record *Record
	Files  Files
	// Units are the texts of the unit files that are installed, by name.
	Units map[string]string

	store Files
}

// Make makes the files of a recorded host.
func Make(r *Record, parts Parts) (*Host, error) {
	h := &Host{Record: r, Files: Files{}}
	var err error
	if h.store, err = makeStore(r, parts); err != nil {
		return nil, err
	}
	maps.Copy(h.Files, h.store)
	if h.Units, err = r.unitTexts(parts.Root); err != nil {
		return nil, err
	}
	if err := h.addPackages(parts.Tree); err != nil {
		return nil, err
	}
	if err := h.addUnits(); err != nil {
		return nil, err
	}
	if err := h.addUsers(); err != nil {
		return nil, err
	}
	if err := h.addTmpfiles(); err != nil {
		return nil, err
	}
	if err := h.addCommands(); err != nil {
		return nil, err
	}
	if err := h.addPostgresql(); err != nil {
		return nil, err
	}
	if err := h.addPrometheus(parts.Root); err != nil {
		return nil, err
	}
	return h, h.addNginx()
}

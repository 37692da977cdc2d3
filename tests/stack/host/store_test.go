package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTOML(t *testing.T) {
	text, err := toml(map[string]map[string]any{"global": {"port": []any{8008}, "server_name": "a.test", "allow": true}})
	require.NoError(t, err)
	require.Equal(t, "[global]\nallow = true\nport = [8008]\nserver_name = \"a.test\"\n", text)
	_, err = toml(map[string]map[string]any{"global": {"well_known": map[string]any{}}})
	require.ErrorContains(t, err, "global.well_known")
}

func TestReferences(t *testing.T) {
	require.Equal(t, []string{"/nix/store/a/bin/a", "/nix/store/b.json", "/nix/store/c/bin"},
		references("+/nix/store/a/bin/a x=/nix/store/b.json; PATH=/nix/store/c/bin:/usr. /nix/store/"))
}

// TestChanged: a unit has changed when its text, its triggers or anything that it
// names in the store has, however far away.
func TestChanged(t *testing.T) {
	const unit = "a.service"
	with := func(change func(*Host)) *Host {
		h := &Host{
			Record: &Record{},
			Units:  map[string]string{unit: "ExecStart=/nix/store/run/bin/run /nix/store/manifest.json", "b.service": "ExecStart=/bin/true"},
			store: Files{
				"/nix/store/run/bin/run":         {Content: []byte("PATH=/nix/store/program/bin")},
				"/nix/store/program/bin/program": {Content: []byte{0xff, 0}},
				"/nix/store/manifest.json":       {Content: []byte(`{"file":"/nix/store/secrets.yaml"}`)},
				"/nix/store/secrets.yaml":        {Content: []byte("a: b")},
				"/nix/store/other":               {Content: []byte("other")},
			},
		}
		h.Record.Systemd.Services = map[string]Service{"a": {}, "b": {}}
		change(h)
		return h
	}
	edit := func(path string) func(*Host) {
		return func(h *Host) { h.store[path] = File{Content: []byte("changed")} }
	}
	for name, tc := range map[string]struct {
		change func(*Host)
		want   []string
	}{
		"nothing":            {func(*Host) {}, nil},
		"a file of no one's": {edit("/nix/store/other"), nil},
		"the text":           {func(h *Host) { h.Units[unit] += "\n" }, []string{unit}},
		"the triggers":       {func(h *Host) { h.Record.Systemd.Services["a"] = Service{RestartTriggers: []string{"x"}} }, []string{unit}},
		"the text, of one that is left alone": {func(h *Host) {
			h.Units[unit] += "\n"
			h.Record.Systemd.Services["a"] = Service{RestartIfChanged: new(bool)}
		}, nil},
		"the script":          {edit("/nix/store/run/bin/run"), []string{unit}},
		"the script's tool":   {edit("/nix/store/program/bin/program"), []string{unit}},
		"the manifest":        {edit("/nix/store/manifest.json"), []string{unit}},
		"the manifest's file": {edit("/nix/store/secrets.yaml"), []string{unit}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, with(tc.change).Changed(with(func(*Host) {})))
		})
	}
}

func TestWrite(t *testing.T) {
	root := t.TempDir()
	files := Files{"/etc/a": {Content: []byte("1"), Mode: 0o600}, "/etc/b": {Link: "a"}}
	require.NoError(t, files.Write(root))
	before, err := os.Stat(filepath.Join(root, "etc/a"))
	require.NoError(t, err)
	require.NoError(t, files.Write(root))
	same, err := os.Stat(filepath.Join(root, "etc/b"))
	require.NoError(t, err)
	require.True(t, os.SameFile(before, same), "what is as it should be is not written again")

	files["/etc/a"] = File{Content: []byte("2"), Mode: 0o755}
	require.NoError(t, files.Write(root))
	content, err := os.ReadFile(filepath.Join(root, "etc/b"))
	require.NoError(t, err)
	require.Equal(t, "2", string(content))
	after, err := os.Stat(filepath.Join(root, "etc/a"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), after.Mode())
}

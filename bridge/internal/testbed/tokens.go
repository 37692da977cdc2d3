package testbed

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

// checkLeftovers searches every log of the scenario for tokens, panics and data races,
// and checks that only its owner can read a file that holds secrets.
func (b *Bed) checkLeftovers() {
	logs, err := logsBelow(b.Dir)
	if err != nil {
		b.t.Error(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			b.t.Error(err)
		}
		secrettest.Check(b.t, path, string(text), b.secrets...)
		b.checkNoPanic(path, string(text))
		if report := dataRace(string(text)); report != "" {
			b.t.Errorf("%s: a data race\n%s", path, report)
		}
	}
	err = filepath.WalkDir(b.Dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case holdsSecrets(entry.Name()):
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if info.Mode().Perm()&0o077 != 0 {
				b.t.Errorf("%s holds secrets and has mode %o", path, info.Mode().Perm())
			}
		}
		return nil
	})
	if err != nil {
		b.t.Error(err)
	}
}

// logsBelow returns what programs have written for people below a folder.
func logsBelow(dir string) (logs []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && isLog(path) {
			logs = append(logs, path)
		}
		return err
	})
	return logs, err
}

// rocksJournal is the name of a RocksDB's journal of writes: a number with the ending of
// a log (RocksDB wiki, "Write Ahead Log"). CURRENT is in every RocksDB's folder.
var rocksJournal = regexp.MustCompile(`^[0-9]+\.log$`)

// isLog says whether a file is a log for people. A RocksDB's journal is not: it holds the
// homeserver's rows, tokens among them.
func isLog(path string) bool {
	dir, name := filepath.Split(path)
	if _, err := os.Stat(filepath.Join(dir, "CURRENT")); err == nil && rocksJournal.MatchString(name) {
		return false
	}
	return strings.HasSuffix(name, ".log")
}

// checkNoPanic fails the test if a program has panicked, even if the panic was caught:
// the framework catches panics of handlers and logs them.
func (b *Bed) checkNoPanic(path, text string) {
	for line := range strings.Lines(text) {
		if strings.Contains(strings.ToLower(line), "panic") {
			b.t.Errorf("%s: a panic: %.500s", path, line)
			return
		}
	}
}

// checkPages searches what the emulator shows to people: its page and the data behind
// it.
func (b *Bed) checkPages() {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	paths := []string{"/", control.Root + "/state", control.Root + "/calls"}
	for team := range b.stack.Emulator.Further {
		paths = append(paths, control.TeamPath(team)+control.Root+"/state", control.TeamPath(team)+control.Root+"/calls")
	}
	for _, path := range paths {
		text, err := read(ctx, b.stack.Emulator.URL+path)
		if err != nil {
			b.t.Errorf("read the emulator's pages: %v", err)
			return
		}
		secrettest.Check(b.t, "the emulator's "+path, text, b.secrets...)
	}
}

func read(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// holdsSecrets says whether a file of this name is a configuration, a registration or
// a token.
func holdsSecrets(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".toml", ".token", ".key":
		return true
	}
	return false
}

package backup

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"ops-jrz1/bridge/internal/settings"
)

// secretsName is the folder next to a configuration in which the NixOS module keeps each
// secret that is made once in a file of its own, called by its key. The configuration is
// rendered of them at each start, so one that is put back without them would get new ones.
const secretsName = "secrets"

func secretsFolder(config string) string { return filepath.Join(filepath.Dir(config), secretsName) }

// secretFiles are the keys of a configuration that have such a file.
func secretFiles(config string) ([]string, error) {
	values, problems := settings.MadeSecrets(config)
	if problems != nil {
		return nil, problems
	}
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		_, err := os.Stat(filepath.Join(secretsFolder(config), key))
		switch {
		case err == nil:
			keys = append(keys, key)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return keys, nil
}

// writeSecrets has the files of secrets hold what the configuration has: those that are
// missing are written, and with a configuration from the archive also those that hold
// something else, which are kept.
func (r *restore) writeSecrets() error {
	values, problems := settings.MadeSecrets(r.config.Path)
	if problems != nil {
		return problems
	}
	folder := secretsFolder(r.Config)
	keys := r.Secrets
	if _, err := os.Stat(folder); err == nil {
		keys = slices.Sorted(maps.Keys(values)) // of a host that keeps them so
	}
	for _, key := range keys {
		if value := values[key]; value != "" {
			if err := r.writeSecret(filepath.Join(folder, key), value); err != nil {
				return cannotWrite(filepath.Join(folder, key), err)
			}
		}
	}
	return nil
}

func (r *restore) writeSecret(path, value string) error {
	there, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case r.config.Path == r.Config || string(there) == value:
		return nil
	default:
		if err := os.Rename(path, path+r.stamp()); err != nil {
			return err
		}
	}
	err = os.Mkdir(filepath.Dir(path), 0o700)
	if err == nil {
		err = giveToOwner(filepath.Dir(path))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return r.write(path, []byte(value))
}

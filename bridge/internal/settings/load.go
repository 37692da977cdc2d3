package settings

import (
	"cmp"
	"path/filepath"
	"slices"

	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
)

// Load reads a configuration. Either it is complete and consistent, or everything
// that is wrong with it is in the problems and the Config is nil. Load opens the
// token files of declared logins to judge their kind, and nothing else.
func Load(path string) (*Config, Problems) { return load(path, (*assembly).checkTokens) }

// Read is Load without a look into token files, for those who may not read them.
func Read(path string) (*Config, Problems) { return load(path) }

func load(path string, more ...rule) (*Config, Problems) {
	src, problems := readSource(path)
	if problems != nil {
		return nil, problems
	}
	config, problems := finish(path, assemble(path, src), more...)
	if config != nil {
		config.Digest = src.digest
	}
	return config, problems
}

// Check returns everything that is wrong with a configuration.
func Check(path string) Problems {
	_, problems := Load(path)
	return problems
}

// Parse is Load for a configuration that was read already; path is where from.
func Parse(path string, data []byte) (*Config, Problems) {
	src, problems := parseSource(path, data)
	if problems != nil {
		return nil, problems
	}
	return finish(path, assemble(path, src), (*assembly).checkTokens)
}

// finish decodes an assembled configuration and applies the rules that look at
// more than one key, and then some more.
func finish(path string, a *assembly, more ...rule) (*Config, Problems) {
	config, err := decode(path, a)
	if err != nil {
		a.problems = append(a.problems, Problem{File: path, What: err.Error(), Cure: "see `slack-bridge config example`"})
	} else {
		for _, check := range append(rules(), more...) {
			check(a, config)
		}
	}
	if len(a.problems) > 0 {
		return nil, inOrder(a.problems)
	}
	return config, nil
}

// inOrder sorts problems by file and line, those without a line last.
func inOrder(problems Problems) Problems {
	slices.SortStableFunc(problems, func(p, q Problem) int {
		if byFile := cmp.Compare(p.File, q.File); byFile != 0 {
			return byFile
		}
		if (p.Line == 0) != (q.Line == 0) {
			return cmp.Compare(q.Line, p.Line)
		}
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Key, q.Key))
	})
	return problems
}

// decode turns the assembled tree into the typed configuration.
func decode(path string, a *assembly) (*Config, error) {
	config := &Config{Path: path}
	var failed error
	a.table.each(func(s *key) {
		if s.into != nil && failed == nil {
			failed = a.find(s.path).Decode(s.into(config))
		}
	})
	if failed != nil {
		return nil, failed
	}
	if config.Bridge.Permissions == nil {
		config.Bridge.Permissions = bridgeconfig.PermissionConfig{}
	}
	config.Network.complete(filepath.Dir(path))
	return config, nil
}

// resolve makes a path of a configuration absolute, from the configuration's folder.
func resolve(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	absolute, err := filepath.Abs(filepath.Join(folder, path))
	if err != nil {
		return filepath.Join(folder, path)
	}
	return absolute
}

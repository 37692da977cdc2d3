package settings

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/id"
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
	return finish(path, assemble(path, src), more...)
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

// inOrder sorts problems as they stand in their files, those without a line last.
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
	for _, section := range []struct {
		name string
		into any
	}{
		{"bridge", &config.Bridge},
		{"database", &config.Database},
		{"homeserver", &config.Homeserver},
		{"appservice", &config.AppService},
		{"matrix", &config.Matrix},
		{"provisioning", &config.Provisioning},
		{"public_media", &config.PublicMedia},
		{"backfill", &config.Backfill},
		{"double_puppet", &config.DoublePuppet},
		{"encryption", &config.Encryption},
		{"operator", &config.Operator},
		{"logging", &config.Logging},
	} {
		if err := a.valueOf(section.name).Decode(section.into); err != nil {
			return nil, err
		}
	}
	config.Bridge.Backfill = config.Backfill
	if config.Bridge.Permissions == nil {
		config.Bridge.Permissions = bridgeconfig.PermissionConfig{}
	}
	var err error
	if config.StartupWait, err = time.ParseDuration(a.text("homeserver.startup_wait")); err != nil {
		return nil, err
	}
	config.Network, err = decodeNetwork(filepath.Dir(path), a.valueOf("network"))
	return config, err
}

// networkFile is the section network as it is written.
type networkFile struct {
	Displayname       string        `yaml:"displayname_template"`
	ChannelName       string        `yaml:"channel_name_template"`
	TeamName          string        `yaml:"team_name_template"`
	ConversationCount int           `yaml:"conversation_count"`
	Channels          ChannelFilter `yaml:"channels"`
	Invite            []id.UserID   `yaml:"invite"`
	Logins            []loginFile   `yaml:"logins"`
	SlackAPIURL       string        `yaml:"slack_api_url"`
	SlackTimeScale    float64       `yaml:"slack_time_scale"`
}

type loginFile struct {
	Owner        id.UserID `yaml:"owner"`
	BotTokenFile string    `yaml:"bot_token_file"`
	AppTokenFile string    `yaml:"app_token_file"`
}

func decodeNetwork(folder string, node *yaml.Node) (Network, error) {
	var file networkFile
	if err := node.Decode(&file); err != nil {
		return Network{}, err
	}
	n := Network{
		ConversationCount: file.ConversationCount,
		Channels:          file.Channels,
		Invite:            file.Invite,
		SlackAPIURL:       strings.TrimRight(file.SlackAPIURL, "/") + "/",
		SlackTimeScale:    file.SlackTimeScale,
	}
	for _, each := range []struct {
		source string
		into   *Template
	}{
		{file.Displayname, &n.Displayname}, {file.ChannelName, &n.ChannelName}, {file.TeamName, &n.TeamName},
	} {
		var err error
		if *each.into, err = ParseTemplate(each.source); err != nil {
			return Network{}, err
		}
	}
	for _, login := range file.Logins {
		n.Logins = append(n.Logins, Login{
			Owner:        login.Owner,
			BotTokenFile: resolve(folder, login.BotTokenFile),
			AppTokenFile: resolve(folder, login.AppTokenFile),
		})
	}
	return n, nil
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

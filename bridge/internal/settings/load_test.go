package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

// complete is a configuration with nothing wrong in it.
const complete = `
homeserver:
  domain: engines.test
bridge:
  permissions:
    "engines.test": relay
    "@ada:engines.test": admin
appservice:
  as_token: 0123456789abcdef-as
  hs_token: 0123456789abcdef-hs
provisioning:
  shared_secret: 0123456789abcdef-ps
`

func parse(t *testing.T, text string) (*settings.Config, []string) {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(text))
	require.Equal(t, len(problems) == 0, config != nil, "either a configuration or problems")
	lines := []string{}
	for _, problem := range problems {
		lines = append(lines, problem.String())
	}
	return config, lines
}

func TestCompleteConfiguration(t *testing.T) {
	config, problems := parse(t, complete)
	require.Empty(t, problems)
	require.Equal(t, time.Minute, config.StartupWait)
	require.Equal(t, "http://127.0.0.1:8008", config.Homeserver.Address)
	require.Equal(t, "engines.test", config.Homeserver.Domain)
	require.Equal(t, uint16(29319), config.AppService.Port)
	require.Equal(t, "sqlite3-fk-wal", config.Database.Type)
	require.Equal(t, 5, config.Database.MaxOpenConns)
	require.Equal(t, "info", config.Logging.Level)
	require.Equal(t, "auto", config.Logging.Format)
	require.Len(t, config.Logging.Levels, len(logging.Hops()))
	require.Equal(t, 50, config.Network.ConversationCount)
	require.Equal(t, "https://slack.com/api/", config.Network.SlackAPIURL)
	require.Equal(t, 1.0, config.Network.SlackTimeScale)
	require.Equal(t, "@slack_t1-u1:engines.test", string("@"+config.AppService.FormatUsername("t1-u1")+":"+config.Homeserver.Domain))
	require.Equal(t, "slack_general", config.AliasLocalpart("General"))
	require.True(t, config.Bridge.Permissions.Get("@ada:engines.test").Login)
	require.False(t, config.Bridge.Permissions.Get("@eve:elsewhere.test").SendEvents)
	require.False(t, config.Bridge.Backfill.Enabled, "the framework does none of its own")
}

func TestNamesFromTemplates(t *testing.T) {
	config, problems := parse(t, complete)
	require.Empty(t, problems)
	for name, tc := range map[string]struct {
		template settings.Template
		data     any
		want     string
	}{
		"display name": {config.Network.Displayname, settings.User{Name: "ada", Profile: settings.Profile{DisplayName: "Ada"}}, "Ada"},
		"real name":    {config.Network.Displayname, settings.User{Name: "ada", RealName: "Ada L."}, "Ada L."},
		"bot":          {config.Network.Displayname, settings.User{Name: "poet", IsBot: true}, "poet (bot)"},
		"channel":      {config.Network.ChannelName, settings.Channel{Name: "general"}, "#general"},
		"workspace":    {config.Network.TeamName, settings.Team{Name: "Engines"}, "Engines"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.template.Execute(tc.data)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
	_, err := config.Network.TeamName.Execute(settings.Team{})
	require.EqualError(t, err, "renders to nothing")
	_, err = settings.Template{}.Execute(settings.Team{})
	require.EqualError(t, err, "no template was set")
}

func TestChannelFilter(t *testing.T) {
	t.Run("52 channels by name and id", func(t *testing.T) {
		for name, tc := range map[string]struct {
			filter   settings.ChannelFilter
			name, id string
			want     bool
		}{
			"no patterns":              {settings.ChannelFilter{}, "general", "C1", true},
			"included by name":         {settings.ChannelFilter{Include: []string{"dev-*"}}, "dev-ops", "C1", true},
			"included with hash":       {settings.ChannelFilter{Include: []string{"#General"}}, "general", "C1", true},
			"included by id":           {settings.ChannelFilter{Include: []string{"C1"}}, "general", "C1", true},
			"not included":             {settings.ChannelFilter{Include: []string{"dev-*"}}, "general", "C1", false},
			"excluded":                 {settings.ChannelFilter{Exclude: []string{"gen*"}}, "general", "C1", false},
			"exclude has the last say": {settings.ChannelFilter{Include: []string{"*"}, Exclude: []string{"C1"}}, "general", "C1", false},
			"direct message by id":     {settings.ChannelFilter{Include: []string{"D*"}}, "", "D1", true},
			"nameless, star in names":  {settings.ChannelFilter{Exclude: []string{"g*"}}, "", "D1", true},
		} {
			t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, tc.filter.Allows(tc.name, tc.id)) })
		}
	})
}

func TestChannelDirections(t *testing.T) {
	t.Run("52 a direction by name and id", func(t *testing.T) {
		filter := settings.ChannelFilter{Directions: []settings.ChannelDirection{
			{Channel: "announce-internal", Direction: settings.BothWays},
			{Channel: "announce-*", Direction: settings.OnlyFromSlack},
			{Channel: "C2", Direction: settings.OnlyToSlack},
		}}
		for _, tc := range []struct {
			name, id string
			want     settings.Direction
		}{
			{"general", "C1", settings.BothWays},
			{"Announce-all", "C1", settings.OnlyFromSlack},
			{"announce-internal", "C1", settings.BothWays},
			{"alerts", "C2", settings.OnlyToSlack},
			{"announce-b", "C2", settings.OnlyFromSlack},
			{"", "D1", settings.BothWays},
		} {
			require.Equal(t, tc.want, filter.Direction(tc.name, tc.id), "%s %s", tc.name, tc.id)
		}
		require.True(t, settings.BothWays.FromSlack() && settings.BothWays.ToSlack())
		require.False(t, settings.OnlyToSlack.FromSlack() || settings.OnlyFromSlack.ToSlack())
	})
}

// TestEveryKeyOfTheExampleIsChecked sets each key of the example to a value of
// another kind and to a name with a letter too many, wherever it stands.
func TestEveryKeyOfTheExampleIsChecked(t *testing.T) {
	lines := strings.Split(string(settings.Example()), "\n")
	keys := 0
	for i, line := range lines {
		key, value, isKey := strings.Cut(strings.TrimLeft(line, " "), ":")
		if !isKey || strings.HasPrefix(key, "#") || strings.HasPrefix(key, `"`) {
			continue
		}
		keys++
		changed := append([]string{}, lines...)
		changed[i] = strings.Replace(line, key+":", key+"x:", 1)
		_, problems := parse(t, strings.Join(changed, "\n"))
		require.Contains(t, strings.Join(problems, "\n"), key+"x: unknown key; did you mean", "line %d", i+1)
		if strings.TrimSpace(value) == "" {
			continue
		}
		changed[i] = line[:strings.Index(line, ":")] + ": {a: [1]}"
		_, problems = parse(t, strings.Join(changed, "\n"))
		require.Regexp(t, `(?m)^config.yaml:\d+: [a-z_.]*`+key+`(\.a)?: (must be|is no)`, strings.Join(problems, "\n"), "line %d", i+1)
	}
	require.Greater(t, keys, 90)
}

func TestExampleReplacedIsComplete(t *testing.T) {
	text := strings.NewReplacer("example.com", "engines.test", ": generate", ": 0123456789abcdef-").Replace(string(settings.Example()))
	text = strings.Replace(text, "hs_token: ", "hs_token: x", 1)
	_, problems := parse(t, text)
	require.Empty(t, problems)
}

func TestExampleNeverNamesLocalhost(t *testing.T) {
	require.NotContains(t, string(settings.Example()), "localhost")
}

func TestLoadReadsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(complete), 0o600))
	config, problems := settings.Load(path)
	require.Empty(t, problems)
	require.Equal(t, path, config.Path)
	require.Empty(t, settings.Check(path))

	_, problems = settings.Load(path + ".missing")
	require.Len(t, problems, 1)
	require.Contains(t, problems.Error(), "config.yaml.missing: cannot be read: no such file or directory; ")
}

// FuzzParse feeds the loader with anything: it must end with a configuration or
// with problems of one line each, and never panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(complete))
	f.Add(settings.Example())
	fixtures, err := filepath.Glob("testdata/problems/*.yaml")
	require.NoError(f, err)
	for _, fixture := range fixtures {
		data, err := os.ReadFile(fixture)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"config.yaml", "config.json"} {
			config, problems := settings.Parse(name, data)
			require.Equal(t, len(problems) == 0, config != nil)
			for _, problem := range problems {
				require.NotContains(t, problem.String(), "\n")
			}
		}
	})
}

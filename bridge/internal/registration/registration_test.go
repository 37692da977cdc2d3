package registration_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/appservice"

	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

var update = flag.Bool("update", false, "rewrite golden files")

const base = `
homeserver: {domain: engines.test}
bridge: {permissions: {"@ada:engines.test": admin}}
provisioning: {shared_secret: 0123456789abcdef-ps}
encryption: {pickle_key: 0123456789abcdef-pk}
appservice: {as_token: 0123456789abcdef-as, hs_token: 0123456789abcdef-hs}
`

// load returns a configuration; each change replaces a text in base.
func load(t *testing.T, changes ...string) *settings.Config {
	t.Helper()
	config, problems := settings.Parse("config.yaml", []byte(strings.NewReplacer(changes...).Replace(base)))
	require.Empty(t, problems)
	return config
}

func TestRender(t *testing.T) {
	for name, changes := range map[string][]string{
		"default": nil,
		"encryption": {
			"encryption: {", "encryption: {allow: true, appservice: true, msc4190: true, ",
			"appservice: {", "appservice: {ephemeral_events: true, ",
		},
		"names": {
			"appservice: {", "appservice: {id: my.slack, address: http://192.0.2.7:8080, username_template: 's.{{.}}+x', bot: {username: bot.of.slack}, ",
			"engines.test", "matrix.engines.test:8448",
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := load(t, changes...)
			got, err := registration.Render(config)
			require.NoError(t, err)
			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))

			again, err := registration.Render(config)
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}
}

func TestEncryptionKeysNeedEncryption(t *testing.T) {
	got, err := registration.Render(load(t, "encryption: {", "encryption: {msc4190: true, appservice: true, "))
	require.NoError(t, err)
	require.NotContains(t, string(got), "msc")
}

func TestNamespaces(t *testing.T) {
	config := load(t)
	data, err := registration.Render(config)
	require.NoError(t, err)
	var reg appservice.Registration
	require.NoError(t, yaml.Unmarshal(data, &reg))
	require.Equal(t, config.AppService.Bot.Username, reg.SenderLocalpart)
	matches := func(list appservice.NamespaceList, id string) bool {
		for _, namespace := range list {
			require.True(t, namespace.Exclusive)
			if regexp.MustCompile(namespace.Regex).MatchString(id) {
				return true
			}
		}
		return false
	}
	for id, want := range map[string]bool{
		"@slackbot:engines.test":          true,
		"@slack_t1-u1:engines.test":       true,
		"@slackbot:enginesxtest":          false,
		"@slackbot:engines.test.evil":     false,
		"@xslackbot:engines.test":         false,
		"@slack_:engines.test":            false,
		"@slack_t1-u1:elsewhere.test":     false,
		"@slack_a:evil.test:engines.test": false,
		"@ada:engines.test":               false,
	} {
		require.Equal(t, want, matches(reg.Namespaces.UserIDs, id), id)
	}
	for id, want := range map[string]bool{
		"#" + config.AliasLocalpart("General") + ":engines.test": true,
		"#general:engines.test":                                  false,
		"#slack_general:elsewhere.test":                          false,
		"#my-slack_general:engines.test":                         false,
		"#slack_general:engines.test.com":                        false,
	} {
		require.Equal(t, want, matches(reg.Namespaces.RoomAliases, id), id)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registration.yaml")
	config := load(t)
	changed, err := registration.Write(path, config)
	require.NoError(t, err)
	require.True(t, changed)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	changed, err = registration.Write(path, config)
	require.NoError(t, err)
	require.False(t, changed)
	require.NoError(t, registration.Agree(path, config))
}

func TestAgreeNamesEachDifference(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "registration.yaml")
	_, err := registration.Write(path, load(t))
	require.NoError(t, err)
	other := load(t,
		"abcdef-as", "abcdef-as2", "appservice: {", "appservice: {port: 29321, id: slack2, ephemeral_events: true, bot: {username: thebot}, ",
		"encryption: {", "encryption: {allow: true, msc4190: true, ")
	err = registration.Agree(path, other)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "0123456789")
	const cure = "; run `slack-bridge registration -c config.yaml -r registration.yaml` and give it to the homeserver"
	require.Equal(t, []string{
		"registration.yaml: id: is slack, but slack2 in the configuration" + cure,
		"registration.yaml: as_token: is not what the configuration says" + cure,
		"registration.yaml: sender_localpart: is slackbot, but thebot in the configuration" + cure,
		"registration.yaml: namespaces: is not what the configuration says" + cure,
		"registration.yaml: receive_ephemeral: is missing" + cure,
		"registration.yaml: de.sorunome.msc2409.push_ephemeral: is missing" + cure,
		"registration.yaml: io.element.msc4190: is missing" + cure,
	}, strings.Split(strings.ReplaceAll(err.Error(), folder+"/", ""), "\n"))

	t.Run("the other way round", func(t *testing.T) {
		_, err := registration.Write(path, other)
		require.NoError(t, err)
		require.ErrorContains(t, registration.Agree(path, load(t)), "io.element.msc4190: is true, but the configuration does not have it")
	})
	t.Run("of a file that is not a registration", func(t *testing.T) {
		require.ErrorContains(t, registration.Agree(path+".missing", other), "cannot be read: no such file or directory")
		require.NoError(t, os.WriteFile(path, []byte("- a\n"), 0o600))
		require.ErrorContains(t, registration.Agree(path, other), "is no registration")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		require.ErrorContains(t, registration.Agree(path, other), "sender_localpart: is missing")
	})
}

package settings_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/settings"
)

// mine is what an operator has to say at least.
const mine = `
homeserver: {domain: engines.test}
bridge:
  permissions: {"engines.test": relay, "@ada:engines.test": admin}
`

// folder is a test's folder of files for Render.
type folder string

func newFolder(t *testing.T) folder { return folder(t.TempDir()) }

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) write(t *testing.T, name, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(f.path(name), []byte(text), 0o600))
	return f.path(name)
}

// render renders f/config.yaml, which must succeed, and writes it there.
func (f folder) render(t *testing.T, r settings.Rendering) (text string, config *settings.Config) {
	t.Helper()
	r.Path = f.path("config.yaml")
	if r.Random == nil {
		r.Random = rand.Reader
	}
	rendered, err := settings.Render(r)
	require.NoError(t, err)
	f.write(t, "config.yaml", string(rendered))
	config, problems := settings.Load(r.Path)
	require.Empty(t, problems)
	return string(rendered), config
}

// problems renders f/config.yaml, which must fail.
func (f folder) problems(t *testing.T, r settings.Rendering) []string {
	t.Helper()
	r.Path, r.Random = f.path("config.yaml"), rand.Reader
	rendered, err := settings.Render(r)
	require.Error(t, err)
	require.Nil(t, rendered)
	return strings.Split(strings.ReplaceAll(err.Error(), string(f)+"/", ""), "\n")
}

func TestRenderKeepsTheTextOfTheExample(t *testing.T) {
	f := newFolder(t)
	text, config := f.render(t, settings.Rendering{Overrides: []string{f.write(t, "mine.yaml", mine)}})
	require.Equal(t, "engines.test", config.Homeserver.Domain)
	got, example := strings.Split(text, "\n"), strings.Split(string(settings.Example()), "\n")
	require.Len(t, got, len(example))
	var changed []string
	for i := range example {
		if got[i] != example[i] {
			changed = append(changed, strings.TrimSpace(example[i]))
		}
	}
	require.Equal(t, []string{
		`"example.com": relay`, `"@admin:example.com": admin`, "domain: example.com",
		"as_token: generate", "hs_token: generate", "shared_secret: generate", "signing_key: generate", "pickle_key: generate",
	}, changed)
}

func TestRenderIsStable(t *testing.T) {
	f := newFolder(t)
	r := settings.Rendering{Overrides: []string{f.write(t, "mine.yaml", mine)}}
	first, config := f.render(t, r)
	for _, secret := range []string{
		config.AppService.ASToken, config.AppService.HSToken, config.Provisioning.SharedSecret,
		config.Faces.SigningKey.Reveal(), config.Encryption.PickleKey,
	} {
		require.Len(t, secret, 64)
		require.Equal(t, 1, strings.Count(first, secret), "each secret is its own")
	}
	r.Random = iotest.ErrReader(errors.New("no new secret may be made"))
	second, _ := f.render(t, r)
	require.Equal(t, first, second)

	t.Run("and from itself", func(t *testing.T) {
		r.Overrides = []string{f.path("config.yaml")}
		third, _ := f.render(t, r)
		require.Equal(t, first, third)
	})
}

func TestRenderWithoutRandomnessFails(t *testing.T) {
	f := newFolder(t)
	_, err := settings.Render(settings.Rendering{
		Path: f.path("config.yaml"), Overrides: []string{f.write(t, "mine.yaml", mine)},
		Random: iotest.ErrReader(errors.New("dry")),
	})
	require.ErrorContains(t, err, "generating appservice.as_token: reading random bytes: dry")
}

func TestRenderFillsInAFileEditedByHand(t *testing.T) {
	f := newFolder(t)
	edited := strings.ReplaceAll(string(settings.Example()), "example.com", "engines.test")
	edited = strings.Replace(edited, "conversation_count: 50", "conversation_count: 7", 1)
	_, config := f.render(t, settings.Rendering{Overrides: []string{f.write(t, "config.yaml", edited)}})
	require.Equal(t, 7, config.Network.ConversationCount)
	require.Len(t, config.AppService.ASToken, 64)
}

func TestRenderLayersOverrides(t *testing.T) {
	f := newFolder(t)
	_, config := f.render(t, settings.Rendering{Overrides: []string{
		f.write(t, "mine.yaml", mine+"network: {invite: ['@a:engines.test', '@b:engines.test'], conversation_count: 3}\n"),
		f.write(t, "module.json", `{"network":{"invite":["@c:engines.test"]},
			"appservice":{"bot":{"displayname":"a \"quoted\" \ud83d\ude80 name: #1\nsecond\tline"}},
			"homeserver":{"retry_limit":9},
			"network":{"invite":["@c:engines.test"],"slack_api_url":"http://127.0.0.1:8080/api/","slack_time_scale":0.01},
			"bridge":{"permissions":{"@ada:engines.test":{"login":true}}}}`),
	}})
	require.Equal(t, 3, config.Network.ConversationCount)
	require.Equal(t, []string{"@c:engines.test"}, []string{string(config.Network.Invite[0])})
	require.Len(t, config.Network.Invite, 1)
	require.Equal(t, "a \"quoted\" 🚀 name: #1\nsecond\tline", config.AppService.Bot.Displayname)
	require.Equal(t, 9, config.Homeserver.RetryLimit)
	require.Equal(t, 0.01, config.Network.SlackTimeScale)
	require.Len(t, config.Bridge.Permissions, 1)
	require.True(t, config.Bridge.Permissions.Get("@ada:engines.test").Login)
	require.False(t, config.Bridge.Permissions.Get("@ada:engines.test").Admin)
}

func TestRenderReadsSecretsFromFiles(t *testing.T) {
	f := newFolder(t)
	r := settings.Rendering{
		Overrides: []string{f.write(t, "mine.yaml", mine+"double_puppet: {secrets: {other.test: old, third.test: kept}}\n")},
		Secrets: map[string]string{
			"encryption.pickle_key":            f.write(t, "pickle", "from a file\n"),
			"database.uri":                     f.write(t, "uri", "file:/var/lib/b.db?_txlock=immediate\r\n"),
			"double_puppet.secrets.other.test": f.write(t, "puppet", "as_token:abcdefgh"),
		},
	}
	first, config := f.render(t, r)
	require.Equal(t, "from a file", config.Encryption.PickleKey)
	require.Equal(t, "file:/var/lib/b.db?_txlock=immediate", config.Database.URI)
	require.Equal(t, map[string]string{"other.test": "as_token:abcdefgh", "third.test": "kept"}, config.DoublePuppet.Secrets)
	second, _ := f.render(t, r)
	require.Equal(t, first, second)
}

func TestRenderKeepsTheTokensOfARegistration(t *testing.T) {
	f := newFolder(t)
	registration := f.write(t, "registration.yaml", "id: slack\nas_token: as-of-the-registration\nhs_token: hs-of-the-registration\n")
	r := settings.Rendering{Overrides: []string{f.write(t, "mine.yaml", mine)}, Registration: registration}
	_, config := f.render(t, r)
	require.Equal(t, "as-of-the-registration", config.AppService.ASToken)
	require.Equal(t, "hs-of-the-registration", config.AppService.HSToken)

	t.Run("that is not there yet", func(t *testing.T) {
		f := newFolder(t)
		r.Registration = f.path("registration.yaml")
		_, config := f.render(t, r)
		require.Len(t, config.AppService.ASToken, 64)
	})
	t.Run("that disagrees", func(t *testing.T) {
		r.Registration = f.write(t, "registration.yaml", "as_token: as-of-the-registration\nhs_token: another-hs-token\n")
		require.Equal(t, []string{
			"registration.yaml: hs_token: is not the appservice.hs_token of config.yaml; remove the file that the homeserver does not use",
		}, f.problems(t, r))
	})
}

func TestRenderProblems(t *testing.T) {
	f := newFolder(t)
	good := f.write(t, "mine.yaml", mine)
	for name, tc := range map[string]struct {
		r    settings.Rendering
		want []string
	}{
		"nothing said": {settings.Rendering{}, []string{
			"config.yaml: bridge.permissions.@admin:example.com: is still from the example; name your own server or people",
			"config.yaml: bridge.permissions.example.com: is still from the example; name your own server or people",
			"config.yaml: homeserver.domain: still has the example's value; replace it by your own",
		}},
		"in two files": {settings.Rendering{Overrides: []string{
			f.write(t, "a.yaml", mine+"appservice: {port: none}\n"), f.write(t, "b.json", `{"bridge": {"command_prefix": ""}, "x": 1}`),
			f.path("missing.yaml"),
		}}, []string{
			"a.yaml:5: appservice.port: must be a whole number, not a text; see it in `slack-bridge config example`",
			"b.json: bridge.command_prefix: must be one word; write it like !slack",
			"b.json: x: unknown key; remove it, or see the known keys in `slack-bridge config example`",
			"missing.yaml: cannot be read: no such file or directory; make the file readable, or write one with `slack-bridge config example`",
		}},
		"no JSON": {settings.Rendering{Overrides: []string{good, f.write(t, "c.json", `{} {}`)}}, []string{
			"c.json: is not valid JSON: something follows after its end; repair it",
		}},
		"secrets that cannot be used": {settings.Rendering{Overrides: []string{good}, Secrets: map[string]string{
			"appservice.as_token": f.path("nowhere"), "appservice.hs_token": f.write(t, "empty", "\n"),
			"appservice.port": good, "bridge.permissions.x": good, "no.such.key": good, "database": good,
			"appservice.id": f.write(t, "id", "a b"),
		}}, []string{
			"empty: appservice.hs_token: is empty; put the secret into the file and make it readable",
			"id: appservice.id: is no id; write letters, digits, and ._- only",
			"mine.yaml: appservice.port: is no key that a secret can be the value of; see the keys in `slack-bridge config example`",
			"mine.yaml: bridge.permissions.x: is no key that a secret can be the value of; see the keys in `slack-bridge config example`",
			"mine.yaml: database: is no key that a secret can be the value of; see the keys in `slack-bridge config example`",
			"mine.yaml: no.such.key: is no key that a secret can be the value of; see the keys in `slack-bridge config example`",
			"nowhere: appservice.as_token: cannot be read: no such file or directory; put the secret into the file and make it readable",
		}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, f.problems(t, tc.r)) })
	}
}

func TestRenderNeverReplacesSecretsItCannotRead(t *testing.T) {
	f := newFolder(t)
	r := settings.Rendering{Overrides: []string{f.write(t, "mine.yaml", mine)}}
	f.write(t, "config.yaml", "appservice: [\n")
	problems := f.problems(t, r)
	require.Len(t, problems, 1)
	require.Contains(t, problems[0], "config.yaml:1: is not valid YAML: ")
	require.Contains(t, problems[0], "repair it, or remove it to have new secrets made")
}

func TestRenderDoesNotOpenTokenFiles(t *testing.T) {
	f := newFolder(t)
	wrong := f.write(t, "bot", appToken)
	r := settings.Rendering{
		Path: f.path("config.yaml"), Random: rand.Reader,
		Overrides: []string{f.write(t, "mine.yaml", mine+"network: {logins: [{owner: '@ada:engines.test', bot_token_file: "+wrong+", app_token_file: /nowhere}]}\n")},
	}
	rendered, err := settings.Render(r)
	require.NoError(t, err)
	f.write(t, "config.yaml", string(rendered))
	_, problems := settings.Read(r.Path)
	require.Empty(t, problems)
	_, problems = settings.Load(r.Path)
	require.Len(t, problems, 1)
}

func TestReadSecretMap(t *testing.T) {
	f := newFolder(t)
	files, problems := settings.ReadSecretMap(f.write(t, "secrets.yaml", "appservice.as_token: /run/as\n"))
	require.Empty(t, problems)
	require.Equal(t, map[string]string{"appservice.as_token": "/run/as"}, files)
	files, problems = settings.ReadSecretMap(f.write(t, "secrets.yaml", ""))
	require.Empty(t, problems)
	require.Empty(t, files)
	_, problems = settings.ReadSecretMap(f.write(t, "secrets.yaml", "appservice: {as_token: /run/as}\n"))
	require.Len(t, problems, 1)
}

// FuzzRender puts any text into keys of several kinds: what is rendered reads back
// as it was given, and without a change in any comment.
func FuzzRender(f *testing.F) {
	for _, text := range []string{"plain", "", " ", "yes", "- x", "a: b", "#", "'\"", "line\nline", "\n", "\nline", "\u2028\u0085\ufeff", "{{.}}", "0x1f", "~", "!!str", "\x7f\x00", "*a"} {
		f.Add(text, "@ada:engines.test")
	}
	f.Fuzz(func(t *testing.T, text, owner string) {
		override := map[string]any{
			"homeserver":    map[string]any{"domain": "engines.test"},
			"appservice":    map[string]any{"bot": map[string]any{"displayname": text}},
			"network":       map[string]any{"invite": []string{owner}},
			"double_puppet": map[string]any{"secrets": map[string]string{"other.test": text}},
			"bridge":        map[string]any{"permissions": map[string]string{"@ada:engines.test": "admin", owner: "relay"}},
		}
		if written, err := yaml.Marshal(override); err == nil {
			// The library does not read back everything that it writes.
			var given struct {
				AppService struct {
					Bot struct{ Displayname string }
				}
			}
			if yaml.Unmarshal(written, &given) == nil {
				rendersText(t, "override.yaml", written, given.AppService.Bot.Displayname)
			}
		}
		if written, err := json.Marshal(override); err == nil && utf8.ValidString(text+owner) {
			rendersText(t, "override.json", written, text)
		}
	})
}

// rendersText renders a configuration with an override that gives a text, or that is
// refused.
func rendersText(t *testing.T, name string, override []byte, text string) {
	t.Helper()
	folder := newFolder(t)
	rendered, err := settings.Render(settings.Rendering{
		Path: folder.path("config.yaml"), Random: rand.Reader, Overrides: []string{folder.write(t, name, string(override))},
	})
	if err != nil {
		return
	}
	config, problems := settings.Parse("config.yaml", rendered)
	require.Empty(t, problems)
	require.Equal(t, text, config.AppService.Bot.Displayname)
	require.Equal(t, text, config.DoublePuppet.Secrets["other.test"])
	require.Equal(t, comments(settings.Example()), comments(rendered))
}

// comments returns the whole lines of comment in a configuration.
func comments(config []byte) []string {
	var found []string
	for line := range strings.Lines(string(config)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			found = append(found, line)
		}
	}
	return found
}

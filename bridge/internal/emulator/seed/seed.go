// Package seed builds a workspace from a YAML file: team, people, bots, apps
// from their manifests, conversations of every kind, and what was said in them.
// It must not know how the workspace is served.
package seed

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

//go:embed default.yaml
var defaultYAML []byte

// Default returns the seed that the emulator starts with when it is given none.
func Default() []byte { return bytes.Clone(defaultYAML) }

// File is the seed's YAML. People and channels are named by name or id.
type File struct {
	Team  Team   `yaml:"team"`
	Users []User `yaml:"users"`
	Bots  []Bot  `yaml:"bots"`
	Apps  []App  `yaml:"apps"`
	// Configuration are people's tokens for the manifests of apps.
	Configuration []Configuration   `yaml:"configuration"`
	Channels      []Channel         `yaml:"channels"`
	MPIMs         []Direct          `yaml:"mpims"`
	IMs           []Direct          `yaml:"ims"`
	Emoji         map[string]string `yaml:"emoji"`
	UserGroups    []UserGroup       `yaml:"usergroups"`
	// Workspaces are further workspaces, with which channels can be shared.
	Workspaces []File `yaml:"workspaces"`

	dir string
}

// Team is the workspace. A missing id is made up.
type Team struct {
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Domain string `yaml:"domain"`
	Icon   string `yaml:"icon"`
}

// User is a person.
type User struct {
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	RealName    string `yaml:"real_name"`
	DisplayName string `yaml:"display_name"`
	Email       string `yaml:"email"`
	Title       string `yaml:"title"`
	Image       string `yaml:"image"`
	TZ          string `yaml:"tz"`
	Admin       bool   `yaml:"admin"`
	Owner       bool   `yaml:"owner"`
	Guest       bool   `yaml:"guest"`
	Deleted     bool   `yaml:"deleted"`
}

// Bot is a bot of an integration that is no app here, such as a webhook.
type Bot struct {
	ID    string            `yaml:"id"`
	Name  string            `yaml:"name"`
	Icons map[string]string `yaml:"icons"`
}

// App is an app to install. Its manifest is inline, in a file next to the seed, or the
// bridge's own when neither is given. Missing tokens are made up.
type App struct {
	ID             string    `yaml:"id"`
	Manifest       yaml.Node `yaml:"manifest"`
	ManifestFile   string    `yaml:"manifest_file"`
	ClientID       string    `yaml:"client_id"`
	ClientSecret   string    `yaml:"client_secret"`
	BotUser        string    `yaml:"bot_user_id"`
	BotID          string    `yaml:"bot_id"`
	BotToken       string    `yaml:"bot_token"`
	AppToken       string    `yaml:"app_token"`
	AppTokenScopes []string  `yaml:"app_token_scopes"`
	// Scopes, if given, are granted instead of what the manifest asks for.
	Scopes []string `yaml:"scopes"`
	// Collaborators are the people whose configuration tokens reach the app, all if
	// there are none.
	Collaborators []string `yaml:"collaborators"`
}

// Configuration is a person's pair of configuration tokens; missing values are made up.
type Configuration struct {
	User         string `yaml:"user"`
	Token        string `yaml:"token"`
	RefreshToken string `yaml:"refresh_token"`
}

// Channel is a public or private channel.
type Channel struct {
	ID       string    `yaml:"id"`
	Name     string    `yaml:"name"`
	Private  bool      `yaml:"private"`
	General  bool      `yaml:"general"`
	Archived bool      `yaml:"archived"`
	ReadOnly bool      `yaml:"read_only"`
	Topic    string    `yaml:"topic"`
	Purpose  string    `yaml:"purpose"`
	Creator  string    `yaml:"creator"`
	Members  []string  `yaml:"members"`
	Everyone bool      `yaml:"everyone"`
	Messages []Message `yaml:"messages"`
	// SharedWith are further workspaces that share the channel.
	SharedWith []Shared `yaml:"shared_with"`
}

// Shared is a channel in a further workspace: what it is called there, as in its own if it is
// left out, whether it is private there, and who of that workspace is in it.
type Shared struct {
	Team    string   `yaml:"team"`
	Name    string   `yaml:"name"`
	Private bool     `yaml:"private"`
	Members []string `yaml:"members"`
}

// Direct is a DM of two or a group DM of more.
type Direct struct {
	ID       string    `yaml:"id"`
	Members  []string  `yaml:"members"`
	Messages []Message `yaml:"messages"`
}

// Message is something said before the emulator started.
type Message struct {
	User      string              `yaml:"user"`
	Bot       string              `yaml:"bot"`
	Text      string              `yaml:"text"`
	Replies   []Message           `yaml:"replies"`
	Broadcast bool                `yaml:"broadcast"`
	Reactions map[string][]string `yaml:"reactions"`
}

// UserGroup is a user group.
type UserGroup struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Handle      string   `yaml:"handle"`
	Description string   `yaml:"description"`
	Users       []string `yaml:"users"`
}

// Parse reads a seed. Unknown keys are errors. Files that it names are looked
// for in dir.
func Parse(data []byte, dir string) (*File, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	f := &File{dir: dir}
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	for i := range f.Workspaces {
		further := &f.Workspaces[i]
		further.dir = dir
		if further.Team.ID == "" || further.Team.Domain == "" || len(further.Workspaces) > 0 {
			return nil, fmt.Errorf("read the seed: a further workspace needs an id and a domain, and has none of its own")
		}
	}
	return f, nil
}

// Load reads a seed file.
func Load(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	f, err := Parse(data, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Build makes the workspace of a seed. The further ones are its neighbours.
func (f *File) Build(clock workspace.Clock) (*workspace.Workspace, error) {
	first, err := f.build(workspace.New(clock, f.team()))
	if err != nil {
		return nil, err
	}
	all := map[string]*builder{}
	for i := range f.Workspaces {
		further := &f.Workspaces[i]
		if all[further.Team.ID], err = further.build(first.ws.Beside(further.team())); err != nil {
			return nil, fmt.Errorf("workspace %q: %w", further.Team.Name, err)
		}
	}
	return first.ws, first.share(f, all)
}

// build fills one workspace.
func (f *File) build(ws *workspace.Workspace) (*builder, error) {
	b := &builder{ws: ws, users: map[string]string{}, bots: map[string]string{}}
	steps := []func(*File) error{
		b.addUsers, b.addBots, b.addApps, b.addConfiguration, b.addChannels, b.addDirects, b.addExtras, b.deactivate,
	}
	for _, step := range steps {
		if err := step(f); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (f *File) team() workspace.Team {
	t := f.Team
	if t.ID == "" {
		t.ID = "T0EMULATE1"
	}
	if t.Name == "" {
		t.Name = "Emulated"
	}
	if t.Domain == "" {
		t.Domain = "emulated"
	}
	icon := map[string]any{"image_default": t.Icon == ""}
	for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
		icon["image_"+size] = "https://a.slack-edge.com/80588/img/avatars-teams/ava_0001-" + size + ".png"
		if t.Icon != "" {
			icon["image_"+size], icon["image_original"] = t.Icon, t.Icon
		}
	}
	return workspace.Team{
		ID: t.ID, Name: t.Name, Domain: t.Domain, URL: "https://" + t.Domain + ".slack.com/", EmailDomain: t.Domain + ".example", Icon: icon,
	}
}

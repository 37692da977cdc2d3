package slackapp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Format is a notation in which Slack takes an app manifest.
type Format string

const (
	// YAML is what people paste into "Create an app from a manifest".
	YAML Format = "yaml"
	// JSON is what apps.manifest.create and apps.manifest.update take.
	JSON Format = "json"
)

// ErrOption is what every error about an Options value wraps.
var ErrOption = errors.New("not possible in a Slack app manifest")

// Options are the parts of the manifest that a workspace may choose.
type Options struct {
	// Name of the app as the workspace shows it, 35 characters at most.
	// Default "Matrix Bridge".
	Name string
	// BotName is the display name of the bot user, 80 characters at most.
	// Default: Name.
	BotName string
	// Description is one line, 140 characters at most.
	Description string
	// Format of the result. Default YAML.
	Format Format
}

// The manifest's shape and limits: Slack docs, "App manifest reference".
type manifest struct {
	Display  display  `json:"display_information" yaml:"display_information"`
	Features features `json:"features" yaml:"features"`
	OAuth    oauth    `json:"oauth_config" yaml:"oauth_config"`
	Settings settings `json:"settings" yaml:"settings"`
}

type display struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description" yaml:"description"`
	Background  string `json:"background_color" yaml:"background_color"`
}

type features struct {
	AppHome appHome `json:"app_home" yaml:"app_home"`
	BotUser botUser `json:"bot_user" yaml:"bot_user"`
	// Commands need the scope commands.
	Commands []slashCommand `json:"slash_commands" yaml:"slash_commands"`
}

// slashCommand has no address: with Socket Mode it comes over the socket.
type slashCommand struct {
	Command     string `json:"command" yaml:"command"`
	Description string `json:"description" yaml:"description"`
	Hint        string `json:"usage_hint" yaml:"usage_hint"`
	Escape      bool   `json:"should_escape" yaml:"should_escape"`
}

type appHome struct {
	HomeTab          bool `json:"home_tab_enabled" yaml:"home_tab_enabled"`
	MessagesTab      bool `json:"messages_tab_enabled" yaml:"messages_tab_enabled"`
	MessagesReadOnly bool `json:"messages_tab_read_only_enabled" yaml:"messages_tab_read_only_enabled"`
}

type botUser struct {
	DisplayName  string `json:"display_name" yaml:"display_name"`
	AlwaysOnline bool   `json:"always_online" yaml:"always_online"`
}

type oauth struct {
	Scopes struct {
		Bot []string `json:"bot" yaml:"bot"`
		// Optional are those of Bot that the person who installs the app can refuse.
		Optional []string `json:"bot_optional" yaml:"bot_optional"`
	} `json:"scopes" yaml:"scopes"`
}

type settings struct {
	Events struct {
		Bot []string `json:"bot_events" yaml:"bot_events"`
	} `json:"event_subscriptions" yaml:"event_subscriptions"`
	OrgDeploy     bool `json:"org_deploy_enabled" yaml:"org_deploy_enabled"`
	SocketMode    bool `json:"socket_mode_enabled" yaml:"socket_mode_enabled"`
	TokenRotation bool `json:"token_rotation_enabled" yaml:"token_rotation_enabled"`
}

// matrixCommand is the bridge's slash command.
func matrixCommand() slashCommand {
	return slashCommand{
		Command: "/matrix", Description: "Whether this channel is bridged to Matrix, and how the bridge is", Hint: "[status | help]",
	}
}

// Manifest returns the app manifest that asks for everything in the table. The
// error names each option that Slack would refuse.
func Manifest(opts Options) ([]byte, error) {
	opts = opts.withDefaults()
	if err := opts.check(); err != nil {
		return nil, err
	}
	m := build(opts)
	var out bytes.Buffer
	if opts.Format == JSON {
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(m); err != nil {
			return nil, fmt.Errorf("encoding the app manifest: %w", err)
		}
		return out.Bytes(), nil
	}
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(m), enc.Close()); err != nil {
		return nil, fmt.Errorf("encoding the app manifest: %w", err)
	}
	return out.Bytes(), nil
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "Matrix Bridge"
	}
	if o.BotName == "" {
		o.BotName = o.Name
	}
	if o.Description == "" {
		o.Description = "Carries messages between this workspace and Matrix."
	}
	if o.Format == "" {
		o.Format = YAML
	}
	return o
}

func (o Options) check() error {
	tooLong := func(what, value string, limit int) error {
		if n := utf8.RuneCountInString(value); n > limit {
			return fmt.Errorf("%s has %d characters, Slack takes %d: %w", what, n, limit, ErrOption)
		}
		return nil
	}
	var format error
	if o.Format != YAML && o.Format != JSON {
		format = fmt.Errorf("format %q is neither yaml nor json: %w", o.Format, ErrOption)
	}
	return errors.Join(
		tooLong("the app's name", o.Name, 35),
		tooLong("the bot's name", o.BotName, 80),
		tooLong("the description", o.Description, 140),
		format,
	)
}

func build(o Options) manifest {
	m := manifest{
		Display: display{Name: o.Name, Description: o.Description, Background: "#1a1d21"},
		Features: features{
			// With the messages tab off or read-only people cannot write to
			// the bot, and posts to such a conversation fail as messages_tab_disabled.
			AppHome:  appHome{MessagesTab: true},
			BotUser:  botUser{DisplayName: o.BotName, AlwaysOnline: true},
			Commands: []slashCommand{matrixCommand()},
		},
		Settings: settings{SocketMode: true},
	}
	for _, s := range Scopes() {
		if s.Token != BotToken {
			continue
		}
		m.OAuth.Scopes.Bot = append(m.OAuth.Scopes.Bot, s.Name)
		if s.Need != Required {
			m.OAuth.Scopes.Optional = append(m.OAuth.Scopes.Optional, s.Name)
		}
	}
	for _, e := range Events() {
		m.Settings.Events.Bot = append(m.Settings.Events.Bot, e.Name)
	}
	return m
}

package manifest

import (
	"encoding/json"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Problem is why Slack would refuse a manifest, with the place as a JSON pointer.
type Problem struct {
	Message string `json:"message"`
	Pointer string `json:"pointer"`
	Code    string `json:"code,omitempty"`
}

// Validate returns everything for which Slack would refuse a manifest in JSON: what does
// not fit its schema, and then the rules between its parts (Slack docs:
// apps.manifest.validate; those about scopes as seen in derive-to/derive#558 and
// gastownhall/gascity-packs#63).
func Validate(raw json.RawMessage) []Problem {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return []Problem{{Message: "the manifest is not JSON", Pointer: "", Code: "failed_constraint"}}
	}
	if problems := manifestShape.check(value, ""); len(problems) > 0 {
		return problems
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return []Problem{{Message: err.Error(), Code: "failed_constraint"}}
	}
	var out []Problem
	for _, rule := range []func(Manifest) []Problem{bots, optionals, commands, events, interactivity} {
		out = append(out, rule(m)...)
	}
	return out
}

func bots(m Manifest) []Problem {
	if len(m.OAuth.Scopes.Bot) > 0 && m.Features.BotUser.DisplayName == "" {
		return []Problem{{Message: "Bot scopes require a bot user", Pointer: "/features/bot_user", Code: "requires_bot_user"}}
	}
	return nil
}

// optionals: a scope that can be refused is asked for (Slack docs: app manifest reference).
func optionals(m Manifest) (out []Problem) {
	for _, scope := range m.OAuth.Scopes.Optional {
		if !slices.Contains(m.OAuth.Scopes.Bot, scope) {
			out = append(out, Problem{Message: "Optional scope `" + scope + "` must be among the bot scopes", Pointer: "/oauth_config/scopes/bot_optional", Code: "illegal_optional_scopes"})
		}
	}
	return out
}

func commands(m Manifest) (out []Problem) {
	if len(m.Features.Commands) > 0 && !slices.Contains(m.OAuth.Scopes.Bot, "commands") {
		out = append(out, Problem{Message: "Slash Commands requires `commands` bot scope", Pointer: "/features/slash_commands", Code: "requires_commands_bot_scope"})
	}
	for _, c := range m.Features.Commands {
		if c.URL == "" && !m.Settings.SocketMode {
			out = append(out, Problem{Message: "Slash Command requires either Request URL or Socket Mode Enabled", Pointer: "/features/slash_commands"})
		}
	}
	return out
}

func events(m Manifest) (out []Problem) {
	const pointer = "/settings/event_subscriptions"
	if len(m.Settings.Events.Bot) > 0 && m.Settings.Events.URL == "" && !m.Settings.SocketMode {
		out = append(out, Problem{Message: "Event Subscription requires either Request URL or Socket Mode Enabled", Pointer: pointer})
	}
	for _, event := range m.Settings.Events.Bot {
		scopes := workspace.ScopesOfEvent(event)
		if len(scopes) > 0 && !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(m.OAuth.Scopes.Bot, s) }) {
			out = append(out, Problem{
				Message: "Event Subscription to `" + event + "` requires bot scope `" + strings.Join(scopes, "` or `") + "`",
				Pointer: pointer + "/bot_events", Code: "requires_bot_scope",
			})
		}
	}
	return out
}

func interactivity(m Manifest) []Problem {
	if i := m.Settings.Interactivity; i.Enabled && i.URL == "" && !m.Settings.SocketMode {
		const pointer = "/settings/interactivity"
		return []Problem{{Message: "Interactivity requires a Request URL", Pointer: pointer}, {Message: "Interactivity requires Socket Mode enabled", Pointer: pointer}}
	}
	return nil
}

package slackapp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Existing is the manifest of an app as Slack has it, with keys that the bridge knows
// nothing about.
type Existing struct{ tree object }

// The places of a manifest that the tables are compared with.
var (
	botScopes      = []string{"oauth_config", "scopes", "bot"}
	optionalScopes = []string{"oauth_config", "scopes", "bot_optional"}
	userScopes     = []string{"oauth_config", "scopes", "user"}
	botEvents      = []string{"settings", "event_subscriptions", "bot_events"}
	userEvents     = []string{"settings", "event_subscriptions", "user_events"}
)

// ParseExisting reads a manifest, in JSON or in YAML.
func ParseExisting(text []byte) (Existing, error) {
	if !json.Valid(text) {
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			return Existing{}, fmt.Errorf("%w: it is neither JSON nor YAML", errShape)
		}
		converted, err := json.Marshal(value)
		if err != nil {
			return Existing{}, fmt.Errorf("%w: it has keys that are not texts", errShape)
		}
		text = converted
	}
	e := Existing{}
	if err := json.Unmarshal(text, &e.tree); err != nil || e.tree["display_information"] == nil {
		return Existing{}, fmt.Errorf("%w: it has no display_information", errShape)
	}
	return e, nil
}

// JSON returns the manifest. What nothing changed is as Slack wrote it.
func (e Existing) JSON() (json.RawMessage, error) { return encode(e.tree) }

// Name is the app's name.
func (e Existing) Name() string { return e.tree.text("display_information", "name") }

// Same says whether two manifests mean the same.
func (e Existing) Same(other Existing) bool { return reflect.DeepEqual(e.meaning(), other.meaning()) }

// meaning is the manifest without the order of its keys and the space between them.
func (e Existing) meaning() any {
	raw, err := e.JSON()
	if err != nil {
		return err
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return value
}

// Change is one thing that Complete changed.
type Change struct {
	// Path is where the manifest has it.
	Path string
	// Added is what a list got; for other values Was and Is are what changed.
	Added   string
	Was, Is string
	// Why says what it is for.
	Why string
}

// String is the change as a line of a difference.
func (c Change) String() string {
	if c.Added != "" {
		return c.Path + " + " + c.Added
	}
	return c.Path + " " + c.Was + " → " + c.Is
}

// Complete returns the manifest with all that the tables ask for, and what it changed.
// What others put there stays: nothing is taken out of a list.
func (e Existing) Complete() (Existing, []Change, error) {
	out := Existing{tree: maps.Clone(e.tree)}
	var changes []Change
	for _, step := range []func() ([]Change, error){out.addBotUser, out.addCommand, out.addScopes, out.addEvents, out.changeSettings} {
		changed, err := step()
		if err != nil {
			return Existing{}, nil, err
		}
		changes = append(changes, changed...)
	}
	return out, changes, nil
}

// addBotUser gives the app a bot under the app's name.
func (e Existing) addBotUser() ([]Change, error) {
	path := strings.Split(botUserPath, ".")
	bot, err := e.tree.in(path...)
	if err != nil || len(bot) > 0 {
		return nil, err
	}
	made := botUser{DisplayName: e.Name(), AlwaysOnline: true}
	return []Change{{Path: botUserPath, Was: "none", Is: made.DisplayName, Why: "the bot"}}, e.tree.set(made, path...)
}

// addCommand adds the bridge's slash command after those that are there.
func (e Existing) addCommand() ([]Change, error) {
	features, err := e.tree.in("features")
	if err != nil {
		return nil, err
	}
	ours := matrixCommand()
	var all []any
	if raw := features[commandsKey]; raw != nil {
		var commands []json.RawMessage // as they are, with what is not known here
		if err := json.Unmarshal(raw, &commands); err != nil {
			return nil, fmt.Errorf("features.%s: %w", commandsKey, err)
		}
		for _, command := range commands {
			var known object
			if json.Unmarshal(command, &known) == nil && known.text("command") == ours.Command {
				return nil, nil
			}
			all = append(all, command)
		}
	}
	change := Change{Path: "features." + commandsKey, Added: ours.Command, Why: "telling people in Slack how the bridge is"}
	return []Change{change}, e.tree.set(append(all, ours), "features", commandsKey)
}

const commandsKey = "slash_commands"

// addScopes adds the scopes that are missing, those that can be refused as such.
func (e Existing) addScopes() ([]Change, error) {
	scopes, err := e.tree.list(botScopes...)
	if err != nil {
		return nil, err
	}
	optional, err := e.tree.list(optionalScopes...)
	if err != nil {
		return nil, err
	}
	var changes []Change
	refusable := len(optional)
	for _, row := range Scopes() {
		if row.Token != BotToken || slices.Contains(scopes, row.Name) {
			continue
		}
		scopes = append(scopes, row.Name)
		if row.Need != Required && !slices.Contains(optional, row.Name) {
			optional = append(optional, row.Name)
		}
		changes = append(changes, Change{Path: strings.Join(botScopes, "."), Added: row.Name, Why: row.Reason})
	}
	if len(changes) == 0 {
		return nil, nil
	}
	if err := e.tree.set(scopes, botScopes...); err != nil {
		return nil, err
	}
	if len(optional) > refusable {
		err = e.tree.set(optional, optionalScopes...)
	}
	return changes, err
}

// addEvents adds the subscriptions that are missing.
func (e Existing) addEvents() ([]Change, error) {
	events, err := e.tree.list(botEvents...)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, row := range Events() {
		if !slices.Contains(events, row.Name) {
			events = append(events, row.Name)
			changes = append(changes, Change{Path: strings.Join(botEvents, "."), Added: row.Name, Why: row.Reason})
		}
	}
	if len(changes) == 0 {
		return nil, nil
	}
	return changes, e.tree.set(events, botEvents...)
}

// changeSettings switches what is not as the bridge needs it. What Slack does not switch
// back is left for Findings to name.
func (e Existing) changeSettings() ([]Change, error) {
	var changes []Change
	for _, row := range Settings() {
		path := strings.Split(row.Path, ".")
		is, there, err := e.tree.flag(path...)
		if err != nil {
			return nil, err
		}
		if is == row.On || row.Final {
			continue
		}
		if err := e.tree.set(row.On, path...); err != nil {
			return nil, err
		}
		changes = append(changes, Change{Path: row.Path, Was: word(is, there), Is: word(row.On, true), Why: row.Reason})
	}
	return changes, nil
}

func word(on, there bool) string {
	switch {
	case !there:
		return "none"
	case on:
		return "true"
	default:
		return "false"
	}
}

// TakesRequestsByHTTP says whether events, commands or interactivity of the app go to an
// address of their own: with Socket Mode on, they go to its sockets instead.
func (e Existing) TakesRequestsByHTTP() bool {
	if e.tree.text("settings", "event_subscriptions", "request_url") != "" || e.tree.text("settings", "interactivity", "request_url") != "" {
		return true
	}
	features, err := e.tree.in("features")
	var commands []object
	if err != nil || json.Unmarshal(features[commandsKey], &commands) != nil {
		return false
	}
	return slices.ContainsFunc(commands, func(command object) bool { return command.text("url") != "" })
}

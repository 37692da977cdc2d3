package slackapp

import (
	"slices"
	"strings"
)

// Verdict says in what an app differs from what the bridge asks for.
type Verdict string

// The verdicts.
const (
	// Lacks: the bridge asks for it, and the app does not have it.
	Lacks Verdict = "lacks"
	// Wrong: a setting is not as the bridge needs it.
	Wrong Verdict = "wrong"
	// TooMuch: the app has it, and the bridge has no use for it.
	TooMuch Verdict = "too much"
)

// Finding is one difference between an app and what the bridge asks for.
type Finding struct {
	Verdict Verdict `json:"verdict"`
	// Kind is "scope", "event", "setting", "user scope" or "user event".
	Kind string `json:"kind"`
	// Name as the manifest has it.
	Name string `json:"name"`
	// Need is the word for what the bridge loses, "" for what is too much.
	Need string `json:"need,omitempty"`
	// For is what it is for, Without what does not work.
	For     string `json:"for,omitempty"`
	Without string `json:"without,omitempty"`
}

// Blocks says whether the bridge cannot do its work because of the finding.
func (f Finding) Blocks() bool { return f.Need == Required.String() }

// Findings compares the app with the tables: what it lacks, required things first, then
// what is wrong, then what is too much.
func (e Existing) Findings() ([]Finding, error) {
	lists := map[string][]string{}
	for kind, path := range map[string][]string{"scope": botScopes, "event": botEvents, "user scope": userScopes, "user event": userEvents} {
		names, err := e.tree.list(path...)
		if err != nil {
			return nil, err
		}
		lists[kind] = names
	}
	out := lacking(lists["scope"], lists["event"])
	slices.SortStableFunc(out, func(a, b Finding) int { return rank(a) - rank(b) })
	wrong, err := e.wrong()
	if err != nil {
		return nil, err
	}
	out = append(out, wrong...)
	for _, kind := range []string{"scope", "event", "user scope", "user event"} {
		for _, name := range lists[kind] {
			if !asked(kind, name) {
				out = append(out, Finding{Verdict: TooMuch, Kind: kind, Name: name})
			}
		}
	}
	return out, nil
}

func lacking(scopes, events []string) (out []Finding) {
	for _, row := range Scopes() {
		if row.Token == BotToken && !slices.Contains(scopes, row.Name) {
			out = append(out, Finding{Lacks, "scope", row.Name, row.Need.String(), row.Reason, row.Lost})
		}
	}
	for _, row := range Events() {
		if !slices.Contains(events, row.Name) {
			out = append(out, Finding{Lacks, "event", row.Name, row.Need.String(), row.Reason, row.Lost})
		}
	}
	return out
}

// rank orders what is lacking by what is lost.
func rank(f Finding) int {
	return slices.Index([]string{Required.String(), Optional.String()}, f.Need)
}

func (e Existing) wrong() (out []Finding, err error) {
	bot, err := e.tree.in(strings.Split(botUserPath, ".")...)
	if err != nil {
		return nil, err
	}
	if len(bot) == 0 {
		out = append(out, Finding{Wrong, "setting", botUserPath, Required.String(), "the bot", "the app has no bot token"})
	}
	for _, row := range Settings() {
		is, _, err := e.tree.flag(strings.Split(row.Path, ".")...)
		if err != nil {
			return nil, err
		}
		if is != row.On {
			out = append(out, Finding{Wrong, "setting", row.Path, row.Need.String(), row.Reason, row.Lost})
		}
	}
	return out, nil
}

// asked says whether the tables have a name.
func asked(kind, name string) bool {
	switch kind {
	case "scope":
		row, found := LookupScope(name)
		return found && row.Token == BotToken
	case "event":
		_, found := LookupEvent(name)
		return found
	default:
		return false
	}
}

// Unusable returns the settings that Slack does not change back: an app that has one is of
// no use to the bridge.
func (e Existing) Unusable() ([]Setting, error) {
	var out []Setting
	for _, row := range Settings() {
		is, _, err := e.tree.flag(strings.Split(row.Path, ".")...)
		if err != nil {
			return nil, err
		}
		if row.Final && is != row.On {
			out = append(out, row)
		}
	}
	return out, nil
}

package workspace

import (
	"maps"
	"slices"
	"time"
)

// configurationLives is how long a configuration token works (Slack docs: managing
// configuration tokens).
const configurationLives = 12 * time.Hour

// Configuration is a person's pair of tokens for the manifests of apps.
type Configuration struct {
	User, Token, Refresh string
	Issued, Expires      int64
}

// IssueConfiguration gives a person a new pair; empty values are made up.
func (w *Workspace) IssueConfiguration(user, token, refresh string) Configuration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.issueConfiguration(user, token, refresh)
}

func (w *Workspace) issueConfiguration(user, token, refresh string) Configuration {
	if token == "" {
		token = "xoxe" + ".xoxp-1-" + random(40)
	}
	if refresh == "" {
		refresh = "xoxe" + "-1-" + random(40)
	}
	c := Configuration{User: user, Token: token, Refresh: refresh, Issued: w.now(), Expires: w.now() + int64(configurationLives.Seconds())}
	w.tokens[token] = &Token{
		Value: token, Kind: ConfigurationToken, User: user, Expires: c.Expires, Scopes: []string{"app_configurations:read", "app_configurations:write"},
	}
	w.refresh[refresh] = user
	return c
}

// RotateConfiguration spends a refresh token for a new pair. The old token works until it
// expires.
func (w *Workspace) RotateConfiguration(refresh string) (Configuration, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	user, ok := w.refresh[refresh]
	if !ok {
		return Configuration{}, Fail("invalid_refresh_token")
	}
	delete(w.refresh, refresh)
	return w.issueConfiguration(user, "", ""), nil
}

// RefreshTokens returns the refresh tokens that are not spent, by user, for the file that
// the program writes.
func (w *Workspace) RefreshTokens() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]string{}
	for _, token := range slices.Sorted(maps.Keys(w.refresh)) {
		out[w.refresh[token]] = token
	}
	return out
}

// RevokeToken takes one token back.
func (w *Workspace) RevokeToken(value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.tokens[value]; t != nil {
		t.Revoked = "token_revoked"
	}
}

// Configurable returns an app by its id if a person may change its manifest.
func (w *Workspace) Configurable(id, user string) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.apps[id]
	switch {
	case app == nil:
		return App{}, Fail("app_not_found")
	case len(app.Collaborators) > 0 && !slices.Contains(app.Collaborators, user):
		return App{}, Fail("no_permission")
	}
	return app.clone(), nil
}

// CreateApp adds an app of a person's that is not installed. It is granted nothing before
// Reinstall.
func (w *Workspace) CreateApp(n NewApp, user string) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n.Collaborators = []string{user}
	n.ClientID, n.ClientSecret = digits()+"."+digits(), random(16)
	n.Requested, n.Scopes = n.Scopes, nil
	if n.Requested == nil {
		n.Requested = []string{}
	}
	app, err := w.addApp(n)
	if err != nil {
		return App{}, err
	}
	return app.clone(), nil
}

// ConfigureApp replaces what an app's manifest says. Scopes count at the next installation;
// changed says whether others are asked for than before.
func (w *Workspace) ConfigureApp(id string, n NewApp) (changed bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.apps[id]
	if app == nil {
		return false, Fail("app_not_found")
	}
	before := app.Scopes
	if app.Requested != nil {
		before = app.Requested
	}
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	changed = !slices.Equal(sorted(before), sorted(n.Scopes))
	app.Requested = nil
	if !app.Installed || !slices.Equal(sorted(app.Scopes), sorted(n.Scopes)) {
		app.Requested = append([]string{}, n.Scopes...)
	}
	app.Name, app.Events, app.MetadataSubscriptions, app.Commands = n.Name, n.Events, n.MetadataSubscriptions, n.Commands
	app.SocketMode, app.MessagesTab, app.HomeTab, app.Manifest = n.SocketMode, n.MessagesTab, n.HomeTab, n.Manifest
	if app.BotUser == "" {
		app.botName = n.BotName
	}
	return changed, nil
}

// ScopesOfEvent returns the scopes of which a subscription needs any.
func ScopesOfEvent(subscription string) []string {
	switch subscription {
	case "member_joined_channel":
		return []string{readScopes[Public], readScopes[Private], readScopes[MPIM]}
	case "member_left_channel":
		return []string{readScopes[Public], readScopes[Private]}
	}
	return eventScopes[subscription]
}

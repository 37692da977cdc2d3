package workspace

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
)

// NewApp is an app to be installed. Empty ids and token values are made up.
type NewApp struct {
	App
	// BotName is the bot user's name, Icons the bot's icons by size (image_36 …).
	BotName  string
	Icons    map[string]string
	BotToken string
	AppToken string
	// AppTokenScopes are the app-level token's own.
	AppTokenScopes []string
}

// Install adds an app with its bot user, bot and tokens.
func (w *Workspace) Install(n NewApp) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	app, err := w.addApp(n)
	if err != nil {
		return App{}, err
	}
	if err := w.addBotOf(app); err != nil {
		return App{}, err
	}
	app.Installed = true
	w.issue(app, BotToken, n.BotToken, app.Scopes)
	w.issue(app, AppToken, n.AppToken, n.AppTokenScopes)
	return app.clone(), nil
}

// addApp adds an app that is not installed.
func (w *Workspace) addApp(n NewApp) (*App, error) {
	app := n.App
	if app.ID == "" {
		app.ID = w.id("A")
	}
	if w.taken(app.ID) {
		return nil, Fail("id_taken", app.ID)
	}
	app.botName, app.icons, app.levelScopes = n.BotName, n.Icons, n.AppTokenScopes
	w.apps[app.ID] = &app
	w.appOrder = append(w.appOrder, app.ID)
	return &app, nil
}

// addBotOf gives an app its bot and the bot's user.
func (w *Workspace) addBotOf(app *App) error {
	u, err := w.addUser(NewUser{ID: app.BotUser, Name: app.botName, RealName: app.Name})
	if err != nil {
		return fmt.Errorf("add the bot user of app %s: %w", app.Name, err)
	}
	if app.BotID == "" {
		app.BotID = w.id("B")
	}
	app.BotUser = u.ID
	u.IsBot, u.Profile.BotID, u.Profile.APIAppID = true, app.BotID, app.ID
	w.bots[app.BotID] = &Bot{ID: app.BotID, Name: app.Name, Updated: w.now(), AppID: app.ID, UserID: u.ID, Icons: botIcons(app.icons)}
	return nil
}

func botIcons(icons map[string]string) map[string]string {
	if len(icons) > 0 {
		return icons
	}
	out := map[string]string{}
	for _, size := range []string{"36", "48", "72"} {
		out["image_"+size] = "https://a.slack-edge.com/80588/img/plugins/app/bot_" + size + ".png"
	}
	return out
}

// AddBot adds a bot without an app of ours, such as an incoming webhook.
func (w *Workspace) AddBot(b Bot) Bot {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.ID == "" {
		b.ID = w.id("B")
	}
	b.Updated, b.Icons = w.now(), botIcons(b.Icons)
	w.bots[b.ID] = &b
	return b
}

// issue gives an app a token; an empty value is made up in Slack's form.
func (w *Workspace) issue(app *App, kind TokenKind, value string, scopes []string) {
	if value == "" {
		value = newToken(app.ID, kind)
	}
	w.tokens[value] = &Token{Value: value, Kind: kind, App: app.ID, Scopes: slices.Clone(scopes)}
}

func newToken(app string, kind TokenKind) string {
	if kind == AppToken {
		return "xapp" + "-1-" + app + "-" + digits() + "-" + random(32)
	}
	return "xoxb" + "-" + digits() + "-" + digits() + "-" + random(12)
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

func digits() string {
	b := make([]byte, 13)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = '0' + b[i]%10
	}
	return string(b)
}

// Tokens returns an app's tokens that work, for the file that the program
// writes.
func (w *Workspace) Tokens(app string) (bot, appLevel string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tokens {
		switch {
		case t.App != app || t.Revoked != "":
		case t.Kind == BotToken:
			bot = t.Value
		case t.Kind == AppToken:
			appLevel = t.Value
		}
	}
	return bot, appLevel
}

// Lookup returns the token of a value.
func (w *Workspace) Lookup(value string) (Token, App, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tokens[value]
	if t == nil {
		return Token{}, App{}, false
	}
	app := w.apps[t.App]
	out := *t
	if app == nil {
		return out, App{}, true
	}
	if t.Kind == BotToken {
		out.Scopes = slices.Clone(app.Scopes)
	}
	return out, app.clone(), true
}

// Apps returns the apps in the order of installation.
func (w *Workspace) Apps() []App {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]App, len(w.appOrder))
	for i, id := range w.appOrder {
		out[i] = w.apps[id].clone()
	}
	return out
}

// FindApp returns an app by id or name; "" is the first.
func (w *Workspace) FindApp(ref string) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if app := w.app(ref); app != nil {
		return app.clone(), nil
	}
	return App{}, Fail("app_not_found")
}

func (w *Workspace) app(ref string) *App {
	for _, id := range w.appOrder {
		if app := w.apps[id]; ref == "" || app.ID == ref || app.Name == ref {
			return app
		}
	}
	return nil
}

// AppOf returns the installed app that has a slash command.
func (w *Workspace) AppOf(command string) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range w.appOrder {
		if app := w.apps[id]; app.Installed && app.HasScope("commands") && slices.Contains(app.Commands, command) {
			return app.clone(), nil
		}
	}
	return App{}, Fail("unknown_command", command)
}

// ActorOf is the actor of an app's bot.
func ActorOf(app App) Actor { return Actor{User: app.BotUser, Bot: app.BotID, App: app.ID} }

// ChangeApp changes an app as its settings page would.
func (w *Workspace) ChangeApp(ref string, change func(*App)) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil {
		return App{}, Fail("app_not_found")
	}
	change(app)
	return app.clone(), nil
}

// Revoke takes an app's tokens of one kind back and raises tokens_revoked for a
// bot's. Their use is refused with code.
func (w *Workspace) Revoke(ref string, kind TokenKind, code string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil {
		return Fail("app_not_found")
	}
	w.revoke(app, kind, code)
	return nil
}

func (w *Workspace) revoke(app *App, kind TokenKind, code string) {
	for _, t := range w.tokens {
		if t.App == app.ID && t.Kind == kind && t.Revoked == "" {
			t.Revoked = code
		}
	}
	if kind == BotToken {
		w.emit(Event{Type: "tokens_revoked", only: []string{app.BotUser}, Body: map[string]any{
			"tokens": map[string]any{"oauth": []string{}, "bot": []string{app.BotUser}}, "event_ts": w.wallTS(),
		}})
	}
}

// Replace revokes an app's tokens of one kind and issues a new one.
func (w *Workspace) Replace(ref string, kind TokenKind, value string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil {
		return Fail("app_not_found")
	}
	if t := w.tokens[value]; value != "" && t != nil {
		return Fail("token_taken")
	}
	scopes := slices.Clone(app.Scopes)
	for _, t := range w.tokens {
		if t.App == app.ID && t.Kind == kind {
			scopes = t.Scopes
			if t.Revoked == "" {
				t.Revoked = "token_revoked"
			}
		}
	}
	w.issue(app, kind, value, scopes)
	return nil
}

// Uninstall takes an app out of the workspace: its bot leaves every channel, its
// bot token is dead, app_uninstalled and tokens_revoked are raised.
func (w *Workspace) Uninstall(ref string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil || !app.Installed {
		return Fail("app_not_found")
	}
	w.uninstall(app)
	return nil
}

func (w *Workspace) uninstall(app *App) {
	app.Installed = false
	w.revoke(app, BotToken, "account_inactive")
	w.emit(Event{Type: "app_uninstalled", only: []string{app.BotUser}, Body: map[string]any{"event_ts": w.wallTS()}})
	w.deactivate(app)
}

// DeleteApp removes an app for good. One that is installed leaves the workspace first.
func (w *Workspace) DeleteApp(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.apps[id]
	if app == nil {
		return Fail("app_not_found")
	}
	if app.Installed {
		w.uninstall(app)
	}
	w.revoke(app, AppToken, "account_inactive")
	delete(w.apps, id)
	w.appOrder = slices.DeleteFunc(w.appOrder, func(other string) bool { return other == id })
	return nil
}

// RevokeBot revokes an app's bot token as the app itself may: its bot leaves every channel and
// the app stays installed (Slack docs: auth.revoke).
func (w *Workspace) RevokeBot(ref string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil {
		return Fail("app_not_found")
	}
	w.revoke(app, BotToken, "token_revoked")
	w.deactivate(app)
	return nil
}

// deactivate takes an app's bot out of every channel.
func (w *Workspace) deactivate(app *App) {
	w.users[app.BotUser].Deleted = true
	w.bots[app.BotID].Deleted = true
	for _, c := range w.channels {
		if c.Kind != IM {
			c.setMembers(without(c.Members, app.BotUser))
		}
	}
}

// Reinstall installs an app, or installs it again: it is granted what its manifest asks
// for since. A bot token that works stays, as Slack keeps it; a dead one is followed by a
// new one, and so is any when botToken names its successor.
func (w *Workspace) Reinstall(ref, botToken string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(ref)
	if app == nil {
		return Fail("app_not_found")
	}
	if app.BotUser == "" {
		if err := w.addBotOf(app); err != nil {
			return err
		}
		w.issue(app, AppToken, "", app.levelScopes)
	}
	if app.Requested != nil {
		app.Scopes, app.Requested = app.Requested, nil
	}
	app.Installed = true
	w.users[app.BotUser].Deleted = false
	w.bots[app.BotID].Deleted = false
	stays := false
	for _, t := range w.tokens {
		if t.App == app.ID && t.Kind == BotToken && t.Revoked == "" {
			if stays = botToken == "" || botToken == t.Value; !stays {
				t.Revoked = "token_revoked"
			}
		}
	}
	if !stays {
		w.issue(app, BotToken, botToken, app.Scopes)
	}
	return nil
}

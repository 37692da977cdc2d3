package controlapi

import (
	"errors"
	"net/http"
	"slices"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/manifest"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) appRoutes() {
	verb(a, "/apps/change", a.changeApp)
	verb(a, "/apps/revoke", a.revoke)
	verb(a, "/apps/replace", a.replace)
	verb(a, "/apps/uninstall", func(r control.AppRequest) (any, error) { return nil, a.changed(a.Workspace.Uninstall(r.App)) })
	verb(a, "/apps/reinstall", func(r control.TokenRequest) (any, error) {
		return nil, a.changed(a.Workspace.Reinstall(r.App, r.Value))
	})
}

// changed tells that tokens changed.
func (a *API) changed(err error) error {
	if err == nil && a.TokensChanged != nil {
		a.TokensChanged()
	}
	return err
}

// changeApp changes what the app's manifest says. Socket Mode that is switched
// off ends the app's sockets with link_disabled.
func (a *API) changeApp(r control.AppRequest) (any, error) {
	var broken error
	app, err := a.Workspace.ChangeApp(r.App, func(x *workspace.App) {
		x.Scopes = change(x.Scopes, r.AddScopes, r.RemoveScopes)
		x.Events = change(x.Events, r.AddEvents, r.RemoveEvents)
		x.Commands = change(x.Commands, r.AddCommands, nil)
		if r.SocketMode != nil {
			x.SocketMode = *r.SocketMode
		}
		if r.MessagesTab != nil {
			x.MessagesTab = *r.MessagesTab
		}
		for _, event := range r.MetadataEvents {
			x.MetadataSubscriptions = append(x.MetadataSubscriptions, workspace.MetadataSubscription{AppID: x.ID, EventType: event})
		}
		x.Manifest, broken = manifest.Reflect(*x, func(asked []string) []string { return change(asked, r.AddScopes, r.RemoveScopes) })
	})
	if err := errors.Join(err, broken); err != nil {
		return nil, err
	}
	if r.SocketMode != nil && !*r.SocketMode && a.hasSockets(app.ID) {
		if err := a.Hub.Disconnect(app.ID, "", "link_disabled"); err != nil {
			return nil, err
		}
	}
	return app, nil
}

func change(list, add, remove []string) []string {
	out := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(remove, s) })
	for _, s := range add {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (a *API) revoke(r control.TokenRequest) (any, error) {
	if r.Code == "" {
		r.Code = "token_revoked"
	}
	if r.Kind != workspace.BotToken && r.Kind != workspace.AppToken {
		return nil, workspace.Fail("invalid_arguments", "kind must be bot or app")
	}
	if err := a.changed(a.Workspace.Revoke(r.App, r.Kind, r.Code)); err != nil {
		return nil, err
	}
	return nil, a.unlink(r)
}

func (a *API) replace(r control.TokenRequest) (any, error) {
	if r.Kind != workspace.BotToken && r.Kind != workspace.AppToken {
		return nil, workspace.Fail("invalid_arguments", "kind must be bot or app")
	}
	if err := a.changed(a.Workspace.Replace(r.App, r.Kind, r.Value)); err != nil {
		return nil, err
	}
	return nil, a.unlink(r)
}

// unlink ends the sockets that were opened with an app-level token that is
// dead.
func (a *API) unlink(r control.TokenRequest) error {
	app, err := a.Workspace.FindApp(r.App)
	if err != nil || r.Kind != workspace.AppToken || !a.hasSockets(app.ID) {
		return err
	}
	return a.Hub.Disconnect(app.ID, "", "link_disabled")
}

func (a *API) switches(*http.Request) (any, error) {
	return control.Switches{Web: a.Web.Switches(), Socket: a.Hub.Switches(), Quirks: a.Workspace.Quirks()}, nil
}

func (a *API) hasSockets(app string) bool {
	return slices.ContainsFunc(a.Hub.Sockets(), func(s socket.Info) bool { return s.App == app })
}

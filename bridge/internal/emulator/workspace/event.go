package workspace

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
)

// Event is something that happened in the workspace, before it is decided who may
// hear of it.
type Event struct {
	Type string `json:"type"`
	// Channel is the conversation it belongs to, "" for the workspace.
	Channel string `json:"channel,omitempty"`
	// Body is the whole inner event.
	Body map[string]any `json:"body"`
	// subscription is the name under which a manifest subscribes to it.
	subscription string
	// scopes of which an app needs any.
	scopes []string
	// everyone: apps hear of it without being members.
	everyone bool
	// only, if set, names the users whose apps hear of it; also adds users to the
	// members.
	only, also []string
	// from is the workspace of the one who did it, if another's apps hear of it.
	from string
}

// Delivery is an event on its way to one app.
type Delivery struct {
	App     string
	EventID string
	Type    string
	Channel string
	// Callback is the whole event_callback payload.
	Callback json.RawMessage
}

// eventScopes are the scopes of which a subscription needs any (Slack docs: the
// pages of the event types). Events that need none are absent; those whose scope
// depends on the conversation are in scopesFor.
var eventScopes = map[string][]string{
	"app_mention":    {"app_mentions:read"},
	"reaction_added": {"reactions:read"}, "reaction_removed": {"reactions:read"},
	"pin_added": {"pins:read"}, "pin_removed": {"pins:read"},
	"user_change": {"users:read"}, "user_profile_changed": {"users:read"}, "user_status_changed": {"users:read"},
	"team_join": {"users:read"}, "team_rename": {"team:read"}, "team_domain_change": {"team:read"},
	"emoji_changed":   {"emoji:read"},
	"subteam_created": {"usergroups:read"}, "subteam_updated": {"usergroups:read"},
	"subteam_members_changed": {"usergroups:read"}, "subteam_self_added": {"usergroups:read"}, "subteam_self_removed": {"usergroups:read"},
	"channel_created": {"channels:read"}, "channel_rename": {"channels:read"}, "channel_archive": {"channels:read"},
	"channel_unarchive": {"channels:read"}, "channel_deleted": {"channels:read"}, "channel_left": {"channels:read"},
	"group_rename": {"groups:read"}, "group_archive": {"groups:read"}, "group_unarchive": {"groups:read"},
	"group_deleted": {"groups:read"}, "group_left": {"groups:read"}, "group_open": {"groups:read"}, "group_close": {"groups:read"},
	"im_created": {"im:read"}, "im_open": {"im:read"}, "im_close": {"im:read"},
	"file_created": {"files:read"}, "file_shared": {"files:read"}, "file_public": {"files:read"}, "file_change": {"files:read"},
	"file_unshared": {"files:read"}, "file_deleted": {"files:read"},
	"message.channels": {"channels:history"}, "message.groups": {"groups:history"},
	"message.im": {"im:history"}, "message.mpim": {"mpim:history"},
	"message_metadata_posted": {"metadata.message:read"}, "message_metadata_updated": {"metadata.message:read"},
	"message_metadata_deleted": {"metadata.message:read"},
}

// readScopes are the scopes that show a conversation of a kind.
var readScopes = map[Kind]string{Public: "channels:read", Private: "groups:read", MPIM: "mpim:read", IM: "im:read"}

// messageEvents are the subscriptions that carry a kind's messages.
var messageEvents = map[Kind]string{Public: "message.channels", Private: "message.groups", MPIM: "message.mpim", IM: "message.im"}

// emit announces an event, in every workspace that shares its channel.
func (w *Workspace) emit(e Event) {
	c := w.channels[e.Channel]
	if c == nil || !c.shared() {
		w.raise(e)
		return
	}
	e.from = w.team.ID
	for _, s := range c.sides {
		s.ws.raise(e.onSide(s.c))
	}
}

// raise announces an event in one workspace: to the observers whole, to each app that may
// hear of it in its own form.
func (w *Workspace) raise(e Event) {
	if e.Body == nil {
		e.Body = map[string]any{}
	}
	e.Body["type"] = e.Type
	if e.subscription == "" {
		e.subscription = e.Type
	}
	if e.scopes == nil {
		e.scopes = eventScopes[e.subscription]
	}
	if e.subscription == "member_joined_channel" || e.subscription == "member_left_channel" {
		if c := w.channels[e.Channel]; c != nil {
			e.scopes = []string{readScopes[c.Kind]}
		}
	}
	for _, observe := range w.observers {
		observe(e)
	}
	for _, id := range w.appOrder {
		if app := w.apps[id]; w.hears(app, e) {
			w.deliver(app, e)
		}
	}
}

// hears says whether an app gets an event: installed, subscribed, permitted and
// there.
func (w *Workspace) hears(app *App, e Event) bool {
	if !app.Subscribes(e.subscription) || !app.HasScope(e.scopes...) {
		return false
	}
	if e.Type == "app_uninstalled" || e.Type == "tokens_revoked" {
		return slices.Contains(e.only, app.BotUser)
	}
	switch {
	case !app.Installed:
		return false
	case e.only != nil:
		return slices.Contains(e.only, app.BotUser)
	case e.Channel == "" || e.everyone:
		return true
	}
	c := w.channels[e.Channel]
	return slices.Contains(e.also, app.BotUser) || (c != nil && slices.Contains(c.Members, app.BotUser))
}

// deliver hands an event to the receivers in the form that the app gets.
func (w *Workspace) deliver(app *App, e Event) {
	body := w.forApp(app, e.Body)
	w.nextID++
	eventID := "Ev" + w.id("0")[1:]
	context, _ := json.Marshal(map[string]string{"et": e.Type, "tid": w.team.ID, "aid": app.ID, "cid": e.Channel})
	c := w.channels[e.Channel]
	callback, err := json.Marshal(map[string]any{
		"token": "emulator-verification", "team_id": cmp.Or(e.from, w.team.ID), "context_team_id": w.team.ID, "context_enterprise_id": nil,
		"api_app_id": app.ID, "event": body, "type": "event_callback", "event_id": eventID, "event_time": w.now(),
		"authorizations": []any{w.authorization(app)}, "is_ext_shared_channel": c != nil && c.shared(),
		"event_context": "4-" + base64.RawURLEncoding.EncodeToString(context),
	})
	if err != nil {
		return // maps of strings, numbers and valid raw JSON always encode
	}
	d := Delivery{App: app.ID, EventID: eventID, Type: e.Type, Channel: e.Channel, Callback: callback}
	for _, receive := range w.receivers {
		receive(d)
	}
}

func (w *Workspace) authorization(app *App) map[string]any {
	return map[string]any{
		"enterprise_id": nil, "team_id": w.team.ID, "user_id": app.BotUser, "is_bot": true, "is_enterprise_install": false,
	}
}

// forApp strips the metadata payloads that the app has not subscribed to: in
// events only event_type stays (Slack docs: message metadata, metadata events). Of the
// files of shared channels little stays too.
func (w *Workspace) forApp(app *App, body map[string]any) map[string]any {
	out := maps.Clone(body)
	for _, key := range []string{"message", "previous_message", "root", "item"} {
		if inner, ok := out[key].(map[string]any); ok {
			out[key] = w.forApp(app, inner)
		}
	}
	if files, ok := out["files"].([]any); ok {
		out["files"] = w.thinned(files)
	}
	meta, ok := out["metadata"].(map[string]any)
	if !ok {
		return out
	}
	owner, _ := out["app_id"].(string)
	kind, _ := meta["event_type"].(string)
	for _, s := range app.MetadataSubscriptions {
		if s.EventType == kind && s.AppID == owner {
			return out
		}
	}
	out["metadata"] = map[string]any{"event_type": kind}
	return out
}

// fieldsOf renders a message as a JSON object.
func fieldsOf(m *Message) map[string]any {
	raw, err := json.Marshal(m)
	if err != nil {
		return map[string]any{"type": "message", "ts": m.TS}
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return map[string]any{"type": "message", "ts": m.TS}
	}
	return fields
}

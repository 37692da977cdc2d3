package controlapi

import (
	"net/http"
	"net/url"
	"strconv"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/emoji"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) readRoutes() {
	view(a, "/state", a.state)
	view(a, "/users/{user}", func(r *http.Request) (any, error) { return ptr(a.Workspace.FindUser(r.PathValue("user"))) })
	view(a, "/channels/{channel}", func(r *http.Request) (any, error) {
		return ptr(a.Workspace.FindConversation(r.PathValue("channel")))
	})
	view(a, "/channels/{channel}/messages", a.messages)
	view(a, "/channels/{channel}/messages/{ts}", a.message)
	view(a, "/channels/{channel}/threads/{ts}", a.thread)
	view(a, "/users/{user}/ephemerals", a.ephemerals)
	view(a, "/emoji/standard", func(*http.Request) (any, error) { return emoji.All(), nil })
	view(a, "/calls", a.calls)
	view(a, "/sockets", func(*http.Request) (any, error) { return a.Hub.Sockets(), nil })
	view(a, "/deliveries", a.deliveries)
	view(a, "/deliveries/summary", a.summary)
}

func (a *API) state(*http.Request) (any, error) {
	return control.State{
		Team: a.Workspace.Team(), Users: a.Workspace.Users(), Channels: a.Workspace.Conversations(), Apps: a.Workspace.Apps(),
		Emoji: a.Workspace.Emoji(), UserGroups: a.Workspace.UserGroups(), Sockets: a.Hub.Sockets(),
	}, nil
}

func (a *API) messages(r *http.Request) (any, error) {
	ch, err := a.Workspace.FindConversation(r.PathValue("channel"))
	if err != nil {
		return nil, err
	}
	all, err := a.Workspace.All(ch.ID)
	if all == nil {
		all = []workspace.Message{}
	}
	return ptr(all, err)
}

func (a *API) message(r *http.Request) (any, error) {
	ch, err := a.Workspace.FindConversation(r.PathValue("channel"))
	if err != nil {
		return nil, err
	}
	return ptr(a.Workspace.Message(ch.ID, r.PathValue("ts")))
}

func (a *API) thread(r *http.Request) (any, error) {
	ch, err := a.Workspace.FindConversation(r.PathValue("channel"))
	if err != nil {
		return nil, err
	}
	parent, replies, err := a.Workspace.Thread(ch.ID, r.PathValue("ts"), workspace.Span{})
	return ptr(append([]workspace.Message{parent}, replies...), err)
}

// ephemerals lists what a person alone was shown.
func (a *API) ephemerals(r *http.Request) (any, error) {
	u, err := a.Workspace.FindUser(r.PathValue("user"))
	if err != nil {
		return nil, err
	}
	return a.Workspace.Ephemerals(u.ID), nil
}

// calls lists the calls of apps; method, channel, app and after limit them.
func (a *API) calls(r *http.Request) (any, error) {
	q := r.URL.Query()
	after, err := afterOf(q)
	if err != nil {
		return nil, err
	}
	out := []web.CallRecord{}
	for _, c := range a.Web.Calls() {
		if c.Seq > after && matches(q.Get("method"), c.Method) && matches(q.Get("channel"), c.Channel) && matches(q.Get("app"), c.App) {
			out = append(out, c)
		}
	}
	return out, nil
}

func matches(want, got string) bool { return want == "" || want == got }

func (a *API) deliveries(r *http.Request) (any, error) {
	f, err := filter(r)
	if err != nil {
		return nil, err
	}
	return a.Hub.RecordsOf(f), nil
}

func (a *API) summary(r *http.Request) (any, error) {
	f, err := filter(r)
	if err != nil {
		return nil, err
	}
	return a.Hub.Summary(f), nil
}

// filter reads which envelopes are asked for.
func filter(r *http.Request) (socket.Filter, error) {
	q := r.URL.Query()
	after, err := afterOf(q)
	return socket.Filter{App: q.Get("app"), Event: q.Get("event"), Channel: q.Get("channel"), After: after}, err
}

// afterOf reads the number up to which things are left out.
func afterOf(q url.Values) (int, error) {
	v := q.Get("after")
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, workspace.Fail("invalid_arguments", "after must be a number")
	}
	return n, nil
}

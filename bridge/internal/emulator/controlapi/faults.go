package controlapi

import (
	"encoding/json"
	"net/http"
	"time"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

func (a *API) faultRoutes() {
	verb(a, "/faults/calls", func(f web.Fault) (any, error) { return nil, a.Web.AddFault(f) })
	verb(a, "/faults/clear", func(struct{}) (any, error) {
		a.Web.ClearFaults()
		for _, app := range a.Workspace.Apps() {
			a.Hub.ClearChaos(app.ID)
		}
		return nil, nil
	})
	verb(a, "/faults/envelopes", a.chaos)
	a.socketVerb("cut", func(app string, r control.SocketRequest) error { return a.Hub.Cut(app, r.Socket) })
	a.socketVerb("close", func(app string, r control.SocketRequest) error {
		if r.Code == 0 {
			r.Code = 1000
		}
		return a.Hub.CloseSockets(app, r.Socket, r.Code, r.Reason)
	})
	a.socketVerb("half-open", func(app string, r control.SocketRequest) error { return a.Hub.HalfOpen(app, r.Socket) })
	a.socketVerb("frame", func(app string, r control.SocketRequest) error { return a.Hub.Broken(app, r.Socket, r.Kind, r.Text) })
	a.socketVerb("refuse", func(app string, r control.SocketRequest) error {
		a.Hub.Refuse(app, max(1, r.Count), r.How)
		return nil
	})
	a.socketVerb("disconnect", a.disconnect)
	verb(a, "/faults/event", a.raise)
	verb(a, "/switches", a.setSwitches)
	view(a, "/switches", a.switches)
	verb(a, "/clock", a.moveClock)
	view(a, "/clock", func(*http.Request) (any, error) { return a.moveClock(control.ClockRequest{}) })
	verb(a, "/latency", func(l web.Latency) (any, error) { return nil, a.Web.SetLatency(l) })
	view(a, "/latency", func(*http.Request) (any, error) { return a.Web.Latency(), nil })
	verb(a, "/plan", func(p workspace.Plan) (any, error) {
		a.Workspace.SetPlan(p)
		return nil, nil
	})
}

// socketVerb registers a fault of an app's sockets.
func (a *API) socketVerb(name string, do func(app string, r control.SocketRequest) error) {
	verb(a, "/faults/"+name, func(r control.SocketRequest) (any, error) {
		app, err := a.Workspace.FindApp(r.App)
		if err != nil {
			return nil, err
		}
		return nil, do(app.ID, r)
	})
}

// disconnect sends a disconnect. link_disabled means that Socket Mode was
// switched off, so it is.
func (a *API) disconnect(app string, r control.SocketRequest) error {
	if r.Reason == "link_disabled" {
		if _, err := a.Workspace.ChangeApp(app, func(x *workspace.App) { x.SocketMode = false }); err != nil {
			return err
		}
	}
	return a.Hub.Disconnect(app, r.Socket, r.Reason)
}

func (a *API) chaos(r struct {
	App string `json:"app,omitempty"`
	socket.Chaos
},
) (any, error) {
	app, err := a.Workspace.FindApp(r.App)
	if err != nil {
		return nil, err
	}
	a.Hub.AddChaos(app.ID, r.Chaos)
	return nil, nil
}

// raise sends an event of the caller's making, or a whole envelope.
func (a *API) raise(r control.EventRequest) (any, error) {
	app, err := a.Workspace.FindApp(r.App)
	if err != nil {
		return nil, err
	}
	if r.Envelope != "" {
		a.send(app, socket.Envelope{Type: r.Envelope, Event: r.Type, Channel: r.Channel, Payload: r.Payload, AcceptsResponse: r.AcceptsResponse})
		return nil, nil
	}
	body := map[string]any{}
	if len(r.Event) > 0 {
		if err := json.Unmarshal(r.Event, &body); err != nil {
			return nil, workspace.Fail("bad_request", "event must be a JSON object")
		}
	}
	return nil, a.Workspace.Inject(app.ID, r.Type, r.Channel, body)
}

// send delivers what a person did to an app, whose ack may answer it.
func (a *API) send(app workspace.App, e socket.Envelope) {
	e.App = app.ID
	e.OnAck = func(payload json.RawMessage) string { return a.Web.Answer(app, e.Type, e.Payload, payload) }
	e.OnDrop = func() { a.Web.Unanswered(e.Type, e.Payload) }
	a.Hub.Send(e)
}

// useCommand uses a slash command as a person.
func (a *API) useCommand(r control.CommandRequest) (any, error) {
	who, err := a.Workspace.FindUser(r.User)
	if err != nil {
		return nil, err
	}
	ch, err := a.Workspace.FindConversation(r.Channel)
	if err != nil {
		return nil, err
	}
	if !ch.HasMember(who.ID) {
		return nil, workspace.Fail("not_in_channel")
	}
	app, err := a.Workspace.AppOf(r.Command)
	if err != nil {
		return nil, err
	}
	payload, err := a.Web.Use(app, who, ch, r.Command, r.Text)
	if err != nil {
		return nil, err
	}
	a.send(app, socket.Envelope{Type: "slash_commands", Event: r.Command, Channel: ch.ID, Payload: payload, AcceptsResponse: true})
	return nil, nil
}

func (a *API) setSwitches(s control.Switches) (any, error) {
	a.Web.SetSwitches(s.Web)
	a.Hub.SetSwitches(s.Socket)
	a.Workspace.SetQuirks(s.Quirks)
	return nil, nil
}

func (a *API) moveClock(r control.ClockRequest) (any, error) {
	if r.Scale != nil {
		if *r.Scale < 0 {
			return nil, workspace.Fail("invalid_arguments", "scale must not be negative")
		}
		a.Clock.SetScale(*r.Scale)
	}
	if r.RateScale != nil {
		a.Web.SetRateScale(*r.RateScale)
	}
	if r.StepMS > 0 {
		a.Clock.Step(time.Duration(r.StepMS) * time.Millisecond)
	}
	return map[string]any{"now": a.Clock.Now(), "wall": a.Clock.Wall(), "scale": a.Clock.Scale()}, nil
}

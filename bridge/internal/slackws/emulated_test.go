package slackws_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// scale makes the schedule's minute 120 ms.
const scale = 0.002

// patience bounds every wait for something that must happen.
const patience = 30 * time.Second

// What the API client says of its errors is what the session asks.
var _ slackws.OpenError = (*slackapi.Error)(nil)

// emulated is a session with the real API client on an emulated Slack.
type emulated struct {
	*emulator.Emulator
	t       *testing.T
	app     string
	session *slackws.Session
	logs    *observer.ObservedLogs
	end     func() // nil before start
	over    bool   // the session was ended by a fault's cure
	states  chan toldState
	handled chan slackevent.Callback

	mu       sync.Mutex
	opens    []time.Time
	all      []slackws.State
	refusals int // how many envelopes are not stored at first
}

// toldState is a state, and when the session had last asked for a socket as it
// was told.
type toldState struct {
	slackws.State
	opened time.Time
}

// newEmulated starts the emulator; start starts the session.
func newEmulated(t *testing.T) *emulated {
	t.Helper()
	clk := clock.New(scale)
	none := 0.0
	emu, err := emulator.Start(emulator.Options{Clock: clk, RateScale: &none})
	require.NoError(t, err)
	app, err := emu.Workspace.FindApp("")
	require.NoError(t, err)
	e := &emulated{
		Emulator: emu, t: t, app: app.ID,
		states: make(chan toldState, 1000), handled: make(chan slackevent.Callback, 1000),
	}
	t.Cleanup(func() {
		if e.end != nil {
			e.end()
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, emu.Close(ctx))
		clk.Close()
		e.requireNoSecrets()
	})
	return e
}

// start runs the session with what New and the real API client are given in the
// bridge.
func (e *emulated) start() *emulated {
	e.t.Helper()
	bot, app := e.Workspace.Tokens(e.app)
	core, logs := observer.New(zapcore.DebugLevel)
	e.logs = logs
	api := slackapi.New(slackapi.Config{
		APIURL: e.APIURL(), BotToken: secret.New(bot), AppToken: secret.New(app), Scale: scale, Log: zap.New(core),
	})
	e.session = slackws.New(slackws.Config{
		Open: func(ctx context.Context) (string, error) {
			e.mu.Lock()
			e.opens = append(e.opens, time.Now())
			e.mu.Unlock()
			return api.OpenSocket(ctx)
		},
		Handle:  e.handle,
		OnState: e.tell,
		Scale:   scale,
		Log:     zap.New(core),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.session.Run(ctx) }()
	e.end = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			require.NoError(e.t, err)
		case <-time.After(patience):
			e.t.Error("Run did not return")
		}
	})
	return e
}

func (e *emulated) handle(_ context.Context, envelopes []slackevent.Envelope) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refusals > 0 {
		e.refusals--
		return errors.New("the database is away")
	}
	for _, env := range envelopes {
		cb, err := slackevent.ParseCallback(env.Payload)
		if err != nil {
			return err
		}
		e.handled <- cb
	}
	return nil
}

func (e *emulated) tell(state slackws.State) {
	e.mu.Lock()
	e.all = append(e.all, state)
	told := toldState{State: state}
	if len(e.opens) > 0 {
		told.opened = e.opens[len(e.opens)-1]
	}
	e.mu.Unlock()
	e.states <- told
}

// await returns the next state of a kind, for reason unless that is "".
func (e *emulated) await(kind slackws.Kind, reason slackws.Reason) toldState {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case state := <-e.states:
			if state.Kind == kind && (reason == "" || state.Reason == reason) {
				return state
			}
		case <-deadline:
			require.FailNow(e.t, "the state did not come", "wanted %s %s, told were %v", kind, reason, e.said())
		}
	}
}

func (e *emulated) said() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var said []string
	for _, state := range e.all {
		said = append(said, string(state.Kind)+" "+string(state.Reason)+": "+state.Message)
	}
	return said
}

// say posts a message as a person and returns its text.
func (e *emulated) say(text string) {
	e.t.Helper()
	_, err := e.Workspace.Post(workspace.Post{Actor: workspace.Person("U0ANN00001"), Channel: "C0GENERAL1", Text: text})
	require.NoError(e.t, err)
}

// awaitText waits until a message of that text was handled, and returns the
// texts of all messages that came before it.
func (e *emulated) awaitText(text string) (before []string) {
	e.t.Helper()
	for {
		got := e.nextText()
		if got == text {
			return before
		}
		before = append(before, got)
	}
}

// awaitTexts returns the texts of the next n messages.
func (e *emulated) awaitTexts(n int) (texts []string) {
	e.t.Helper()
	for range n {
		texts = append(texts, e.nextText())
	}
	return texts
}

// nextText waits for the next message that is handled.
func (e *emulated) nextText() string {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case cb := <-e.handled:
			event, _ := slackevent.Decode(cb) // also of a payload that is not an event
			if message, ok := event.(*slackevent.Message); ok {
				return message.Text
			}
		case <-deadline:
			require.FailNow(e.t, "no message came", "told were %v", e.said())
		}
	}
}

// envelopes returns how the emulator's envelopes of an event ended.
func (e *emulated) envelopes(event string) (outcomes []string, attempts int) {
	for _, record := range e.Hub.Records() {
		if record.Event == event {
			outcomes = append(outcomes, record.Outcome)
			attempts = max(attempts, len(record.Attempts))
		}
	}
	return outcomes, attempts
}

func (e *emulated) requireNoSecrets() {
	if e.logs == nil {
		return
	}
	for _, entry := range e.logs.All() {
		fields, err := json.Marshal(entry.ContextMap())
		require.NoError(e.t, err)
		secrettest.Check(e.t, "the log", entry.Message+string(fields))
	}
	for _, line := range e.said() {
		secrettest.Check(e.t, "a state", line)
		require.NotContains(e.t, line, "\n")
	}
}

var errNoFault = errors.New("the emulator refused the fault")

// must fails the test if a fault could not be made.
func (e *emulated) must(err error) {
	e.t.Helper()
	if err != nil {
		require.NoError(e.t, errors.Join(errNoFault, err))
	}
}

// disconnect makes Slack say goodbye. With link_disabled Socket Mode is off.
func (e *emulated) disconnect(reason string) {
	e.t.Helper()
	if reason == socketModeOff {
		e.setSocketMode(false)
	}
	e.must(e.Hub.Disconnect(e.app, "", reason))
}

const socketModeOff = "link_disabled"

func (e *emulated) setSocketMode(on bool) {
	e.t.Helper()
	_, err := e.Workspace.ChangeApp(e.app, func(app *workspace.App) { app.SocketMode = on })
	e.must(err)
}

// broken sends a broken frame.
func (e *emulated) broken(kind, text string) {
	e.t.Helper()
	e.must(e.Hub.Broken(e.app, "", kind, text))
}

func (e *emulated) chaos(c socket.Chaos) { e.Hub.AddChaos(e.app, c) }

func (e *emulated) refuseNext(how string) { e.Hub.Refuse(e.app, 1, how) }

// inLine says whether a message contains the words, whatever their case.
func inLine(t *testing.T, state toldState, words ...string) {
	t.Helper()
	for _, word := range words {
		require.Contains(t, strings.ToLower(state.Message), strings.ToLower(word))
	}
}

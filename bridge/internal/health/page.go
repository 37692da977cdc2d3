package health

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

//go:embed page.html
var pageSource string

//go:embed style.css
var styleSource string

// pageTime bounds the question after the last messages: it reads all of them.
const pageTime = 10 * time.Second

// view is what the page shows.
type view struct {
	Status    operator.Status
	Troubles  []string
	Hops      []hopView
	Sources   []sourceView
	Rooms     []roomView
	NoRooms   string
	Latencies []latencyView
}

// hopView is one hop, well or with what is wrong and its cure.
type hopView struct {
	Name string
	Well bool
	Line string
}

type sourceView struct {
	Name           string
	Waiting        int
	Parked         string
	Oldest         string
	Received, Done string
}

type roomView struct{ Name, FromSlack, FromMatrix string }

// page shows how the bridge is.
func (cfg Config) page(form *template.Template) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { cfg.show(w, r, form) }
}

func (cfg Config) show(w http.ResponseWriter, r *http.Request, form *template.Template) {
	status, err := cfg.Status(r.Context())
	if err != nil {
		say(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	v := look(status, cfg.Alive(), cfg.Latencies(), time.Now())
	ctx, cancel := context.WithTimeout(r.Context(), pageTime)
	defer cancel()
	rooms, err := cfg.Rooms(ctx)
	if err != nil {
		v.NoRooms = "The database does not answer."
		cfg.Log.Warn("The page cannot show the last messages", zap.Error(err))
	}
	for _, room := range rooms {
		v.Rooms = append(v.Rooms, roomView{operator.Plain(room.Name), when(time.Now(), room.FromSlack), when(time.Now(), room.FromMatrix)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := form.Execute(w, v); err != nil {
		cfg.Log.Debug("The page was not sent whole", zap.Error(err))
	}
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(styleSource)) // a reader that went away misses nothing
}

// look makes a view of a status.
func look(s operator.Status, stuck error, latencies []metrics.Latency, now time.Time) view {
	v := view{Status: s, Troubles: s.Troubles()}
	v.Hops = append(v.Hops, hopView{"the bridge itself", stuck == nil && s.Phase == operator.Up, s.Phase + ", started " + when(now, s.Started)})
	if stuck != nil {
		v.Hops[0].Line = stuck.Error()
		v.Troubles = append(v.Troubles, stuck.Error())
	}
	for _, login := range s.Logins {
		v.Hops = append(v.Hops,
			hopView{"Slack → bridge, " + login.Login, login.Usable(), operator.Plain(socketLine(login, now))},
			hopView{"bridge → Slack, " + login.Login, login.State != unusable, operator.Plain(callsLine(login, now))})
	}
	h := s.Homeserver
	v.Hops = append(v.Hops, hopView{"homeserver → bridge", !h.IsSilent(now) && !h.Refused, homeserverLine(h, now)})
	for _, source := range s.Inbox {
		v.Sources = append(v.Sources, sourceView{
			Name: origin(source.Source), Waiting: source.Waiting, Parked: parked(source, s.Incomplete != ""),
			Oldest: when(now, source.Oldest), Received: when(now, source.Received), Done: when(now, source.Done),
		})
	}
	for _, latency := range latencies {
		v.Latencies = append(v.Latencies, plot(latency))
	}
	return v
}

// unusable is the state of a login through which nothing can be sent.
const unusable = "unusable"

// socketLine says how a login's socket is.
func socketLine(login operator.LoginStatus, now time.Time) string {
	line := login.Message
	if login.Usable() && !login.Since.IsZero() {
		line = "connected for " + operator.Age(now, login.Since)
	}
	if !login.Lost.IsZero() {
		line += fmt.Sprintf("; the last socket ended %s (%s)", when(now, login.Lost), login.LostReason)
	}
	return line
}

// callsLine says how the calls of a login are.
func callsLine(login operator.LoginStatus, now time.Time) string {
	if login.State == unusable {
		return "nothing can be sent until that is mended"
	}
	if len(login.Waits) == 0 {
		return "no limit of Slack's is being waited for"
	}
	var lines []string
	for _, wait := range login.Waits {
		lines = append(lines, fmt.Sprintf("%s waits for %s more, %d calls in line", wait.Method, short(max(wait.Until.Sub(now), 0).Round(time.Second)), wait.Calls))
	}
	return strings.Join(lines, "; ")
}

// origin is how a source is called.
func origin(source string) string {
	if source == matrixevent.Source {
		return "from Matrix"
	}
	return "from Slack, " + strings.TrimPrefix(source, "slack:")
}

// parked is how many rows need a person, with what shows them.
func parked(source operator.SourceStatus, unknown bool) string {
	switch {
	case unknown:
		return "not known"
	case source.Parked > 0:
		return fmt.Sprintf("%d: `slack-bridge inbox list` shows them", source.Parked)
	default:
		return "0"
	}
}

func homeserverLine(h operator.HomeserverStatus, now time.Time) string {
	switch {
	case h.Delivers:
		return "delivers, proven " + when(now, h.Proven)
	case h.Refused:
		return "the homeserver does not accept the bridge's token: `slack-bridge doctor` says what to do"
	case !h.IsSilent(now):
		return "the first probe is on its way"
	default:
		return "the bridge's probe has been away for " + operator.Age(now, h.Waiting) + ": see the runbook, `The homeserver does not reach the bridge`"
	}
}

func when(now, then time.Time) string {
	if then.IsZero() {
		return "–"
	}
	return operator.Age(now, then) + " ago"
}

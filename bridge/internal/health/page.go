package health

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
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
	Name            string
	Waiting, Parked int
	Oldest          string
	Received, Done  string
}

type roomView struct{ Name, FromSlack, FromMatrix string }

// latencyView is a hop's distribution as bars.
type latencyView struct {
	Name, Line string
	Bars       []bar
}

// bar is one bucket: of a plot that is 100 high, from left to right.
type bar struct {
	X, Y, Height float64
	Title        string
}

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
		line := login.Message
		if login.Usable() && !login.Since.IsZero() {
			line = "connected for " + operator.Age(now, login.Since)
		}
		if !login.Lost.IsZero() {
			line += fmt.Sprintf("; the last socket ended %s (%s)", when(now, login.Lost), login.LostReason)
		}
		v.Hops = append(v.Hops, hopView{"Slack → bridge, " + login.Login, login.Usable(), operator.Plain(line)})
		line = "no limit of Slack's is being waited for"
		for i, wait := range login.Waits {
			if i == 0 {
				line = ""
			}
			line += fmt.Sprintf("%s waits, %d calls in line. ", wait.Method, wait.Calls)
		}
		v.Hops = append(v.Hops, hopView{"bridge → Slack, " + login.Login, login.State != "unusable", line})
	}
	h := s.Homeserver
	v.Hops = append(v.Hops, hopView{"homeserver → bridge", !h.IsSilent(now) && !h.Refused, homeserverLine(h, now)})
	for _, source := range s.Inbox {
		name := "from Slack"
		if source.Source == matrixevent.Source {
			name = "from Matrix"
		}
		v.Sources = append(v.Sources, sourceView{name, source.Waiting, source.Parked, when(now, source.Oldest), when(now, source.Received), when(now, source.Done)})
	}
	for _, latency := range latencies {
		v.Latencies = append(v.Latencies, plot(latency))
	}
	return v
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

// plot makes bars of a distribution. The highest one is as high as the plot.
func plot(l metrics.Latency) latencyView {
	v := latencyView{Name: map[metrics.Hop]string{
		metrics.SlackToMatrix: "from Slack to Matrix", metrics.MatrixToSlack: "from Matrix to Slack",
		metrics.SlackCall: "calls of Slack", metrics.ToHomeserver: "requests to the homeserver",
	}[l.Hop], Line: "nothing yet"}
	most := uint64(1)
	for _, bucket := range l.Buckets {
		most = max(most, bucket.Count)
	}
	if l.Count > 0 {
		v.Line = fmt.Sprintf("%d, %s on average", l.Count, (l.Sum / time.Duration(l.Count)).Round(time.Millisecond))
	}
	for i, bucket := range l.Buckets {
		height := 96 * float64(bucket.Count) / float64(most)
		title := fmt.Sprintf("%d up to %s", bucket.Count, bucket.AtMost)
		if bucket.AtMost == 0 {
			title = fmt.Sprintf("%d longer", bucket.Count)
		}
		v.Bars = append(v.Bars, bar{X: float64(20 * i), Y: 100 - height, Height: height, Title: title})
	}
	return v
}

func when(now, then time.Time) string {
	if then.IsZero() {
		return "–"
	}
	return operator.Age(now, then) + " ago"
}

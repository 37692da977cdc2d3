package slackws

import (
	"fmt"
	"strings"
	"time"
)

// cure is what an operator reads: what happened, and what to do about it.
type cure struct{ what, todo string }

// cures says what each reason means. A reason that is not in it is a word of
// Slack's for a disconnect, and means what warning means.
func cures() map[Reason]cure {
	settings := "on the app's page at https://api.slack.com/apps"
	return map[Reason]cure{
		ReasonStart: {"Opening a socket to Slack", ""},
		ReasonCut: {
			"The socket to Slack broke",
			"nothing to do unless it keeps happening: then check the network and any proxy between here and Slack",
		},
		ReasonClosed: {"Slack closed the socket", "nothing to do unless it keeps happening: then see https://slack-status.com"},
		ReasonNoPong: {
			"Slack's end of the socket no longer answers",
			"nothing to do unless it keeps happening: then check the network and any proxy between here and Slack",
		},
		ReasonNoHello: {
			"A socket to Slack opened, but Slack did not say hello on it",
			"see https://slack-status.com, and check that any proxy between here and Slack lets WebSockets through",
		},
		ReasonRefused: {
			"Slack refused the socket",
			"see https://slack-status.com, and check that any proxy between here and Slack lets WebSockets through",
		},
		ReasonUnreachable: {"Slack cannot be reached", "check this machine's network, DNS, firewall and proxy"},
		ReasonAPIError:    {"Slack gave no socket", "see https://slack-status.com if it lasts"},
		ReasonDeadToken: {
			"Slack gives this app-level token no socket",
			"check the token, its scope connections:write, and that Socket Mode is on, " + settings,
		},
		ReasonUninstalled: {
			"The app was uninstalled from the workspace",
			"install it again under Install App " + settings + ", and give the bridge the new bot token",
		},
		ReasonTooMany: {
			"Slack allows no further socket of this app: 10 are open",
			"stop the other programs that use this app's app-level token",
		},
		ReasonLinkDisabled: {
			"Socket Mode is switched off for this app",
			"switch it on under Socket Mode " + settings,
		},
	}
}

// message is the one line for state, which came of why.
func message(state State, why *fault) string {
	c, known := cures()[state.Reason]
	if !known {
		c = cure{fmt.Sprintf("Slack is about to close the socket (%.60q)", string(state.Reason)), "nothing to do"}
	}
	parts := []string{c.what}
	detail := ""
	if why != nil {
		detail = why.detail
		if why.class == dead && !why.confirmed {
			detail, c.todo = why.brief, "nothing to do unless it lasts"
		}
	}
	if detail != "" {
		parts[0] += ": " + strings.TrimRight(detail, ". ")
	}
	if next := upcoming(state); next != "" {
		parts = append(parts, next)
	}
	if c.todo != "" {
		parts = append(parts, c.todo)
	}
	return strings.Join(parts, "; ")
}

// upcoming says what the session does next.
func upcoming(state State) string {
	wait := time.Until(state.Next)
	switch {
	case state.Reason == ReasonStart:
		return ""
	case state.Next.IsZero():
		return "opening a new one now"
	case state.Kind == Stopped:
		return "stopped, looking again in " + inWords(wait)
	default:
		return "next attempt in " + inWords(wait)
	}
}

// inWords is d as a person would say it.
func inWords(d time.Duration) string {
	switch {
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d >= time.Second:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	default:
		return d.Round(time.Millisecond).String()
	}
}

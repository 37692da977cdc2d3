package doctor

import (
	"slices"
	"time"
)

// Names of the checks that others need.
const (
	checkConfig     = "config"
	checkHomeserver = "homeserver"
	checkToken      = "homeserver.token"
	checkBridge     = "bridge"
	checkTokens     = "slack.tokens"
	checkAuth       = "slack.auth"
)

// How long a check may take that asks its own machine only, or the world.
const (
	near = 10 * time.Second
	far  = 20 * time.Second
)

// within is the bound of a check, unless the operator gave one.
func (e *examination) within(otherwise time.Duration) time.Duration {
	if e.Timeout > 0 {
		return e.Timeout
	}
	return otherwise
}

// checks are all checks of this run, in the order of the report.
func (e *examination) checks() []check {
	list := []check{
		{
			name: checkConfig, hop: "configuration", gating: true, within: e.within(near), run: e.checkConfig,
			about: "The configuration can be read and has no mistakes.",
		},
		{
			name: "registration", hop: "configuration", gating: true, needs: []string{checkConfig}, within: e.within(near), run: e.checkRegistration,
			about: "The registration is the one that belongs to the configuration.",
		},
		{
			name: "units", hop: "systemd", gating: true, within: e.within(near), run: e.checkUnits,
			about: "The units of the bridge, the homeserver and the database are active. Where no systemd runs, nothing is asked.",
		},
		{
			name: "database", hop: "bridge → database", gating: true, needs: []string{checkConfig}, within: e.within(near), run: e.checkDatabase,
			about: "The database can be reached, is the bridge's, and of a version that this program knows.",
		},
		{
			name: checkHomeserver, hop: "bridge → homeserver", gating: true, needs: []string{checkConfig}, within: e.within(near), run: e.checkHomeserver,
			about: "The homeserver answers at homeserver.address and speaks a version of Matrix that the bridge needs.",
		},
		{
			name: checkToken, hop: "bridge → homeserver", gating: true, needs: []string{checkHomeserver}, within: e.within(near), run: e.checkToken,
			about: "The homeserver accepts the as_token and takes the bridge for its bot.",
		},
		{
			name: checkBridge, hop: "homeserver → bridge", gating: true, needs: []string{checkConfig}, within: e.within(near), run: e.checkBridge,
			about: "The bridge listens at appservice.address and takes transactions.",
		},
		{
			name: "ping", hop: "homeserver → bridge", gating: true, needs: []string{checkToken, checkBridge}, within: e.within(far), run: e.checkPing,
			about: "The homeserver reaches the bridge and both agree on the hs_token: it is asked to ping it.",
		},
	}
	if e.Proxy != nil {
		list = append(list, check{
			name: "proxy", hop: "world → homeserver", gating: true, needs: []string{checkHomeserver}, within: e.within(near), run: e.checkProxy,
			about: "The web server, asked by address and under the homeserver's name, leads to the homeserver and to nothing of the bridge but the pictures of Matrix people, if there is an appservice.public_address. Its certificate does not matter here. Only with --proxy.",
		})
	}
	list = append(list, e.slackChecks()...)
	if len(e.Public) > 0 {
		list = append(list, e.publicChecks()...)
	}
	return list
}

func (e *examination) slackChecks() []check {
	return []check{
		{
			name: checkTokens, hop: "operator → bridge", needs: []string{checkConfig}, within: e.within(near), run: e.checkTokens,
			about: "The files of each declared login hold a bot token and an app-level token.",
		},
		{
			name: checkAuth, hop: "bridge → Slack", needs: []string{checkTokens}, within: e.within(far), run: e.checkAuth,
			about: "Slack accepts each bot token (auth.test), and both tokens of a login are of one app.",
		},
		{
			name: "slack.scopes", hop: "bridge → Slack", needs: []string{checkAuth}, within: e.within(near), run: e.checkScopes,
			about: "The bot tokens have every scope that the bridge uses. All missing ones are named at once.",
		},
		{
			name: "slack.socket", hop: "Slack → bridge", needs: []string{checkTokens}, within: e.within(far), run: e.checkSocket,
			about: "Slack would open a socket (apps.connections.open). None is opened: it would take events away from the bridge.",
		},
	}
}

func (e *examination) publicChecks() []check {
	return []check{
		{
			name: "public.dns", hop: "world → host", within: e.within(far), run: e.checkDNS,
			about: "Each public name resolves, to an address of this machine if it has a public one. Only with --public.",
		},
		{
			name: "public.certificate", hop: "world → host", within: e.within(far), run: e.checkCertificates,
			about: "Each public name has a certificate that browsers trust and that does not end soon. Only with --public.",
		},
	}
}

// gating are the checks that decide.
func (e *examination) gating() []check {
	return slices.DeleteFunc(e.checks(), func(c check) bool { return !c.gating })
}

package doctor

import (
	"fmt"
	"slices"
)

// Names of the checks that others need.
const (
	checkConfig     = "config"
	checkUnits      = "units"
	checkDatabase   = "database"
	checkHomeserver = "homeserver"
	checkToken      = "homeserver.token"
	checkBridge     = "bridge"
	checkOperator   = "running"
	checkTokens     = "slack.tokens"
	checkAuth       = "slack.auth"
	checkWeb        = "proxy"
)

// checks are all checks of this run, in the order of the report.
func (e *examination) checks() []check {
	list := []check{
		{
			name: checkConfig, hop: "configuration", gating: true, run: e.checkConfig,
			about: "The configuration can be read and has no mistakes, and no file of Slack tokens that it names holds something else.",
		},
		{
			name: "registration", hop: "configuration", gating: true, needs: []string{checkConfig}, run: e.checkRegistration,
			about: "The registration is the one that belongs to the configuration.",
		},
		{
			name: checkUnits, hop: "systemd", gating: true, run: e.checkUnits,
			about: "The units of the bridge, the homeserver and the database are active. Where no systemd runs, nothing is asked.",
		},
		{
			name: checkDatabase, hop: "bridge → database", gating: true, needs: []string{checkConfig}, run: e.inspectDatabase,
			about: "The database can be reached, is the bridge's, and of a version that this program knows.",
		},
		{
			name: checkHomeserver, hop: "bridge → homeserver", gating: true, needs: []string{checkConfig}, run: e.checkHomeserver,
			about: "The homeserver answers at homeserver.address and speaks a version of Matrix that the bridge needs.",
		},
		{
			name: checkToken, hop: "bridge → homeserver", gating: true, needs: []string{checkHomeserver}, run: e.checkToken,
			about: "The homeserver accepts the as_token and takes the bridge for its bot.",
		},
		{
			name: checkBridge, hop: "homeserver → bridge", gating: true, needs: []string{checkConfig}, run: e.checkBridge,
			about: "The bridge listens at appservice.address and takes transactions.",
		},
		{
			name: "ping", hop: "homeserver → bridge", gating: true, needs: []string{checkToken}, after: checkBridge, run: e.checkPing,
			about: "The homeserver reaches the bridge and both agree on the hs_token: it is asked to ping it.",
		},
		{
			name: "namespaces", hop: "bridge ↔ homeserver", needs: []string{checkToken}, after: checkBridge, run: e.checkNamespaces,
			about: "The registration at the homeserver covers the Matrix users of Slack people: it is asked as one. And the aliases of channels: it asks the bridge for one, while that runs.",
		},
	}
	if e.Inside {
		list = slices.DeleteFunc(list, func(c check) bool { return c.name == checkUnits })
	}
	list = append(list, check{
		name: "disk", hop: "bridge → disk", after: checkConfig, run: e.checkDisk,
		about: "The file systems of the configuration, of the database's file, of the files that cross, and of /var/lib have room.",
	})
	list = append(list, e.runningChecks()...)
	if e.Deep {
		list = append(list, check{
			name: "selftest", hop: "bridge → Slack → bridge", needs: []string{checkOperator}, run: e.checkSelftest,
			about: "The running bridge posts in network.selftest_channel, Slack tells it of the post over its socket, and it deletes the post. The doctor opens no socket. Only with --deep, and only while the bridge runs.",
		})
	}
	list = append(list, check{
		name: "rooms", hop: "database → homeserver", needs: []string{checkDatabase, checkToken}, run: e.checkRooms,
		about: fmt.Sprintf("The bot is in every room that the database names, and in no other room of this bridge. The first %d others are asked what they are.", maxRoomsAsked),
	})
	if e.Proxy != nil {
		list = append(list, check{
			name: checkWeb, hop: "world → homeserver", gating: true, needs: []string{checkHomeserver}, run: e.checkProxy,
			about: "The web server, asked by address and under the homeserver's name, leads to the homeserver and to nothing of the bridge but the pictures of Matrix people, if there is an appservice.public_address. Its certificate does not matter here. Only with --proxy.",
		}, check{
			name: "proxy.well-known", hop: "world → homeserver", needs: []string{checkWeb}, run: e.checkWellKnown,
			about: "Clients and other servers find the homeserver by its name: the two files in /.well-known/matrix/ are there, and the web server leads on from what they say. Only with --proxy.",
		}, check{
			name: "proxy.uploads", hop: "world → homeserver", needs: []string{checkWeb, checkToken}, run: e.checkUploads,
			about: "The web server takes files as large as the homeserver does. An upload is announced and not made. Only with --proxy.",
		})
	}
	list = append(list, e.slackChecks()...)
	if len(e.Public) > 0 {
		list = append(list, e.publicChecks()...)
	}
	return list
}

// runningChecks are answered by the running bridge.
func (e *examination) runningChecks() []check {
	return []check{
		{
			name: checkOperator, hop: "operator → bridge", needs: []string{checkBridge}, run: e.checkOperator,
			about: "The running bridge says over its operators' socket how it is.",
		},
		{
			name: "running.config", hop: "configuration", needs: []string{checkOperator}, run: e.checkRunning,
			about: "The configuration is the one that the bridge runs with.",
		},
		{
			name: "running.delivery", hop: "homeserver → bridge", gating: true, needs: []string{checkOperator}, run: e.checkDelivery,
			about: "The homeserver delivers: the bridge's last probe came back.",
		},
		{
			name: "running.slack", hop: "Slack → bridge", needs: []string{checkOperator}, after: checkTokens, run: e.checkSockets,
			about: "Each login of the running bridge has its socket to Slack, and it has those that are declared.",
		},
		{
			name: "running.inbox", hop: "bridge", needs: []string{checkOperator}, run: e.checkBacklog,
			about: "Nothing is parked, and nothing has waited for more than five minutes.",
		},
	}
}

func (e *examination) slackChecks() []check {
	list := []check{
		{
			name: checkTokens, hop: "operator → bridge", needs: []string{checkConfig}, run: e.checkTokens,
			about: "The files of each declared login hold a bot token and an app-level token.",
		},
		{
			name: checkAuth, hop: "bridge → Slack", needs: []string{checkTokens}, run: e.checkAuth,
			about: "Slack accepts each bot token (auth.test), and both tokens of a login are of one app.",
		},
		{
			name: "slack.scopes", hop: "bridge → Slack", needs: []string{checkAuth}, run: e.checkScopes,
			about: "The bot tokens have every scope that the bridge uses. All missing ones are named at once.",
		},
		{
			name: "slack.channels", hop: "Slack → bridge", needs: []string{checkAuth}, run: e.checkChannels,
			about: "The bot is in every channel that a setting names: in network.channels include, directions and rooms, without *, ? and [a-z].",
		},
		{
			name: "clock", hop: "bridge → Slack", needs: []string{checkAuth}, run: e.checkClock,
			about: "This machine's clock is that of Slack's answers, give or take half a minute.",
		},
		{
			name: "slack.socket", hop: "Slack → bridge", needs: []string{checkTokens}, run: e.checkSocket,
			about: "Slack would open a socket (apps.connections.open). None is opened: it would take events away from the bridge.",
		},
	}
	if e.Tokens != "" {
		list = append(list, check{
			name: "slack.app", hop: "Slack → bridge", needs: []string{checkTokens}, run: e.checkApp,
			about: "The app subscribes to every event that the bridge uses, by its manifest (apps.manifest.export). Only with --tokens.",
		})
	}
	return list
}

func (e *examination) publicChecks() []check {
	return []check{
		{
			name: "public.dns", hop: "world → host", run: e.checkDNS,
			about: "Each public name resolves, to an address of this machine if it has a public one. Only with --public.",
		},
		{
			name: "public.certificate", hop: "world → host", run: e.checkCertificates,
			about: "Each public name has a certificate that browsers trust and that does not end soon. Only with --public.",
		},
	}
}

// gating are the checks that decide.
func (e *examination) gating() []check {
	return slices.DeleteFunc(e.checks(), func(c check) bool { return !c.gating })
}

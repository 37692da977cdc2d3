package doctor

import "ops-jrz1/bridge/internal/exit"

// code names a kind of finding. Codes are stable: scripts go by them.
type code string

// The codes. kinds says what each means.
const (
	configMistake      code = "config.mistake"
	registrationOff    code = "registration.differs"
	unitUnknown        code = "unit.unknown"
	unitStarting       code = "unit.starting"
	unitDown           code = "unit.down"
	unitsHidden        code = "unit.hidden"
	databaseUnusable   code = "database.unusable"
	databaseUnused     code = "database.unused"
	databaseCollation  code = "database.collation"
	homeserverSilent   code = "homeserver.silent"
	homeserverOther    code = "homeserver.other"
	homeserverOld      code = "homeserver.old"
	tokenRefused       code = "homeserver.token-refused"
	tokenOfAnother     code = "homeserver.token-of-another"
	tokenUnclear       code = "homeserver.token-unclear"
	ghostsOutside      code = "namespaces.ghosts"
	aliasesOutside     code = "namespaces.aliases"
	bridgeSilent       code = "bridge.silent"
	bridgeStarting     code = "bridge.starting"
	bridgeOther        code = "bridge.other"
	pingFailed         code = "ping.failed"
	pingRefused        code = "ping.refused"
	pingOtherID        code = "ping.other-id"
	pingNoURL          code = "ping.no-url"
	pingUnknown        code = "ping.unsupported"
	operatorSilent     code = "running.silent"
	operatorClosed     code = "running.closed"
	configOlder        code = "running.other-config"
	deliveryFailed     code = "running.no-delivery"
	slackDisconnected  code = "running.no-socket"
	inboxParked        code = "running.parked"
	inboxBehind        code = "running.behind"
	inboxUnknown       code = "running.inbox-unknown"
	selftestNotSet     code = "selftest.not-set"
	selftestRefused    code = "selftest.refused"
	selftestLost       code = "selftest.lost"
	selftestLeft       code = "selftest.left"
	diskFull           code = "disk.full"
	diskLow            code = "disk.low"
	roomsGone          code = "rooms.gone"
	roomsForgotten     code = "rooms.forgotten"
	roomsUnknown       code = "rooms.unknown"
	proxySilent        code = "proxy.silent"
	proxyAstray        code = "proxy.astray"
	proxyOpen          code = "proxy.open"
	facesAstray        code = "proxy.faces"
	wellKnownAstray    code = "proxy.well-known"
	uploadsSmaller     code = "proxy.uploads-smaller"
	uploadsUnknown     code = "proxy.uploads-unknown"
	clockOff           code = "clock.off"
	slackNoLogin       code = "slack.no-login"
	slackTokenMissing  code = "slack.token-missing"
	slackTokenRefused  code = "slack.token-refused"
	slackTwoApps       code = "slack.two-apps"
	slackScopesMissing code = "slack.scopes-missing"
	slackScopesFewer   code = "slack.scopes-fewer"
	slackEventsMissing code = "slack.events-missing"
	slackEventsFewer   code = "slack.events-fewer"
	slackAppUnknown    code = "slack.app-unknown"
	slackOutside       code = "slack.outside"
	slackRoomsUnknown  code = "slack.channels-unknown"
	slackSilent        code = "slack.silent"
	slackSocketRefused code = "slack.socket-refused"
	dnsMissing         code = "dns.missing"
	dnsElsewhere       code = "dns.elsewhere"
	dnsSilent          code = "dns.silent"
	certificateOwn     code = "certificate.untrusted"
	certificateOther   code = "certificate.other-name"
	certificateOver    code = "certificate.expired"
	certificateEnding  code = "certificate.ending"
	certificateNone    code = "certificate.none"
)

// kind is what is known of a finding before it is made.
type kind struct {
	code     code
	severity Severity
	// exit is the code with which the doctor ends because of it.
	exit exit.Code
	// about says when it is found, for the reference page.
	about string
}

// kinds is the table of findings, in the order of the reference page.
func kinds() []kind {
	return []kind{
		{configMistake, Failure, exit.Config, "One mistake in the configuration, or in a file of Slack tokens that it names; there may be several."},
		{registrationOff, Failure, exit.Config, "The registration is missing, or a key in it is not as the configuration says."},
		{unitUnknown, Failure, exit.Unavailable, "A unit that was asked for is not installed."},
		{unitStarting, Failure, exit.TryAgain, "A unit is still starting, or waits for another start."},
		{unitDown, Failure, exit.Unavailable, "A unit is not active."},
		{unitsHidden, Failure, exit.Unavailable, "systemd does not answer."},
		{databaseUnusable, Failure, exit.Unavailable, "The database cannot be reached or used; the exit code is that of `slack-bridge run`."},
		{databaseUnused, Failure, exit.TryAgain, "The bridge has not made its tables in the database yet."},
		{databaseCollation, Warning, exit.OK, "A database of the server was sorted by another version of the C library, as after a release update."},
		{homeserverSilent, Failure, exit.Unavailable, "Nothing answers at homeserver.address."},
		{homeserverOther, Failure, exit.Unavailable, "What answers at homeserver.address is no Matrix homeserver."},
		{homeserverOld, Failure, exit.Unavailable, "The homeserver does not speak the version of Matrix that the bridge needs."},
		{tokenRefused, Failure, exit.Refused, "The homeserver does not accept the as_token."},
		{tokenOfAnother, Failure, exit.Config, "The homeserver takes the bridge for another user than its bot."},
		{tokenUnclear, Failure, exit.Unavailable, "The homeserver does not say whether it accepts the as_token."},
		{ghostsOutside, Failure, exit.Config, "The registration at the homeserver does not cover the Matrix users of Slack people."},
		{aliasesOutside, Failure, exit.Config, "The registration at the homeserver does not cover the aliases of channels."},
		{bridgeSilent, Failure, exit.Unavailable, "The bridge does not listen at appservice.address."},
		{bridgeStarting, Failure, exit.TryAgain, "The bridge listens and takes no transactions yet, or no longer."},
		{bridgeOther, Failure, exit.Unavailable, "What answers at appservice.address is not the bridge."},
		{pingFailed, Failure, exit.Unavailable, "The homeserver cannot reach the bridge."},
		{pingRefused, Failure, exit.Refused, "The bridge does not accept the homeserver's hs_token."},
		{pingOtherID, Failure, exit.Config, "The registration at the homeserver has another id than appservice.id."},
		{pingNoURL, Failure, exit.Config, "The registration at the homeserver does not say where the bridge is."},
		{pingUnknown, Warning, exit.OK, "The homeserver cannot be asked to ping the bridge."},
		{operatorSilent, Failure, exit.Unavailable, "The bridge listens, and does not answer its operator."},
		{operatorClosed, Failure, exit.Refused, "This user cannot ask the running bridge."},
		{configOlder, Warning, exit.OK, "The configuration was changed after the bridge had started."},
		{deliveryFailed, Failure, exit.Unavailable, "The homeserver does not deliver to the bridge."},
		{slackDisconnected, Failure, exit.Unavailable, "A login has no socket to Slack, or the running bridge does not have it."},
		{inboxParked, Warning, exit.OK, "Events are parked: a person must look at them."},
		{inboxBehind, Warning, exit.OK, "Events have waited for more than five minutes."},
		{inboxUnknown, Warning, exit.OK, "The database did not tell the running bridge what waits."},
		{selftestNotSet, Waiting, exit.OK, "There is no network.selftest_channel."},
		{selftestRefused, Failure, exit.Unavailable, "The running bridge could not post in network.selftest_channel."},
		{selftestLost, Failure, exit.Unavailable, "A post of the running bridge did not come back over its socket."},
		{selftestLeft, Warning, exit.OK, "The post of a self-test is still in Slack."},
		{diskFull, Failure, exit.CannotWrite, "Less than 100 MiB are free."},
		{diskLow, Warning, exit.OK, "Less than 1 GiB is free."},
		{roomsGone, Failure, exit.Data, "The bot is not in rooms that the database names, as after the homeserver was restored from an older copy."},
		{roomsForgotten, Failure, exit.Data, "The bot is in bridged rooms that the database does not name, as after the database was restored from an older copy."},
		{roomsUnknown, Warning, exit.OK, "The rooms of both sides cannot be compared."},
		{proxySilent, Failure, exit.Unavailable, "The web server does not answer."},
		{proxyAstray, Failure, exit.Unavailable, "The web server answers under the homeserver's name, but not with the homeserver."},
		{proxyOpen, Failure, exit.Config, "The web server shows the world a path of the bridge."},
		{facesAstray, Warning, exit.OK, "The web server does not lead to the pictures of Matrix people, which Slack fetches at appservice.public_address."},
		{wellKnownAstray, Warning, exit.OK, "Clients or other servers do not find the homeserver by its name: a file in /.well-known/matrix/ is missing, or leads elsewhere."},
		{uploadsSmaller, Warning, exit.OK, "The web server refuses files that the homeserver takes."},
		{uploadsUnknown, Warning, exit.OK, "Whether the web server takes files as large as the homeserver does is not known."},
		{clockOff, Warning, exit.OK, "This machine's clock is more than half a minute from Slack's."},
		{slackNoLogin, Waiting, exit.OK, "No login is declared."},
		{slackTokenMissing, Waiting, exit.OK, "A Slack token is still to be given."},
		{slackTokenRefused, Failure, exit.Refused, "Slack refuses a token."},
		{slackTwoApps, Failure, exit.Config, "The two tokens of a login are of two apps."},
		{slackScopesMissing, Failure, exit.Refused, "A bot token lacks scopes, among them one that the bridge cannot do without."},
		{slackScopesFewer, Warning, exit.OK, "A bot token lacks scopes, each of which one feature needs."},
		{slackEventsMissing, Failure, exit.Config, "The app does not subscribe to events that the bridge cannot do without."},
		{slackEventsFewer, Warning, exit.OK, "The app does not subscribe to events, each of which one feature needs."},
		{slackAppUnknown, Warning, exit.OK, "The app's manifest cannot be read with the configuration token that was given."},
		{slackOutside, Warning, exit.OK, "The bot is not in a channel that a setting names."},
		{slackRoomsUnknown, Warning, exit.OK, "Which channels the bot is in is not known."},
		{slackSilent, Failure, exit.Unavailable, "Slack does not answer."},
		{slackSocketRefused, Failure, exit.Refused, "Slack would not open a socket."},
		{dnsMissing, Waiting, exit.OK, "A public name has no address yet."},
		{dnsElsewhere, Warning, exit.OK, "A public name leads to another machine."},
		{dnsSilent, Warning, exit.OK, "The resolver does not answer."},
		{certificateOwn, Waiting, exit.OK, "A certificate is not one that browsers trust, such as the self-signed one before the first real one."},
		{certificateOther, Failure, exit.Unavailable, "A certificate is for other names."},
		{certificateOver, Failure, exit.Unavailable, "A certificate has ended."},
		{certificateEnding, Warning, exit.OK, "A certificate ends within two weeks: its renewal does not work."},
		{certificateNone, Failure, exit.Unavailable, "No TLS connection under a public name."},
	}
}

// found makes a finding.
func (c code) found(title, detail, cure string) Finding {
	for _, k := range kinds() {
		if k.code == c {
			return Finding{Code: string(c), Severity: k.severity, Exit: k.exit, Title: title, Detail: detail, Cure: cure}
		}
	}
	return Finding{Code: string(c), Severity: Failure, Exit: exit.Software, Title: title, Detail: detail, Cure: cure}
}

// one is the result of a check with a single finding.
func (c code) one(title, detail, cure string) (string, []Finding) {
	return "", []Finding{c.found(title, detail, cure)}
}

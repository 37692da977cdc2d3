package settings

import (
	"net/netip"
	"strings"

	"maunium.net/go/mautrix/id"
)

// rule is a check that looks at more than one key and notes what it finds.
type rule func(*assembly, *Config)

func rules() []rule {
	return []rule{
		(*assembly).checkPlaceholders, (*assembly).checkDatabase, (*assembly).checkAppservice, (*assembly).checkOperator,
		(*assembly).checkEncryption, (*assembly).checkPermissions, (*assembly).checkSlackAPI,
		(*assembly).checkLogins, (*assembly).checkChannels, (*assembly).checkMedia,
	}
}

func (a *assembly) checkDatabase(c *Config) {
	uri := c.Database.URI
	isPostgres := isPostgresURL(uri) || strings.Contains(uri, "host=") || strings.Contains(uri, "dbname=") || keywordOf(uri, "host") != ""
	switch {
	case uri == "":
		a.complain("database.uri", "is empty", "write where the database is")
	case c.Database.Type == "postgres" && !isPostgres:
		a.complain("database.uri", "is no address of PostgreSQL", "write it like postgresql:///slack_bridge?host=/run/postgresql, or set database.type")
	case c.Database.Type == "postgres" && namesLocalhost(uri):
		a.complain("database.uri", "names the machine as localhost, which may be ::1", "write 127.0.0.1, or the folder of the Unix socket")
	case c.Database.Type != "postgres" && isPostgres:
		a.complain("database.uri", "is an address of PostgreSQL", "set database.type to postgres")
	case c.Database.Type == "postgres":
		a.complainOf("database.uri", postgresFault(uri))
	default:
		a.complainOf("database.uri", sqliteFault(uri))
	}
}

// complainOf is complain for what a function found, if anything.
func (a *assembly) complainOf(key string, found fault) {
	if found.what != "" {
		a.complain(key, found.what, found.cure)
	}
}

// namesLocalhost says whether the address of a database has the name of the own
// machine as its host, in the form of a URL or of key=value.
func namesLocalhost(uri string) bool {
	uri = strings.ToLower(uri)
	for _, form := range []string{"//localhost", "@localhost", "host=localhost"} {
		_, after, found := strings.Cut(uri, form)
		if found && (after == "" || !isLabelByte(after[0])) {
			return true
		}
	}
	return localhostFault(keywordOf(uri, "host")).what != ""
}

func (a *assembly) checkAppservice(c *Config) {
	as := &c.AppService
	if as.ASToken == as.HSToken && !isGeneratePlaceholder(as.ASToken) {
		a.complain("appservice.hs_token", "is the same as the as_token", "remove it and run `"+a.renderCommand()+"`")
	}
	if c.MakeUserIDRegex("(.+)").MatchString(string(id.NewUserID(as.Bot.Username, c.Homeserver.Domain))) {
		a.complain("appservice.username_template", "makes the bot "+as.Bot.Username+" look like a ghost",
			"end its beginning with a sign that appservice.bot.username does not have, as in slack_{{.}}")
	}
}

func (a *assembly) checkOperator(c *Config) {
	own, err := netip.ParseAddrPort(c.Operator.Address)
	host, hostErr := netip.ParseAddr(c.AppService.Hostname)
	if err == nil && hostErr == nil && own == netip.AddrPortFrom(host, c.AppService.Port) {
		a.complain("operator.address", "is where the homeserver reaches the bridge", "give it a port of its own")
	}
}

func (a *assembly) checkEncryption(c *Config) {
	e := &c.Encryption
	if e.Allow && e.PickleKey == "" {
		a.complain("encryption.pickle_key", "is empty, but encryption is allowed", "write `generate` and run `"+a.renderCommand()+"`")
	}
	if !e.Allow {
		for key, on := range map[string]bool{"encryption.default": e.Default, "encryption.require": e.Require} {
			if on {
				a.complain(key, "needs encryption.allow", "turn that on, or this off")
			}
		}
	}
	if e.Allow && e.Appservice && !c.AppService.EphemeralEvents {
		a.complain("encryption.appservice", "needs appservice.ephemeral_events", "turn that on")
	}
}

func (a *assembly) checkPermissions(c *Config) {
	for _, level := range c.Bridge.Permissions {
		if level.Login {
			return
		}
	}
	a.complain("bridge.permissions", "lets no one log in", `give a person the level user or admin, e.g. "@you:`+c.Homeserver.Domain+`": admin`)
}

func (a *assembly) checkSlackAPI(c *Config) {
	n := &c.Network
	loopback := loopbackURL(n.SlackAPIURL)
	if !loopback && strings.HasPrefix(n.SlackAPIURL, "http:") {
		a.complain("network.slack_api_url", "would send the tokens unencrypted", "write https://")
	}
	if n.SlackTimeScale != 1 && !loopback {
		a.complain("network.slack_time_scale", "is for tests on this machine only, and network.slack_api_url leads elsewhere", "remove it")
	}
}

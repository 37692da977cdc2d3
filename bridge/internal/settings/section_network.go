package settings

import (
	"math"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Network is the section `network`: everything that concerns Slack.
type Network struct {
	// Displayname names a ghost; it is executed on a User.
	Displayname Template
	// ChannelName names the room of a channel; it is executed on a Channel.
	ChannelName Template
	// TeamName names the space of a workspace; it is executed on a Team.
	TeamName Template
	// ConversationCount is how many conversations get a room when a login
	// connects, the newest first. 0 is none, -1 is all of them.
	ConversationCount int
	// Channels says which conversations are bridged at all.
	Channels ChannelFilter
	// RoomMembers is how many members of a channel join its room without having
	// spoken; -1 is all of them.
	RoomMembers int
	// Invite lists the people who are invited to the space of a workspace and
	// to its rooms, besides the owner of the login.
	Invite []id.UserID
	// Logins are the declared logins: made at start, without a chat.
	Logins []Login
	// EmojiCount is how many of a workspace's own emoji are in image packs. 0 is none, -1
	// is all of them.
	EmojiCount int
	// MissedMentions is how old a message may be that was read after an absence and still
	// notifies people.
	MissedMentions time.Duration
	// Replies says what a reply in Matrix that is in no thread becomes in Slack.
	Replies Replies
	// Reactors says where Slack shows who in Matrix has reacted.
	Reactors Reactors
	// SenderLimit is how many messages of one person in Matrix go to Slack within a minute, 0
	// for any number. What is above that waits.
	SenderLimit int
	// SelftestChannel is the channel, by its name or id, in which a self-test posts; "" for
	// none.
	SelftestChannel string
	// SlackAPIURL is the address of Slack's Web API, ending in a slash.
	SlackAPIURL string
	// SlackTimeScale multiplies every limit and wait that Slack imposes. It is 1
	// unless SlackAPIURL is on a loopback address.
	SlackTimeScale float64
}

// complete makes the values usable that are decoded as they are written. folder is the
// one of the configuration.
func (n *Network) complete(folder string) {
	n.SlackAPIURL = strings.TrimRight(n.SlackAPIURL, "/") + "/"
	for i := range n.Logins {
		login := &n.Logins[i]
		login.BotTokenFile = resolve(folder, login.BotTokenFile)
		login.AppTokenFile = resolve(folder, login.AppTokenFile)
	}
}

// networkKeys are the rows of the section network.
func networkKeys() *key {
	return &key{
		name: "network",
		doc:  lines("What concerns Slack."),
		keys: []*key{
			{
				name: "displayname_template", kind: kindText, value: "'{{or .Profile.DisplayName .RealName .Name}}{{if .IsBot}} (bot){{end}}'", check: rendersFor(sampleUsers()...),
				into: func(c *Config) any { return &c.Network.Displayname },
				doc: lines(
					"Go template of the name of a Slack person in Matrix. It sees .ID, .TeamID,",
					".Name, .RealName, .IsBot, .IsAppUser, .Deleted and .Profile with .DisplayName,",
					".RealName, .FirstName, .LastName and .Title.",
				),
			},
			{
				name: "channel_name_template", kind: kindText, value: "'#{{.Name}}'", check: rendersFor(sampleChannels()...),
				into: func(c *Config) any { return &c.Network.ChannelName },
				doc: lines(
					"Go template of the name of a channel's room. It sees .ID, .Name, .TeamName,",
					".TeamDomain, .IsChannel, .IsPrivate, .IsGeneral, .IsIM, .IsMpIM, .IsArchived",
					"and .IsExtShared. Rooms of direct messages are named after the people in them.",
				),
			},
			{
				name: "team_name_template", kind: kindText, value: "'{{.Name}}'", check: rendersFor(sampleTeam()),
				into: func(c *Config) any { return &c.Network.TeamName },
				doc:  lines("Go template of the name of a workspace's space. It sees .ID, .Name, .Domain."),
			},
			{
				name: "conversation_count", kind: kindInt, value: "50", check: between(-1, math.MaxInt32),
				into: func(c *Config) any { return &c.Network.ConversationCount },
				doc: lines(
					"How many conversations get a room when a login connects, the newest first.",
					"The others get theirs with their next message. 0 is none, -1 is all.",
				),
			},
			{
				name: "room_members", kind: kindInt, value: "-1", check: between(-1, math.MaxInt32),
				into: func(c *Config) any { return &c.Network.RoomMembers },
				doc: lines(
					"How many members of a channel are in its room without having spoken there, -1 for",
					"all. The first few are there at once, the others join in the background. Beyond a",
					"limit they join when they speak. 0 is none but the first few.",
				),
			},
			{
				name: "channels", into: func(c *Config) any { return &c.Network.Channels },
				doc: lines(
					"Which conversations are bridged: lists of glob patterns (*, ?, [a-z]) on the name",
					"or the id.",
				),
				keys: []*key{
					{
						name: "include", kind: kindList, value: "[]",
						element: text(isPattern),
						doc:     lines("Empty is every conversation that the app is a member of."),
					},
					{
						name: "exclude", kind: kindList, value: "[]",
						element: text(isPattern),
						doc:     lines("What include lets through and is not wanted after all."),
					},
					{
						name: "ask", kind: kindBool, value: "false",
						doc: lines(
							"Whether a channel gets a room only once one of its people has said yes in Slack:",
							"the bot asks in the channel, once. Channels that have a room are not asked.",
						),
					},
					{
						name: "directions", kind: kindList, value: "[]",
						element: &key{kind: kindSection, keys: []*key{
							{name: "channel", kind: kindText, check: isPattern},
							{name: "direction", kind: kindText, check: oneOf(string(BothWays), string(OnlyFromSlack), string(OnlyToSlack))},
						}},
						doc: lines(
							"Which way messages cross, by a pattern: both, from_slack or to_slack. The first",
							"entry that matches counts; without one it is both. A room whose messages come from",
							"Slack alone is read-only.",
							`  - channel: "announce-*"`,
							"    direction: from_slack",
						),
					},
					{
						name: "rooms", kind: kindList, value: "[]",
						element: &key{kind: kindSection, keys: []*key{
							{name: "channel", kind: kindText, check: isChannelName},
							{name: "room", kind: kindText, check: isRoom},
							{name: "move", kind: kindBool},
						}},
						doc: lines(
							"Channels that are linked with rooms which people made, each by its name or, better,",
							"its id, and the room's id or address. None is needed: other channels get rooms by",
							"themselves. The bridge's bot must be invited, and may need to be let change the room's",
							"state. With move: true, a channel that has a room already loses it.",
							`  - channel: C0123456789`,
							`    room: "#plans:your.server"`,
						),
					},
					{
						name: "rooms_follow", kind: kindBool, value: "false",
						doc: lines(
							"Whether linked rooms get the names and topics of their channels, as far as the",
							"power of the bridge's bot in them goes. Otherwise they keep their own.",
						),
					},
				},
			},
			{
				name: "invite", kind: kindList, value: "[]",
				element: text(isUserID),
				into:    func(c *Config) any { return &c.Network.Invite },
				doc: lines(
					"Who is invited to the space of a workspace and to its rooms, besides the owner",
					"of a login: full Matrix ids. Other members of the space can join the rooms of",
					"public channels.",
				),
			},
			{
				name: "logins", kind: kindList, value: "[]",
				element: &key{kind: kindSection, keys: []*key{
					{name: "owner", kind: kindText, check: isUserID},
					{name: "bot_token_file", kind: kindText},
					{name: "app_token_file", kind: kindText},
				}},
				into: func(c *Config) any { return &c.Network.Logins },
				doc: lines(
					"App logins that are made at start, without a chat. Each has an owner, who must",
					"be allowed to log in below, and two files of one token each. Paths are absolute,",
					"or relative to the folder of this file. While a file is missing or empty the",
					"bridge is up and says what it waits for.",
					`  - owner: "@you:your.server"`,
					"    bot_token_file: /run/secrets/slack_bot_token",
					"    app_token_file: /run/secrets/slack_app_token",
				),
			},
			{
				name: "emoji_count", kind: kindInt, value: "1000", check: between(-1, math.MaxInt32),
				into: func(c *Config) any { return &c.Network.EmojiCount },
				doc: lines(
					"How many of a workspace's own emoji are offered to people in Matrix, in image",
					"packs of its space: the first by their names. Their pictures are copied to the",
					"homeserver in the background. The others' are copied when they are used.",
					"0 is none, -1 is all.",
				),
			},
			{
				name: "missed_mentions", kind: kindText, value: "1h", check: isDuration,
				into: func(c *Config) any { return &c.Network.MissedMentions },
				doc: lines(
					"How old a message may be that the bridge reads after an absence and that still",
					"notifies whom it mentions. Older ones come without a sound.",
				),
			},
			{
				name: "replies", kind: kindText, value: string(ReplyThread), check: oneOf(string(ReplyThread), string(ReplyQuote)),
				into: func(c *Config) any { return &c.Network.Replies },
				doc: lines(
					"What a reply in Matrix to a message that is in no thread becomes in Slack: thread",
					"begins a thread with that message, quote posts to the channel, with a quote of it.",
				),
			},
			{
				name: "reactors", kind: kindText, value: string(ReactorsOff), check: oneOf(string(ReactorsThread), string(ReactorsOff)),
				into: func(c *Config) any { return &c.Network.Reactors },
				doc: lines(
					"Where Slack shows who in Matrix has reacted, since all their reactions are the",
					"bot's there: thread is one note in the message's thread, which notifies its",
					"author once and is changed with the reactions; off is nowhere.",
				),
			},
			{
				name: "sender_limit", kind: kindInt, value: "120", check: between(0, math.MaxInt32),
				into: func(c *Config) any { return &c.Network.SenderLimit },
				doc: lines(
					"How many messages, edits and reactions of one person in Matrix go to Slack within a",
					"minute. What is above that follows at this pace, with what others say in the room",
					"after it, and its sender is told so once. Slack takes about one message a second in",
					"a channel. 0 is no limit.",
				),
			},
			{
				name: "selftest_channel", kind: kindText, value: `""`, check: isChannelNameOrEmpty,
				into: func(c *Config) any { return &c.Network.SelftestChannel },
				doc: lines(
					"A channel for `slack-bridge doctor --deep`, by its name or, better, its id: the bridge",
					"posts there, waits until Slack tells it of the post, and deletes it. The bot must be in",
					"it. People in it may be notified: take one for tests. Empty is no self-test.",
				),
			},
			{
				name: "slack_api_url", kind: kindText, value: "https://slack.com/api/", check: isAddress,
				into: func(c *Config) any { return &c.Network.SlackAPIURL },
				doc:  lines("The address of Slack's Web API. GovSlack has https://slack-gov.com/api/."),
			},
			{
				name: "slack_time_scale", kind: kindNumber, value: "1.0", check: isTimeScale,
				into: func(c *Config) any { return &c.Network.SlackTimeScale },
				doc: lines(
					"Multiplies the limits and waits that Slack imposes, to shorten tests. Refused",
					"unless slack_api_url is on a loopback address.",
				),
			},
		},
	}
}

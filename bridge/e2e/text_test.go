package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// says matches messages that contain every one of the texts.
func says(texts ...string) func(testbed.Message) bool {
	return func(m testbed.Message) bool {
		for _, text := range texts {
			if !strings.Contains(m.Body, text) {
				return false
			}
		}
		return true
	}
}

// TestText has three people in Matrix and three in Slack write to each other: in a
// public channel, whose room two of the people in Matrix join through the space, in
// a private channel and in a direct conversation.
func TestText(t *testing.T) {
	onBoth(t, func(t *testing.T, database testbed.Database) {
		ann, ben := id.UserID("@ann:"+testbed.ServerName), id.UserID("@ben:"+testbed.ServerName)
		bed, general := inGeneral(t, testbed.Options{
			Database: database, Settings: map[string]any{"network.invite": []id.UserID{ann, ben}},
		})
		people := []*testbed.Person{bed.Owner, bed.MustRegister("ann"), bed.MustRegister("ben")}
		for _, guest := range people[1:] {
			space := guest.MustJoin(guest.AwaitInvite(testbed.TeamName).String())
			require.Equal(t, general, guest.MustJoin(guest.AwaitChild(space, "#general").String()))
		}
		t.Run("3 everyone under their own name", func(t *testing.T) { conversation(t, bed, "general", general, people) })

		secret := bed.Owner.AwaitRoom("#secret")
		for _, guest := range people[1:] {
			require.Equal(t, secret, guest.AwaitRoom("#secret"))
		}
		conversation(t, bed, "secret", secret, people)

		t.Run("34 a direct conversation with the bot", func(t *testing.T) {
			bed.Slack.Person("alice").MustPost(testbed.DirectWith("alice"), "psst")
			direct := bed.Owner.AwaitRoom("Alice")
			bed.Owner.AwaitText(direct, "psst")
			bed.Owner.MustSend(direct, "yes?")
			bed.Slack.AwaitPost(testbed.DirectWith("alice"), "yes?")
			for _, guest := range people[1:] {
				_, err := guest.Client.JoinRoom(t.Context(), direct.String(), nil)
				require.ErrorContains(t, err, "M_FORBIDDEN", "only the owner may join a direct conversation")
			}
		})
	})
}

// conversation has everyone say something, and checks that people on the other side
// see it under the writer's name.
func conversation(t *testing.T, bed *testbed.Bed, channel string, room id.RoomID, people []*testbed.Person) {
	for _, name := range []string{"alice", "bob"} {
		text := name + " writes in " + channel
		bed.Slack.Person(name).MustPost(channel, text)
		for _, reader := range people {
			m := reader.AwaitText(room, text)
			require.Equal(t, bed.Slack.Person(name).GhostID(), m.Sender)
			require.Equal(t, bed.Slack.Person(name).DisplayName(), reader.AwaitMember(room, m.Sender).Displayname)
		}
	}
	for _, writer := range people {
		text := writer.UserID.Localpart() + " answers in " + channel
		writer.MustSend(room, text)
		post := bed.Slack.AwaitPost(channel, text)
		require.Equal(t, writer.UserID.Localpart(), post.Username, "the message carries the writer's name")
	}
}

// TestTextFormatting compares what the other side shows with what the writer meant.
func TestTextFormatting(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice := bed.Slack.Person("alice")
	cases := map[string]struct {
		slack, plain, html string
		posted             string // what Slack shows of the same text from Matrix, if it differs from slack
	}{
		"bold":   {slack: "so *bold*", plain: "so bold", html: "so <strong>bold</strong>"},
		"italic": {slack: "so _slanted_", plain: "so slanted", html: "so <em>slanted</em>"},
		"strike": {slack: "so ~gone~", plain: "so gone", html: "so <del>gone</del>"},
		"code":   {slack: "run `make test`", plain: "run make test", html: "run <code>make test</code>"},
		"code block": {
			slack: "run\n```\nmake demo\nmake test\n```", plain: "run\n```\nmake demo\nmake test\n```",
			html: "run<pre><code>make demo\nmake test</code></pre>",
		},
		"quote": {
			slack: "> so it is\nyes", plain: "> so it is\nyes", html: "<blockquote>so it is</blockquote>yes",
			posted: "from Matrix\n&gt; so it is\nyes",
		},
		"link": {slack: "the <https://example.org/a|site>", plain: "the site (https://example.org/a)", html: `the <a href="https://example.org/a">site</a>`},
	}
	t.Run("6 from Slack", func(t *testing.T) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				alice.MustPost("general", tc.slack)
				m := bed.Owner.AwaitMessage(general, tc.html, func(m testbed.Message) bool { return m.HTML == tc.html })
				require.Equal(t, tc.plain, m.Body)
			})
		}
	})
	t.Run("5 from Matrix", func(t *testing.T) {
		for name, tc := range cases {
			t.Run(name, func(*testing.T) {
				posted := tc.posted
				if posted == "" {
					posted = "from Matrix " + tc.slack
				}
				bed.Owner.MustSendHTML(general, tc.plain, "from Matrix "+tc.html)
				bed.Slack.AwaitPost("general", posted)
			})
		}
	})
}

// TestTextMentions mentions people and channels on one side: they are the same
// people and channels on the other.
func TestTextMentions(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice, bob := bed.Slack.Person("alice"), bed.Slack.Person("bob")
	t.Run("8 people", func(t *testing.T) {
		alice.MustPost("general", "ask <@"+bob.ID()+">")
		seen := bed.Owner.AwaitMessage(general, "the mention", says("ask", bob.DisplayName()))
		require.Contains(t, seen.HTML, "https://matrix.to/#/"+bob.GhostID().String())

		bed.Owner.MustSendHTML(general, "ask Bob", `ask <a href="https://matrix.to/#/`+bob.GhostID().String()+`">Bob</a>`)
		bed.Slack.AwaitPost("general", "ask <@"+bob.ID()+">")
	})
	t.Run("9 channels", func(t *testing.T) {
		alice.MustPost("general", "see <#C0GENERAL1>")
		seen := bed.Owner.AwaitMessage(general, "the channel's mention", says("see", "#general"))
		require.Contains(t, seen.HTML, "https://matrix.to/#/")
		bed.Owner.MustSendHTML(general, "look into #general", `look into <a href="https://matrix.to/#/`+general.String()+`">#general</a>`)
		bed.Slack.AwaitPost("general", "look into <#C0GENERAL1>")
		bed.Owner.MustSendHTML(general, "or into #general", `or into <a href="https://matrix.to/#/%23slack_general:`+testbed.ServerName+`">#general</a>`)
		bed.Slack.AwaitPost("general", "or into <#C0GENERAL1>")
	})
}

// TestTextChannelAdded adds the bot to a channel: its room appears without a
// restart, and people join it through the space.
func TestTextChannelAdded(t *testing.T) {
	t.Run("33 a room as soon as the bot is in the channel", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{})
		alice, space := bed.Slack.Person("alice"), bed.Owner.AwaitRoom(testbed.TeamName)
		ann := bed.MustRegister("ann")
		bed.Owner.MustInvite(space, ann.UserID)
		ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())

		begin := time.Now()
		alice.MustCreateChannel("plans")
		alice.MustInvite("plans", testbed.Bot)
		plans := ann.AwaitChild(space, "#plans")
		require.Less(t, time.Since(begin), 10*time.Second, "a room appears within seconds")
		ann.MustJoin(plans.String())
		alice.MustPost("plans", "first")
		ann.AwaitText(plans, "first")
		ann.MustSend(plans, "second")
		bed.Slack.AwaitPost("plans", "second")
	})
}

// TestTextLong exceeds the limits of both sides: no part of the text may be missing,
// however many pieces there are. Slack takes 40,000 characters in all.
func TestTextLong(t *testing.T) {
	t.Run("5 long text is split and whole", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		for name, tc := range map[string]struct {
			line       string
			characters int
		}{
			"40,000 ASCII characters":       {"0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJK", 40_000},
			"13,000 characters of 4 octets": {"𝔸𝔹𝔺𝔻𝔼𝔽𝔾𝕀𝕁𝕂𝕃𝕄𝕆𝕊𝕋𝕌𝕍𝕎𝕏𝕐", 13_000},
		} {
			t.Run("from Slack: "+name, func(t *testing.T) {
				begin, end := "begin "+name, "end "+name
				text := between(begin, tc.line, end, tc.characters)
				bed.Slack.Person("alice").MustPost("general", text)
				bed.Owner.AwaitMessage(general, "the end", says(end))
				require.Equal(t, squeeze(text), squeeze(joined(bed.Owner.Messages(general), begin, end)))
			})
			t.Run("from Matrix: "+name, func(t *testing.T) {
				begin, end := "to Slack "+name, "end to Slack "+name
				text := between(begin, tc.line, end, tc.characters)
				bed.Owner.MustSend(general, text)
				bed.Slack.AwaitPostWith("general", "the end", endsWith(end))
				var pieces strings.Builder
				for _, post := range bed.Slack.PostsOf("general", "owner") {
					require.LessOrEqual(t, len([]rune(post.Text)), 4000, "longer than Slack lets an app edit")
					pieces.WriteString(post.Text)
				}
				require.Contains(t, squeeze(pieces.String()), squeeze(text))
			})
		}
	})
}

// endsWith matches Slack messages that end with a text.
func endsWith(text string) func(testbed.Post) bool {
	return func(p testbed.Post) bool { return strings.HasSuffix(p.Text, text) }
}

// lines repeats a line until the text has that many characters.
func lines(line string, characters int) string {
	runes := []rune(strings.Repeat(line+"\n", characters/len([]rune(line))+1))
	return string(runes[:characters])
}

// between returns a text of that many characters in all, with a known beginning and end.
func between(begin, line, end string, characters int) string {
	return begin + lines(line, characters-len(begin)-len(end)) + end
}

// squeeze removes white space, which may be lost where a text is split.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// joined concatenates the pieces of one text, from the message that begins with begin
// to the one that ends with end.
func joined(messages []testbed.Message, begin, end string) string {
	var b strings.Builder
	for _, m := range messages {
		if b.Len() > 0 || strings.HasPrefix(m.Body, begin) {
			b.WriteString(m.Body)
		}
		if strings.HasSuffix(m.Body, end) {
			break
		}
	}
	return b.String()
}

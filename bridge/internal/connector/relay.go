package connector

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

// scopeCustomize is the scope for posting under a person's own name (Slack docs:
// chat:write.customize).
const scopeCustomize = "chat:write.customize"

// maxUsername is a length of name that Slack does not cut.
const maxUsername = 80

// relaySender is the person under whose name the bridge posts a message.
type relaySender struct {
	// name goes with the post, "" if the app may not choose it; then prefix is put in
	// front of the text.
	name, prefix string
	// face is the address of their picture, "" without a name of their own.
	face string
	// quote is HTML in front of everything: what the message replies to.
	quote string
	// room is where the message is, in which others have names too, and user its author.
	room id.RoomID
	user id.UserID
}

// relaySenderOf returns how a person in Matrix appears in Slack: under their own name and
// with their picture, whether the login is theirs or not.
func (c *Client) relaySenderOf(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, relayed *bridgev2.OrigSender) (relaySender, error) {
	sender, err := c.origSender(ctx, portal, evt, relayed)
	if err != nil {
		return relaySender{}, err
	}
	name := c.relayName(sender)
	if who := c.who(); who != nil && slices.Contains(who.Scopes, scopeCustomize) {
		face, err := c.connector.relayFace(ctx, sender.AvatarURL, evt.Sender)
		return relaySender{name: name, face: face, room: portal.MXID, user: evt.Sender}, err
	}
	return relaySender{prefix: name, room: portal.MXID, user: evt.Sender}, nil
}

// relayName is the name of a person in Matrix as Slack shows it: one line, with at least
// one visible character.
func (c *Client) relayName(sender *bridgev2.OrigSender) string {
	name := slackfmt.OneLine(c.connector.bridge.Config.Relay.FormatName(sender))
	return shorten(cmp.Or(name, sender.DisambiguatedName, localpart(sender.UserID)), maxUsername)
}

// origSender describes the sender of a Matrix event. The framework does so for relayed
// people only, and not for the owner of the login. A person without a name gets their
// localpart.
func (c *Client) origSender(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, relayed *bridgev2.OrigSender) (*bridgev2.OrigSender, error) {
	if c.connector.IsErased(evt.Sender) {
		return erasedMember(), nil
	}
	sender := &bridgev2.OrigSender{UserID: evt.Sender}
	if relayed != nil {
		*sender = *relayed
	} else {
		member, err := c.connector.bridge.Matrix.GetMemberInfo(ctx, portal.MXID, evt.Sender)
		if err != nil {
			return nil, fmt.Errorf("look up the name of %s: %w", evt.Sender, err)
		}
		if member != nil {
			sender.MemberEventContent = *member
			sender.DisambiguatedName = member.Displayname
		}
	}
	cleanNames(sender)
	return sender, nil
}

// member describes a person in a room as origSender does, without the framework's check
// whether others have the same name.
func (c *Client) member(ctx context.Context, room id.RoomID, user id.UserID) (*bridgev2.OrigSender, error) {
	if c.connector.IsErased(user) {
		return erasedMember(), nil
	}
	sender := &bridgev2.OrigSender{UserID: user}
	member, err := c.connector.bridge.Matrix.GetMemberInfo(ctx, room, user)
	if err == nil && member != nil {
		sender.MemberEventContent = *member
		sender.DisambiguatedName = member.Displayname
	}
	cleanNames(sender)
	return sender, wrapped(err, "look up the name of %s", user)
}

// cleanNames makes names fit for a line. A person without a name gets their localpart.
func cleanNames(sender *bridgev2.OrigSender) {
	sender.Displayname = slackfmt.OneLine(sender.Displayname)
	sender.DisambiguatedName = slackfmt.OneLine(sender.DisambiguatedName)
	if sender.DisambiguatedName == "" || sender.DisambiguatedName == sender.UserID.String() {
		sender.DisambiguatedName = localpart(sender.UserID)
	}
}

// withName is the content to post: the original, with the name in front if the post
// itself cannot carry it. /me reads as an action in either case.
func (v relaySender) withName(content *event.MessageEventContent) *event.MessageEventContent {
	said := *content
	prefix, markup := "", ""
	switch {
	case content.MsgType == event.MsgEmote:
		name := cmp.Or(v.name, v.prefix)
		prefix, markup = name+" ", "<em>"+html.EscapeString(name)+"</em> "
	case v.prefix != "":
		prefix, markup = v.prefix+": ", "<strong>"+html.EscapeString(v.prefix)+"</strong>: "
	default:
		return v.withQuote(content)
	}
	said.Body = prefix + said.Body
	if said.Format == event.FormatHTML {
		said.FormattedBody = markup + said.FormattedBody
	}
	return v.withQuote(&said)
}

// withQuote is the content with the quote in front.
func (v relaySender) withQuote(content *event.MessageEventContent) *event.MessageEventContent {
	if v.quote == "" {
		return content
	}
	said := *content
	if said.Format != event.FormatHTML || said.FormattedBody == "" {
		said.FormattedBody = strings.ReplaceAll(html.EscapeString(said.Body), "\n", "<br>")
	}
	said.Format, said.FormattedBody = event.FormatHTML, v.quote+said.FormattedBody
	return &said
}

// inText is a sender whose name is put in front of the text.
func (v relaySender) inText() relaySender {
	return relaySender{prefix: v.name, quote: v.quote, room: v.room, user: v.user}
}

func localpart(user id.UserID) string {
	name, _, err := user.Parse()
	if err != nil || name == "" {
		return user.String()
	}
	return name
}

// shorten cuts text to at most n characters.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

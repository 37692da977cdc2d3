package connector

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackid"
)

// permalink is the link under which Slack shows a message to the members of its channel
// (Slack docs: chat.getPermalink), "" before Slack has given the workspace's address.
func (c *Client) permalink(channel, ts, threadTS string) string {
	who := c.who()
	if who == nil || who.URL == "" || channel == "" || ts == "" {
		return ""
	}
	address := strings.TrimSuffix(who.URL, "/") + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
	if threadTS != "" && threadTS != ts {
		address += "?thread_ts=" + threadTS + "&cid=" + channel
	}
	return address
}

var permalinkPath = regexp.MustCompile(`^/archives/([A-Z0-9]+)(?:/p([0-9]{10,})([0-9]{6}))?/?$`)

// parsePermalink reads the link to a channel (ts is "") or to a message in one. It ignores
// the workspace's address: the ids of channels differ between workspaces, and a workspace
// may have had other addresses.
func parsePermalink(address string) (channel, ts string, ok bool) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", "", false
	}
	found := permalinkPath.FindStringSubmatch(parsed.Path)
	if found == nil {
		return "", "", false
	}
	if found[2] != "" {
		ts = found[2] + "." + found[3]
	}
	return found[1], ts, true
}

// portalOf is the portal of a conversation if there is one. Slack is not asked.
func (c *Client) portalOf(ctx context.Context, channel string) (*bridgev2.Portal, error) {
	key := networkid.PortalKey{ID: slackid.MakePortalID(c.team, channel)}
	for _, key := range []networkid.PortalKey{key, c.conversations.received(key)} {
		portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
		if err != nil || portal != nil {
			return portal, wrapped(err, "load the portal of %s", channel)
		}
	}
	return nil, nil
}

package connector

import "maunium.net/go/mautrix/bridgev2"

// Both sides change what a room shows of its channel, each under the portal's lock. The
// handlers of Slack's events look at it before they hold that lock.

// shownInfo is what a room shows of its channel.
type shownInfo struct {
	// name is the channel's, and topicOf a digest of its topic and purpose.
	name, topicOf string
	// public says whether everyone in the workspace may join the channel.
	public bool
	// changed is the ts of the last change of one kind, and own that of the bridge's own.
	changed, own string
}

// shownIn returns what a room shows, without the portal's lock.
func (c *Connector) shownIn(portal *bridgev2.Portal, what string) shownInfo {
	c.closures.RLock()
	defer c.closures.RUnlock()
	meta := portal.Metadata.(*PortalMetadata)
	return shownInfo{meta.ChannelName, meta.TopicOf, meta.Public, meta.Changed[what], meta.Changed[ownChange+what]}
}

// noteShown notes what a room shows, under the portal's lock.
func (c *Connector) noteShown(portal *bridgev2.Portal, note func(*PortalMetadata)) {
	c.closures.Lock()
	defer c.closures.Unlock()
	note(portal.Metadata.(*PortalMetadata))
}

// change notes the ts of a change.
func (m *PortalMetadata) change(what, ts string) {
	if m.Changed == nil {
		m.Changed = map[string]string{}
	}
	m.Changed[what] = ts
}

package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/format"
)

// A plumbed room was made by people and linked to a channel by an operator. Ghosts and
// messages cross as in any other. The bridge leaves its name, topic, avatar, join rule,
// power levels, aliases and people alone, and never replaces it with another room.

// isPlumbed says whether a portal's room is one.
func (c *Connector) isPlumbed(portal *bridgev2.Portal) bool {
	c.closures.RLock()
	defer c.closures.RUnlock()
	meta, ok := portal.Metadata.(*PortalMetadata)
	return ok && meta.Plumbed
}

// asPlumbed is what a portal's room shows of its conversation: nothing, if it is plumbed,
// or the name and the topic, if network.channels.rooms_follow says so. The bridge's own
// notes, and what it says about the room, stay.
func (c *Connector) asPlumbed(portal *bridgev2.Portal, info *bridgev2.ChatInfo) *bridgev2.ChatInfo {
	if info == nil || !c.isPlumbed(portal) {
		return info
	}
	if c.options.Network.Channels.RoomsFollow {
		return &bridgev2.ChatInfo{Name: info.Name, Topic: info.Topic, ExtraUpdates: info.ExtraUpdates}
	}
	name := info.Name
	return &bridgev2.ChatInfo{
		ExtraUpdates: bridgev2.MergeExtraUpdaters(info.ExtraUpdates, func(_ context.Context, portal *bridgev2.Portal) bool {
			meta := portal.Metadata.(*PortalMetadata)
			followed, renamed := meta.Follows, name != nil && portal.Name != *name
			if meta.Follows = false; renamed {
				portal.Name = *name
			}
			return followed || renamed
		}),
	}
}

// beginToFollow has a plumbed room show its channel's name and topic once
// network.channels.rooms_follow says so. It runs under the portal's lock.
func (c *Connector) beginToFollow(portal *bridgev2.Portal) {
	meta := portal.Metadata.(*PortalMetadata)
	if !meta.Plumbed || meta.Follows || !c.options.Network.Channels.RoomsFollow {
		return
	}
	meta.Follows = true
	c.noteShown(portal, func(meta *PortalMetadata) { meta.TopicOf = "" })
	portal.NameSet, portal.TopicSet = false, false
}

// unlinkCommands are the framework's commands that delete portals, but the people in a plumbed
// room stay in it, and a person needs as much power there to delete its portal as to unlink it.
func (c *Connector) unlinkCommands() []commands.CommandHandler {
	one, all := *commands.CommandDeletePortal, *commands.CommandDeleteAllPortals
	deleteOne, deleteAll := one.Func, all.Func
	one.Func = func(ce *commands.Event) {
		if !c.isPlumbed(ce.Portal) {
			deleteOne(ce)
			return
		}
		err := c.mayUnlink(ce.Ctx, ce.Portal, ce.User.MXID)
		if err == nil {
			err = c.unlink(ce.Ctx, ce.Portal)
		}
		if err != nil {
			ce.Reply("%s", "Not done: "+format.EscapeMarkdown(err.Error())+".")
		}
		ce.MessageStatus.DisableMSS = true
	}
	all.Func = func(ce *commands.Event) {
		portals, err := ce.Bridge.GetAllPortals(ce.Ctx)
		if err != nil {
			ce.Reply("Failed to get portals: %v", err)
			return
		}
		for _, portal := range portals {
			if !c.isPlumbed(portal) {
				continue
			}
			if err := c.unlink(ce.Ctx, portal); err != nil {
				ce.Reply("%v", err)
				return
			}
		}
		deleteAll(ce)
	}
	return []commands.CommandHandler{&one, &all}
}

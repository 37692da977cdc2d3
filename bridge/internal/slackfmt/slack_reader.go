package slackfmt

import "strings"

// slackReader makes a document of what Slack sends.
type slackReader struct {
	resolve FromSlack
	// labels are the names that the message itself has for ids.
	labels labels
	// permalink is where Slack shows the message, "" if that is not known. Buttons
	// and menus without an address of their own lead there.
	permalink string
	// quiet is set while it reads what another person said (attachments), where a
	// mention names but does not notify.
	quiet bool
	// kinds are the kinds of blocks that are known, nil before the first block.
	kinds map[string]blockKind
	// partial is set by whatever finds something that it cannot show.
	partial bool
	// depth is how deep the object is that is being read.
	depth int
}

// user is the mention of a Slack user; label is the name that Slack itself gave.
func (r *slackReader) user(id, label string, look style) inline {
	name, mxid := r.resolve.User(id)
	if name == "" {
		name = label
	}
	if name == "" {
		name = strings.TrimPrefix(r.labels["@"+id], "@")
	}
	if name == "" {
		name = id
	}
	run := inline{kind: userMention, id: id, text: name, style: look, quiet: r.quiet}
	if mxid != "" {
		run.url = userLink(mxid)
	} else {
		run.text = "@" + name
	}
	return run
}

// channel is the mention of a channel.
func (r *slackReader) channel(id, label string, look style) inline {
	name, address := r.resolve.Channel(id)
	if name == "" {
		name = label
	}
	if name == "" {
		name = strings.TrimPrefix(r.labels["#"+id], "#")
	}
	if name == "" {
		name = id
	}
	run := inline{kind: channelMention, id: id, text: "#" + name, style: look}
	if linkable(address) {
		run.url = address
	}
	return run
}

// userGroup is the mention of a group: Matrix shows it as text, and notifies its members.
func (r *slackReader) userGroup(id, label string, look style) inline {
	handle, members := r.resolve.UserGroup(id)
	if handle == "" {
		handle = label
	}
	if handle == "" {
		handle = r.labels["!subteam^"+id]
	}
	if handle == "" {
		handle = id
	}
	if handle[:1] != "@" {
		handle = "@" + handle
	}
	return inline{kind: groupMention, id: id, text: handle, style: look, members: members, quiet: r.quiet}
}

// everybody is a mention of here, channel or everyone.
func (r *slackReader) everybody(reach string, look style) inline {
	return inline{kind: broadcast, id: reach, text: "@" + reach, style: look, quiet: r.quiet}
}

// link makes runs a link. One to a message or a channel that is in Matrix leads there.
func (r *slackReader) link(address string, runs []inline) []inline {
	there := r.inMatrix(address)
	if there == "" {
		return link(address, runs)
	}
	return link(there, relabelled(runs, address, there))
}

// inMatrix is where in Matrix an address of Slack's is, or "" (Slack docs:
// chat.getPermalink).
func (r *slackReader) inMatrix(address string) string {
	if !strings.Contains(address, "/archives/") {
		return ""
	}
	if there := r.resolve.InMatrix(address); linkable(there) {
		return there
	}
	return ""
}

// relabelled has a link that shows its own address show another.
func relabelled(runs []inline, address, other string) []inline {
	if runsText(runs) == address && len(runs) > 0 {
		return []inline{{text: other, style: lookOfFirst(runs)}}
	}
	return runs
}

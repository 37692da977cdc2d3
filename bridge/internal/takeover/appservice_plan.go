package takeover

import (
	"cmp"
	"strings"

	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// planned is a room that becomes a plumbed one.
type planned struct {
	oldRoom
	portal   networkid.PortalID
	messages []plannedMessage
	// lost is how many events have no place in the channel.
	lost int
	// reactions are those whose message carries over.
	reactions []oldReaction
	// known says that an earlier run has taken it over: only who is in it may still change.
	known bool
}

// title is the room for a person.
func (r oldRoom) title() string {
	if name := cmp.Or(r.Name, r.Channel); name != "" {
		return "#" + strings.TrimPrefix(name, "#") + " (" + cmp.Or(r.Room.String(), "no room") + ")"
	}
	return cmp.Or(r.Room.String(), r.Row)
}

type plannedMessage struct {
	event id.EventID
	ts    string
	// part counts the events of one message.
	part int
	// root is the ts of the thread that it is in, "" outside of threads.
	root string
}

// planAppservice says what of a database of matrix-appservice-slack carries over.
func (o Options) planAppservice(found *appserviceData, known []portal, old *appservice.Registration) (*Report, []planned) {
	report := &Report{From: "matrix-appservice-slack", DryRun: o.DryRun}
	var plan []planned
	claims := newClaims(known)
	for _, room := range found.rooms {
		portal, why := carriable(room)
		if why != "" {
			report.leave("%s: %s", room.title(), why)
			continue
		}
		repeated, conflict := claims.claim(portal, room)
		if conflict != "" {
			report.refuse("%s: %s", room.title(), conflict)
			continue
		}
		each := planned{oldRoom: room, portal: portal, known: repeated}
		if !repeated {
			each.messages, each.lost = planMessages(room, found.events[room.Room], found.reactions[room.Room])
			each.reactions = planReactions(room, found.reactions[room.Room], each.messages)
		}
		plan = append(plan, each)
	}
	summarize(report, found, plan)
	o.planPeople(report, found, plan, old)
	return report, plan
}

// carriable says which portal a room becomes, or why it stays behind.
func carriable(room oldRoom) (portal networkid.PortalID, why string) {
	switch {
	case room.Kind == "im" || room.Kind == "mpim" || room.Puppet != "":
		return "", "it is a person's direct conversation, read with their own token, which a Slack app does not have"
	case room.Room == "":
		return "", "it has no Matrix room"
	case room.Channel == "" || room.Team == "":
		if room.Webhook != "" {
			return "", "it is linked by a webhook only, which does not say which channel it is"
		}
		return "", "the old bridge did not note which channel of which workspace it is"
	}
	portal = slackid.MakePortalID(room.Team, room.Channel)
	if _, _, err := slackid.ParsePortalID(portal); err != nil {
		return "", "it has an id that is not Slack's"
	}
	return portal, ""
}

// claims are the rooms and conversations that have their other half already.
type claims struct {
	rooms   map[id.RoomID]networkid.PortalID
	portals map[networkid.PortalID]id.RoomID
	earlier map[id.RoomID]bool
}

func newClaims(known []portal) *claims {
	c := &claims{rooms: map[id.RoomID]networkid.PortalID{}, portals: map[networkid.PortalID]id.RoomID{}, earlier: map[id.RoomID]bool{}}
	for _, each := range known {
		if each.room != "" {
			c.rooms[each.room], c.portals[each.key.ID], c.earlier[each.room] = each.key.ID, each.room, true
		}
	}
	return c
}

// claim notes that a room is a portal's. repeated says that it was before this run.
func (c *claims) claim(portal networkid.PortalID, room oldRoom) (repeated bool, conflict string) {
	holder, taken := c.rooms[room.Room]
	other, has := c.portals[portal]
	switch {
	case taken && holder == portal && c.earlier[room.Room]:
		return true, ""
	case has:
		return false, "its channel has the room " + other.String() + " already: a channel has one room; unlink or delete one of both"
	case taken:
		return false, "its room is that of " + string(holder) + " already: a room has one channel; unlink one of both in the old bridge"
	}
	c.rooms[room.Room], c.portals[portal] = portal, room.Room
	return false, ""
}

// planMessages returns the messages of a room in their order, and how many events are lost:
// they are of another channel, or have a ts that is none. The old bridge notes the reactions
// of people in Slack like messages; those are left out.
func planMessages(room oldRoom, events []oldEvent, reactions []oldReaction) (messages []plannedMessage, lost int) {
	roots := map[string]string{} // of answers, both by ts
	for _, each := range events {
		for _, answer := range each.answers {
			roots[answer] = each.ts
		}
	}
	seen, parts := map[id.EventID]bool{}, map[string]int{}
	for _, each := range reactions {
		seen[each.event] = true
	}
	for _, each := range events {
		if seen[each.event] {
			continue
		}
		if _, err := slackid.ParseTimestamp(each.ts); err != nil || each.channel != room.Channel || each.event == "" {
			lost++
			continue
		}
		root := roots[each.ts]
		if root == each.ts {
			root = ""
		}
		seen[each.event] = true
		messages = append(messages, plannedMessage{event: each.event, ts: each.ts, part: parts[each.ts], root: root})
		parts[each.ts]++
	}
	return messages, lost
}

// planReactions returns the reactions to messages that carry over, each once.
func planReactions(room oldRoom, reactions []oldReaction, messages []plannedMessage) []oldReaction {
	said := map[string]bool{}
	for _, each := range messages {
		said[each.ts] = true
	}
	type key struct{ ts, user, name string }
	seen, events := map[key]bool{}, map[id.EventID]bool{}
	var kept []oldReaction
	for _, each := range reactions {
		each.name = strings.Trim(each.name, ":")
		what := key{each.ts, each.user, each.name}
		if each.channel != room.Channel || !said[each.ts] || each.user == "" || each.name == "" || each.event == "" || seen[what] || events[each.event] {
			continue
		}
		seen[what], events[each.event] = true, true
		kept = append(kept, each)
	}
	return kept
}

// summarize counts what carries over, and what does not.
func summarize(report *Report, found *appserviceData, plan []planned) {
	var rooms, again, messages, answers, reactions, lost int
	threads := map[string]bool{}
	for _, each := range plan {
		if each.known {
			again++
			continue
		}
		rooms++
		reactions += len(each.reactions)
		lost += each.lost
		for _, message := range each.messages {
			if message.part == 0 {
				messages++
			}
			if message.root != "" {
				threads[string(each.portal)+message.root] = true
				answers++
			}
		}
	}
	report.carry(rooms, "room, which becomes a plumbed room", "rooms, which become plumbed rooms")
	report.carry(again, "room was taken over before", "rooms were taken over before")
	report.carry(messages, "message", "messages")
	report.carry(len(threads), "thread", "threads")
	report.carry(answers, "answer in a thread", "answers in threads")
	report.carry(reactions, "reaction", "reactions")
	if lost > 0 {
		report.leave("%s without a place in the room's channel", several(lost, "event"))
	}
	if found.tokens > 0 {
		report.leave("%s of classic Slack apps, which have no Socket Mode: this bridge has an app of its own", several(found.tokens, "token"))
	}
	if found.people > 0 {
		report.leave("%s of people's own Slack accounts: what they say in Matrix is said by the app, under their name", several(found.people, "token"))
	}
}

// planPeople says who leaves and who comes, and what a person has to do for it.
func (o Options) planPeople(report *Report, found *appserviceData, plan []planned, old *appservice.Registration) {
	if len(plan) == 0 {
		return
	}
	bot := botMXID(o.Config)
	if old == nil {
		report.next("invite %s into the rooms, or give the old bridge's --registration: then it enters by itself, and the old bridge's users leave", bot)
	} else {
		if old.AppToken == o.Config.AppService.ASToken {
			report.refuse("--registration is this bridge's own: give matrix-appservice-slack's")
		}
		for _, each := range found.users {
			if !matchesUser(old, each.User) {
				report.refuse("--registration does not have %s, which the old bridge has made: give matrix-appservice-slack's", each.User)
				break
			}
		}
		report.change("%s enters the rooms, and the old bridge's users leave them: %d and its bot", bot, len(found.users))
	}
	channels := make([]string, 0, len(plan))
	for _, each := range plan {
		channels = append(channels, "#"+strings.TrimPrefix(cmp.Or(each.Name, each.Channel), "#"))
	}
	report.next("invite the app's bot into the channels in Slack: %s", strings.Join(channels, ", "))
	report.next("take the old bridge's registration out of the homeserver when all of this is done")
}

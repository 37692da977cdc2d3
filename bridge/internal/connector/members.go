package connector

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// A room is made with a few of its conversation's members, so that it is usable soon.
// Others join when they speak, or in the background: they are noted in the database
// before the room is made, and once it exists a row of kind joiners has them join, one
// after the other. Of a conversation with more members than one call returns, the row first
// lists the others.

const (
	// membersRead is how many members of a conversation are read when its room is made:
	// as many as one call returns.
	membersRead = 200
	// membersFirst is how many are in the room from its beginning. network.room_members is
	// how many join it without having spoken.
	membersFirst = 5
	// membersAsked is how many unknown people are asked for one by one; with more to come,
	// everyone in the workspace is listed.
	membersAsked = 50
	// joinersAtOnce is how many join in one try of a row.
	joinersAtOnce = 5
)

// kindJoiners is a row that has members join a room that was made without them. All
// such rows share a lane: one ghost joins at a time.
const kindJoiners = "joiners"

// joinersLane is the end of the name of the lane of such rows.
const joinersLane = "joiners"

// What joiners wait for: that every room is there, and that no more rows wait than are
// handled at once.
var (
	errRoomsFirst    = errors.New("the rooms are made first")
	errMessagesFirst = errors.New("messages go first")
)

// joinersWait is how long they wait before they check again.
const joinersWait = time.Second

// hurry is the context for calls to Slack that the bridge can do without: they do not wait
// for rate limits.
func hurry(ctx context.Context) context.Context {
	return slackapi.Background(slackapi.WaitAtMost(ctx, time.Millisecond))
}

// firstMembers divides the members of a channel into those who are in its room from the
// beginning and those who join later. First are those who spoke last and those who are
// known, then those whom Slack can name without a wait.
func (c *Client) firstMembers(ctx context.Context, members []string) (now, later []string, err error) {
	order, err := c.byAcquaintance(ctx, members)
	if err != nil {
		return nil, nil, err
	}
	order = order[:min(len(order), c.connector.roomMembers())]
	candidates := order[:min(len(order), membersFirst)]
	outcomes := make([]error, len(candidates))
	var asked sync.WaitGroup
	for i, member := range candidates {
		asked.Go(func() { _, outcomes[i] = c.users.person(hurry(ctx), member) })
	}
	asked.Wait()
	for i, member := range candidates {
		_, passes := transient(outcomes[i])
		switch {
		case slackapi.KindOf(outcomes[i]) == slackapi.RateLimited:
			later = append(later, member)
		case outcomes[i] != nil && passes:
			return nil, nil, outcomes[i]
		default:
			now = append(now, member)
		}
	}
	return now, append(later, order[len(candidates):]...), nil
}

// roomMembers is how many members of a channel are in its room without having spoken.
func (c *Connector) roomMembers() int {
	limit := c.options.Network.RoomMembers
	if limit < 0 {
		return math.MaxInt
	}
	return max(limit, membersFirst)
}

// byAcquaintance orders members: first those who spoke last in any room, then those who
// are known, then the others as Slack lists them.
func (c *Client) byAcquaintance(ctx context.Context, members []string) ([]string, error) {
	ghosts := make([]networkid.UserID, len(members))
	for i, member := range members {
		ghosts[i] = c.ghostID(member)
	}
	speakers, err := c.connector.db.Speakers(ctx, ghosts)
	if err != nil {
		return nil, err
	}
	known, err := c.connector.db.KnownPeople(ctx, c.team, members)
	if err != nil {
		return nil, err
	}
	rank := make(map[string]int, len(members))
	for _, member := range members {
		rank[member] = len(speakers) + 1
	}
	for _, member := range known {
		rank[member] = len(speakers)
	}
	for i, member := range members {
		if spoke := slices.Index(speakers, ghosts[i]); spoke >= 0 {
			rank[member] = spoke
		}
	}
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(rank[a], rank[b]) })
	return order, nil
}

// noteJoiners notes who joins the room of a conversation later.
func (c *Client) noteJoiners(ctx context.Context, conversation slackevent.Conversation, members []string) error {
	if len(members) == 0 {
		return nil
	}
	ghosts := make([]networkid.UserID, len(members))
	for i, member := range members {
		ghosts[i] = c.ghostID(member)
	}
	return c.connector.db.PutJoiners(ctx, c.conversations.keyOf(conversation), ghosts)
}

// joiners is the payload of a row of that kind.
type joiners struct {
	networkid.PortalKey
	// Unlisted says that the conversation has members who were not listed yet.
	Unlisted bool `json:"unlisted,omitempty"`
}

// putJoiners puts the row that has the rest of the members join a room. occasion tells the
// row from others of the same room.
func (c *Client) putJoiners(ctx context.Context, portal *bridgev2.Portal, occasion string, unlisted bool) error {
	payload, err := json.Marshal(joiners{portal.PortalKey, unlisted})
	if err != nil {
		return fmt.Errorf("encode the portal %s: %w", portal.PortalKey, err)
	}
	_, err = c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + joinersLane, Kind: kindJoiners, Payload: payload,
		Key: "joiners " + portal.MXID.String() + occasion,
	})
	return wrapped(err, "store that the members of %s are to join", portal.PortalKey)
}

// handleJoiners handles a row of kind joiners. What is left to do is in the database, so
// that it continues after a restart.
func (c *Client) handleJoiners(ctx context.Context, row *inbox.Attempt) error {
	if !c.roomsMade.Load() || c.resyncs.any() {
		return inbox.Later(c.connector.scaled(joinersWait), errRoomsFirst)
	}
	others := c.connector.inbox.Waiting(row.Source)
	for _, idle := range []string{joinersLane, pinsLane} { // they wait for Slack's limits
		others -= c.connector.inbox.WaitingIn(c.lane("")+idle, 0)
	}
	if others > slackWorkers {
		return inbox.Later(shortWait, errMessagesFirst)
	}
	var who joiners
	if err := json.Unmarshal(row.Payload, &who); err != nil {
		return inbox.Park(fmt.Errorf("read whose members are to join: %w", err))
	}
	key := who.PortalKey
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return fmt.Errorf("load the portal %s: %w", key, err)
	}
	if c.connector.roomOf(portal) == "" {
		return c.connector.db.DropJoiners(ctx, key)
	}
	if len(row.Progress) == 0 {
		if err := c.listJoiners(slackapi.Background(ctx), row, portal, who.Unlisted); err != nil {
			return err
		}
		if err := row.Keep(ctx, []byte(`"listed"`)); err != nil {
			return err
		}
	}
	next, err := c.connector.db.NextJoiners(ctx, key, joinersAtOnce)
	if err != nil {
		return err
	}
	for _, ghost := range next {
		if ghost, err = c.renamed(slackapi.Background(ctx), key, ghost); err != nil {
			return err
		}
		if err := c.join(slackapi.Background(ctx), row, key, ghost); err != nil {
			return err
		}
	}
	if len(next) == joinersAtOnce {
		return inbox.Later(0, errMore)
	}
	return nil
}

// listJoiners notes the members who were not listed when the room was made, and gets to know
// many people at once. Those whom the room's history brought into it, and who have left the
// channel since, leave it.
func (c *Client) listJoiners(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, unlisted bool) error {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return inbox.Park(err)
	}
	if !unlisted {
		return c.meetJoiners(ctx, portal.PortalKey)
	}
	joined, _, err := c.ghostsIn(ctx, portal) // first, see syncMembers
	if err != nil {
		return err
	}
	limit := c.membersListed()
	members, err := c.api.Members(ctx, channel, limit)
	if err := unreadable(ctx, err); err != nil {
		return err
	}
	if err := c.putMembers(ctx, portal.PortalKey, members); err != nil {
		return err
	}
	if complete := len(members) > 0 && (limit == 0 || len(members) < limit); complete {
		if err := c.takeOut(ctx, row, portal.PortalKey, c.leavers(joined, members)); err != nil {
			return err
		}
	}
	return c.meetJoiners(ctx, portal.PortalKey)
}

// membersListed is how many members of a conversation are listed at most, 0 for all: one
// more than join, so that it can be told whether these are all.
func (c *Client) membersListed() int {
	if limit := c.connector.roomMembers(); limit < math.MaxInt {
		return max(limit+1, membersRead) // the bot is one of them
	}
	return 0
}

// putMembers notes that members are to join a room, as many as may.
func (c *Client) putMembers(ctx context.Context, key networkid.PortalKey, members []string) error {
	members = slices.DeleteFunc(c.withoutErased(members), func(member string) bool { return member == c.bot || member == "" })
	order, err := c.byAcquaintance(ctx, members)
	if err != nil {
		return err
	}
	ghosts := make([]networkid.UserID, 0, len(order))
	for _, member := range order[:min(len(order), c.connector.roomMembers())] {
		ghosts = append(ghosts, c.ghostID(member))
	}
	return c.connector.db.PutJoiners(ctx, key, ghosts)
}

// meetJoiners lists everyone in the workspace if many of those who are to join a room are
// not known: Slack allows a few lists a minute, and names a thousand people in each.
func (c *Client) meetJoiners(ctx context.Context, key networkid.PortalKey) error {
	ghosts, err := c.connector.db.NextJoiners(ctx, key, math.MaxInt32)
	if err != nil {
		return err
	}
	unknown := map[string]bool{}
	for _, ghost := range ghosts {
		if _, user, err := slackid.ParseUserID(ghost); err == nil {
			unknown[user] = true
		}
	}
	known, err := c.connector.db.KnownPeople(ctx, c.team, slices.Collect(maps.Keys(unknown)))
	if err != nil {
		return err
	}
	for _, user := range known {
		delete(unknown, user)
	}
	if len(unknown) <= membersAsked {
		return nil
	}
	for page, err := range c.api.Users(ctx) {
		if err != nil {
			return unreadable(ctx, err) // they are asked for one by one
		}
		for _, user := range page {
			if !unknown[user.ID] {
				continue
			}
			if _, err := c.users.keep(ctx, c.users.dated(personOf(user))); err != nil {
				return err
			}
		}
	}
	return nil
}

// renamed is the ghost of a person who was noted before it was known of which workspace they
// are.
func (c *Client) renamed(ctx context.Context, key networkid.PortalKey, noted networkid.UserID) (networkid.UserID, error) {
	_, user, err := slackid.ParseUserID(noted)
	if err != nil {
		return noted, nil // the framework says so
	}
	if err := c.meet(ctx, user, ""); err != nil {
		return noted, err
	}
	ghost := c.ghostID(user)
	if ghost == noted {
		return ghost, nil
	}
	if err := c.connector.db.PutJoiners(ctx, key, []networkid.UserID{ghost}); err != nil {
		return noted, err
	}
	return ghost, c.connector.db.DropJoiner(ctx, key, noted)
}

// join has one ghost join a room. It runs under the portal's lock, so that a member who
// leaves meanwhile is not brought back.
func (c *Client) join(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, id networkid.UserID) error {
	if err := c.prepare(ctx, id); err != nil {
		return err
	}
	return c.submit(ctx, row, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			if joins, err := c.connector.db.IsJoiner(ctx, key, id); err != nil || !joins || portal.MXID == "" {
				return err
			}
			ghost, err := c.connector.bridge.GetGhostByID(ctx, id)
			if err != nil {
				return fmt.Errorf("load the ghost %s: %w", id, err)
			}
			if err := ghost.Intent.EnsureJoined(ctx, portal.MXID); err != nil {
				if _, passes := transient(err); passes {
					return fmt.Errorf("have %s join %s: %w", id, portal.MXID, err)
				}
				zerolog.Ctx(ctx).Info().Err(err).Str("ghost_id", string(id)).Msg("A member of a channel cannot join its room")
			}
			if err := c.giveRole(ctx, portal, id); err != nil {
				return err
			}
			return c.connector.db.DropJoiner(ctx, key, id)
		},
	})
}

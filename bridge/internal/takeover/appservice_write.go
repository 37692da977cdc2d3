package takeover

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.mau.fi/util/dbutil"
	bridgedb "maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// writeAppservice writes the rooms of a plan, all or none.
func writeAppservice(ctx context.Context, db *dbutil.Database, bot id.UserID, plan []planned) error {
	rows := &rows{
		Database: bridgedb.New("", (*connector.Connector)(nil).GetDBMetaTypes(), db),
		ghosts:   map[networkid.UserID]bool{}, now: time.Now(), bot: bot,
	}
	return db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, each := range plan {
			if each.known {
				continue
			}
			if err := rows.room(ctx, each); err != nil {
				return err
			}
		}
		return nil
	})
}

// rows writes the framework's rows of rooms that are taken over.
type rows struct {
	*bridgedb.Database
	ghosts map[networkid.UserID]bool
	now    time.Time
	// bot takes back in Matrix what is taken back in Slack: the old bridge's users cannot.
	bot id.UserID
}

func (r *rows) room(ctx context.Context, room planned) error {
	key := networkid.PortalKey{ID: room.portal}
	portal, err := r.Portal.GetByKey(ctx, key)
	if err != nil {
		return wrap(err, "look up the portal %s", room.portal)
	}
	made := &bridgedb.Portal{
		PortalKey: key, MXID: room.Room, Name: "#" + room.Name, NameSet: true, TopicSet: true, AvatarSet: true,
		Metadata: &connector.PortalMetadata{Plumbed: true},
	}
	if portal == nil {
		err = r.Portal.Insert(ctx, made)
	} else {
		err = r.Portal.Update(ctx, made) // one without a room
	}
	if err != nil {
		return wrap(err, "write the room %s", room.Room)
	}
	if err := r.messages(ctx, room, key); err != nil {
		return err
	}
	return r.reactions(ctx, room, key)
}

// messages writes the rows of a room's messages. The old bridge did not note who said
// them: they belong to the ghost without an id, and to no Matrix user. An edit that Slack
// had before is not one that is still to come. Nor did it note which rows are edits made in Slack
// and reactions that were withdrawn, see [planMessages].
func (r *rows) messages(ctx context.Context, room planned, key networkid.PortalKey) error {
	for _, each := range room.messages {
		if err := r.ghost(ctx, ""); err != nil {
			return err
		}
		at, err := slackid.ParseTimestamp(each.ts)
		if err != nil {
			return err
		}
		row := &bridgedb.Message{
			ID: slackid.MakeMessageID(room.Team, room.Channel, each.ts), PartID: partID(each.part), MXID: each.event,
			Room: key, Timestamp: at,
			Metadata: &connector.MessageMetadata{LastEditTS: slackTS(r.now), TakenOver: true},
		}
		if each.root != "" {
			row.ThreadRoot = slackid.MakeMessageID(room.Team, room.Channel, each.root)
		}
		if err := r.Message.Insert(ctx, row); err != nil {
			return wrap(err, "write the message %s", each.event)
		}
	}
	return nil
}

func (r *rows) reactions(ctx context.Context, room planned, key networkid.PortalKey) error {
	for _, each := range room.reactions {
		sender := slackid.MakeUserID(room.Team, each.user)
		if err := r.ghost(ctx, sender); err != nil {
			return err
		}
		at, err := slackid.ParseTimestamp(each.ts)
		if err != nil {
			return err
		}
		emoji, known := slackfmt.EmojiFromSlack(each.name)
		if !known {
			emoji = ":" + each.name + ":"
		}
		err = r.Reaction.Upsert(ctx, &bridgedb.Reaction{
			Room: key, MessageID: slackid.MakeMessageID(room.Team, room.Channel, each.ts), MessagePartID: partID(0),
			SenderID: sender, SenderMXID: r.bot, EmojiID: networkid.EmojiID(each.name), Emoji: emoji, MXID: each.event, Timestamp: at,
		})
		if err != nil {
			return wrap(err, "write the reaction %s", each.event)
		}
	}
	return nil
}

// ghost sees that a ghost is there. What it is called comes with what it says first.
func (r *rows) ghost(ctx context.Context, ghost networkid.UserID) error {
	if r.ghosts[ghost] {
		return nil
	}
	found, err := r.Ghost.GetByID(ctx, ghost)
	if err == nil && found == nil {
		err = r.Ghost.Insert(ctx, &bridgedb.Ghost{ID: ghost, Metadata: &connector.GhostMetadata{}})
	}
	r.ghosts[ghost] = err == nil
	return wrap(err, "write the ghost %q", ghost)
}

// partID names the nth event of a message.
func partID(n int) networkid.PartID {
	if n == 0 {
		return ""
	}
	return networkid.PartID("old-" + strconv.Itoa(n))
}

// slackTS is a time as Slack writes it.
func slackTS(at time.Time) string { return fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000) }

package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database"
)

const (
	// maxRoomsAsked bounds the rooms about which the homeserver is asked one by one.
	maxRoomsAsked = 20
	// maxRoomsNamed bounds the rooms in a line.
	maxRoomsNamed = 3
)

// checkRooms compares the rooms of the database with those that the bot is in. One of both
// sides being restored from an older copy shows there.
func (e *examination) checkRooms(ctx context.Context) (string, []Finding) {
	rooms, err := database.ReadRooms(ctx, e.config)
	if err != nil {
		return roomsUnknown.one("the rooms cannot be read from the database", err.Error(), "see the finding of the check database")
	}
	client, err := e.client()
	if err != nil {
		return roomsUnknown.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	joined, err := client.JoinedRooms(ctx)
	if err != nil {
		return roomsUnknown.one("the homeserver does not say which rooms the bot is in", plain(err), "see the homeserver's log")
	}
	var missing, unnamed []string
	for _, room := range rooms.Portals {
		if !slices.Contains(joined.JoinedRooms, id.RoomID(room)) {
			missing = append(missing, room)
		}
	}
	for _, room := range joined.JoinedRooms {
		if !slices.Contains(rooms.Portals, string(room)) && !slices.Contains(rooms.Others, string(room)) {
			unnamed = append(unnamed, string(room))
		}
	}
	forgotten, err := e.ours(ctx, client, unnamed[:min(len(unnamed), maxRoomsAsked)])
	if err != nil {
		return roomsUnknown.one("the homeserver does not say what the bot's rooms are", plain(err), "see the homeserver's log")
	}
	const together = "restore both from copies of one time (docs/runbook.md)"
	var found []Finding
	if len(missing) > 0 {
		found = append(found, roomsGone.found(fmt.Sprintf("the bot is not in %d of the %d rooms that the database names", len(missing), len(rooms.Portals)), some(missing),
			"if the homeserver was restored from an older copy, "+together+"; otherwise invite the bot again"))
	}
	if len(forgotten) > 0 {
		found = append(found, roomsForgotten.found(fmt.Sprintf("the bot is in %d bridged rooms that the database does not name", len(forgotten)), some(forgotten),
			"if the database was restored from an older copy, "+together+"; otherwise have the bot leave them"))
	}
	return fmt.Sprintf("the bot is in all %d rooms that the database names", len(rooms.Portals)), found
}

// ours are those of some rooms that say of themselves that they are this bridge's, and have
// not been replaced by another.
func (e *examination) ours(ctx context.Context, client *mautrix.Client, rooms []string) (ours []string, err error) {
	// The state key is the framework's (bridgev2/matrix: GetUniqueBridgeID).
	key := e.config.Homeserver.Domain + "/" + e.config.AppService.ID
	if e.config.Bridge.NoBridgeInfoStateKey {
		key = ""
	}
	bot := id.NewUserID(e.config.AppService.Bot.Username, e.config.Homeserver.Domain)
	for _, room := range rooms {
		var bridge event.BridgeEventContent
		err := client.StateEvent(ctx, id.RoomID(room), event.StateBridge, key, &bridge)
		switch {
		case errors.Is(err, mautrix.MNotFound) || err == nil && bridge.BridgeBot != bot:
			continue
		case err != nil:
			return nil, err
		}
		var replaced event.TombstoneEventContent
		err = client.StateEvent(ctx, id.RoomID(room), event.StateTombstone, "", &replaced)
		switch {
		case errors.Is(err, mautrix.MNotFound):
			ours = append(ours, room)
		case err != nil:
			return nil, err
		}
	}
	return ours, nil
}

// some names a few rooms.
func some(rooms []string) string {
	text := strings.Join(rooms[:min(len(rooms), maxRoomsNamed)], ", ")
	if more := len(rooms) - maxRoomsNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

package takeover

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"
	bridgedb "maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackid"
)

// move brings the bridge's bot into rooms and the old bridge's users out of them.
type move struct {
	config   *settings.Config
	old      *appservice.Registration
	bot, was *mautrix.Client
}

// newMove sees that the homeserver takes both bridges' tokens, before anything is changed.
func newMove(ctx context.Context, config *settings.Config, old *appservice.Registration) (*move, error) {
	m := &move{config: config, old: old}
	var err error
	if m.bot, err = m.client(config.AppService.ASToken, botMXID(config)); err != nil {
		return nil, err
	}
	if m.was, err = m.client(old.AppToken, id.NewUserID(old.SenderLocalpart, config.Homeserver.Domain)); err != nil {
		return nil, err
	}
	for _, each := range []struct {
		client *mautrix.Client
		whose  string
	}{{m.bot, "this bridge"}, {m.was, "the old bridge"}} {
		if err := enter(ctx, each.client); err != nil {
			return nil, exit.New(exit.Unavailable, "the homeserver at %s does not take the as_token of %s: %w; give it both registrations", config.Homeserver.Address, each.whose, err)
		}
	}
	return m, nil
}

func (m *move) client(token string, user id.UserID) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(m.config.Homeserver.Address, user, token)
	if err != nil {
		return nil, fmt.Errorf("homeserver.address: %w", err)
	}
	client.SetAppServiceUserID = true
	return client, nil
}

// enter sees that a bot's account is there.
func enter(ctx context.Context, bot *mautrix.Client) error {
	address := bot.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "register"}, map[string]string{"kind": "user"})
	_, err := bot.MakeRequest(ctx, http.MethodPost, address, map[string]any{
		"type": "m.login.application_service", "username": bot.UserID.Localpart(), "inhibit_login": true,
	}, nil)
	if errors.Is(err, mautrix.MUserInUse) || errors.Is(err, mautrix.MExclusive) {
		err = nil
	}
	if err == nil {
		_, err = bot.Whoami(ctx)
	}
	return err
}

// rooms moves into all rooms of a plan. What fails for one is said, and tried again by the
// next run.
func (m *move) rooms(ctx context.Context, db *dbutil.Database, report *Report, found *appserviceData, plan []planned) error {
	noted, err := slackdb.Open(ctx, db, nil)
	if err != nil {
		return err
	}
	portals := bridgedb.New("", (*connector.Connector)(nil).GetDBMetaTypes(), db).Portal
	people := map[id.UserID]oldUser{}
	for _, each := range found.users {
		people[each.User] = each
	}
	for _, each := range plan {
		if err := m.comeIn(ctx, each.Room); err != nil {
			report.next("%s: the bridge's bot does not get in (%s): invite %s there and run this again", each.title(), err, m.bot.UserID)
			continue
		}
		ghosts, err := m.leaving(ctx, each.Room)
		if err != nil {
			return err
		}
		if err := noteJoiners(ctx, noted, portals, each, ghosts, people); err != nil {
			return err
		}
		for _, ghost := range append(ghosts, m.was.UserID) {
			if err := m.goOut(ctx, each.Room, ghost); err != nil {
				report.next("%s: %s does not leave: %s", each.title(), ghost, err)
			}
		}
	}
	return nil
}

// comeIn brings the bridge's bot into a room, by the old bot's invitation where it takes
// one.
func (m *move) comeIn(ctx context.Context, room id.RoomID) error {
	_, err := m.bot.JoinRoomByID(ctx, room)
	if err == nil {
		return nil
	}
	if _, inviting := m.was.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: m.bot.UserID}); inviting != nil {
		return errors.Join(err, inviting)
	}
	_, err = m.bot.JoinRoomByID(ctx, room)
	return err
}

// leaving returns the old bridge's users that are in a room, without its bot.
func (m *move) leaving(ctx context.Context, room id.RoomID) ([]id.UserID, error) {
	members, err := m.bot.JoinedMembers(ctx, room)
	if err != nil {
		return nil, fmt.Errorf("list who is in %s: %w", room, err)
	}
	var ghosts []id.UserID
	for user := range members.Joined {
		if user != m.was.UserID && user != m.bot.UserID && matchesUser(m.old, user) {
			ghosts = append(ghosts, user)
		}
	}
	return ghosts, nil
}

// goOut makes one of the old bridge's users leave a room, if it is there.
func (m *move) goOut(ctx context.Context, room id.RoomID, user id.UserID) error {
	client, err := m.client(m.old.AppToken, user)
	if err != nil {
		return err
	}
	_, err = client.LeaveRoom(ctx, room)
	if errors.Is(err, mautrix.MForbidden) {
		return nil // it is out already
	}
	return err
}

// noteJoiners notes that the people whose old users leave come in with their new ones,
// when the bridge runs.
func noteJoiners(ctx context.Context, noted *slackdb.DB, portals *bridgedb.PortalQuery, room planned, leaving []id.UserID, people map[id.UserID]oldUser) error {
	var ghosts []networkid.UserID
	for _, user := range leaving {
		if known := people[user]; known.Slack != "" {
			ghosts = append(ghosts, slackid.MakeUserID(room.Team, known.Slack))
		}
	}
	if len(ghosts) == 0 {
		return nil
	}
	key := networkid.PortalKey{ID: room.portal}
	if err := noted.PutJoiners(ctx, key, ghosts); err != nil {
		return err
	}
	portal, err := portals.GetByKey(ctx, key)
	if err != nil || portal == nil {
		return wrap(err, "look up the portal %s", room.portal)
	}
	portal.Metadata.(*connector.PortalMetadata).Joining = true
	return wrap(portals.Update(ctx, portal), "note who joins %s", room.Room)
}

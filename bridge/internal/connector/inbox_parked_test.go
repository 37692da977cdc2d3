package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// TestParkedEventsAreTold: the owner of the room's login is told once of each event that is
// parked, whether a transaction brought it or it was read from its room.
func TestParkedEventsAreTold(t *testing.T) {
	for _, kind := range []string{matrixevent.KindEvent, matrixevent.KindRecovered} {
		t.Run("43 "+kind, func(t *testing.T) {
			w := newWorld(t)
			w.room().Relay = w.client.login
			evt := w.write("$said", "@ann:test", "hello")
			raw, err := json.Marshal(evt)
			require.NoError(t, err)
			err = w.handle(inbox.Row{
				Source: matrixevent.Source, Key: "$said", Lane: evt.RoomID.String(), Kind: kind, Payload: raw,
				Progress: []byte("no JSON"),
			}, w.slack.HandleMatrix)
			require.True(t, inbox.IsPark(err), err)
			told := w.awaitParkedNotice()
			rows, err := w.slack.inbox.List(t.Context())
			require.NoError(t, err)
			require.Len(t, rows, 1)
			require.Contains(t, told, "The bridge could not carry over something that was said in Matrix, in #general: ")
			require.Contains(t, told, fmt.Sprintf("`!slack inbox retry %d` tries it again", rows[0].ID))
		})
	}
}

// awaitParkedNotice waits until owners were told of one parked row, and returns what was said.
func (w *world) awaitParkedNotice() string {
	w.Helper()
	var told []string
	require.Eventually(w, func() bool {
		told = slices.DeleteFunc(w.home.bodies(), func(body string) bool { return !strings.Contains(body, "`!slack inbox retry ") })
		return len(told) > 0
	}, 30*time.Second, time.Millisecond)
	require.Len(w, told, 1)
	return told[0]
}

// TestAParkedErasingIsTold: an admin is told once, in their own chat with the bot. Admins are the
// owners of logins before others, and no one who was erased.
func TestAParkedErasingIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*world)
		want   id.UserID
	}{
		"the owner of a login": {func(*world) {}, owner},
		"an admin without one": {func(w *world) {
			(*w.bridge.Config.Permissions[string(owner)]).Admin = false
		}, "@second:test"},
		"the next, if one cannot be told": {func(w *world) {
			w.home.creating = func(request *mautrix.ReqCreateRoom) error {
				if slices.Contains(request.Invite, owner) {
					return mautrix.MForbidden
				}
				return nil
			}
		}, "@second:test"},
		"not one who was erased": {func(w *world) {
			w.bridge.Config.Permissions["@alice:test"] = &bridgeconfig.PermissionLevelAdmin
			(*w.bridge.Config.Permissions[string(owner)]).Admin = false
			w.slack.optOuts.erase("@alice:test")
		}, "@second:test"},
	} {
		t.Run("43 "+name, func(t *testing.T) {
			w := newWorld(t)
			tc.change(w)
			row := inbox.Row{Source: matrixevent.Source, Key: "erase asked", Lane: eraseLane("@ann:test"), Kind: kindErase, Payload: []byte("no JSON")}
			err := w.handle(row, w.slack.HandleMatrix)
			require.True(t, inbox.IsPark(err), err)
			told := w.awaitParkedNotice()
			rows, err := w.slack.inbox.List(t.Context())
			require.NoError(t, err)
			require.Len(t, rows, 1)
			require.Contains(t, told, "The bridge could not finish erasing a person: ")
			require.Contains(t, told, fmt.Sprintf("`!slack inbox retry %d` tries it again", rows[0].ID))
			require.NotContains(t, told, "@ann", "who is erased is not for everyone")
			user, err := w.bridge.GetUserByMXID(t.Context(), tc.want)
			require.NoError(t, err)
			require.Equal(t, []string{told}, w.home.bodiesIn(user.ManagementRoom))
		})
	}
}

// TestParkedKeysAreNotTold: no person can make them readable, and they come from anywhere.
func TestParkedKeysAreNotTold(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.slack.tellParkedFromMatrix(t.Context(), inbox.Parked{Row: inbox.Row{Kind: matrixevent.KindToDevice, Lane: matrixevent.KeysLane}}))
	require.NoError(t, w.slack.tellParkedFromMatrix(t.Context(), inbox.Parked{Row: inbox.Row{Kind: matrixevent.KindKeys, Lane: matrixevent.KeysLane}}))
	require.Empty(t, w.home.bodies())
	require.NoError(t, w.slack.tellParkedFromMatrix(t.Context(), inbox.Parked{Row: inbox.Row{ID: 7, Kind: "newer"}, Reason: "rows of kind \"newer\" are a newer bridge's"}))
	require.Contains(t, w.awaitParkedNotice(), "The bridge could not handle a row of kind newer: ")
}

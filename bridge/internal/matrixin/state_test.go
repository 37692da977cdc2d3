package matrixin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/matrixin"
)

// failingStore fails to note members until it is told not to.
type failingStore struct {
	appservice.StateStore
	err error
}

func (s *failingStore) SetMember(ctx context.Context, room id.RoomID, user id.UserID, member *event.MemberEventContent) error {
	if s.err != nil {
		return s.err
	}
	return s.StateStore.SetMember(ctx, room, user, member)
}

// TestRowsAndStateAreOneCommit: when either cannot be written the transaction is
// refused, and neither is; the next try stores both.
func TestRowsAndStateAreOneCommit(t *testing.T) {
	t.Run("42 a transaction is answered only after it is stored", func(t *testing.T) {
		body := transaction(state(ann, "m.room.encryption", "", megolm), message("room", "a"), join)
		whole := []string{"$m.room.encryption", "$room-a", "$m.room.member" + ann}
		t.Run("the state store fails", func(t *testing.T) {
			onBoth(t, func(t *testing.T, f *fixture) {
				store := &failingStore{f.store, errors.New("the disk is full")}
				f.as.StateStore = store
				f.refused("1", body)
				require.Empty(t, f.rows())
				require.False(t, f.encrypted("!room"))
				require.Zero(t, f.Stats().Transactions)
				require.Contains(t, f.logs.String(), "the disk is full")

				store.err = nil
				f.ok("1", body)
				require.Equal(t, whole, f.of("!room"))
				require.True(t, f.encrypted("!room"))
				require.Equal(t, event.MembershipJoin, f.membership("!room", ann))
			})
		})
		t.Run("the inbox fails", func(t *testing.T) {
			onBoth(t, func(t *testing.T, f *fixture) {
				_, err := f.db.Exec(t.Context(), "ALTER TABLE slack_inbox RENAME TO elsewhere")
				require.NoError(t, err)
				f.refused("1", body)
				require.False(t, f.encrypted("!room"))
				require.Equal(t, event.MembershipLeave, f.membership("!room", ann))

				_, err = f.db.Exec(t.Context(), "ALTER TABLE elsewhere RENAME TO slack_inbox")
				require.NoError(t, err)
				f.ok("1", body)
				require.Equal(t, whole, f.of("!room"))
				require.True(t, f.encrypted("!room"))
			})
		})
	})
}

// TestEncryptionIsNeverMissed: a room that clients take for encrypted is known to be,
// whichever user made it so and whatever else is odd about the event.
func TestEncryptionIsNeverMissed(t *testing.T) {
	const odd = `{"algorithm":"m.megolm.v1.aes-sha2","rotation_period_ms":"not a number","rotation_period_msgs":[]}`
	for name, tc := range map[string]struct {
		events []string
		want   bool
	}{
		"of a person":         {[]string{state(ann, "m.room.encryption", "", megolm)}, true},
		"of our bot":          {[]string{state(bot, "m.room.encryption", "", megolm)}, true},
		"of a ghost":          {[]string{state(ghost, "m.room.encryption", "", megolm)}, true},
		"odd fields":          {[]string{state(ann, "m.room.encryption", "", odd)}, true},
		"too large a number":  {[]string{state(ann, "m.room.encryption", "", `{"algorithm":"m.megolm.v1.aes-sha2","n":1e400}`)}, true},
		"something unsigned":  {[]string{`{"type":"m.room.encryption","event_id":"$e","room_id":"!room","state_key":"","unsigned":{"age":"x"},"content":` + megolm + `}`}, true},
		"without an id":       {[]string{`{"type":"m.room.encryption","room_id":"!room","state_key":"","content":` + megolm + `}`}, true},
		"nonsense around it":  {[]string{`null`, `7`, state(ann, "m.room.encryption", "", megolm), `{}`}, true},
		"taken back":          {[]string{state(ann, "m.room.encryption", "", megolm), state(ann, "m.room.encryption", "", `{}`)}, true},
		"another afterwards":  {[]string{state(ann, "m.room.encryption", "", megolm), state(ann, "m.room.encryption", "", `{"algorithm":"none"}`)}, true},
		"hidden by a capital": {[]string{state(ann, "m.room.encryption", "", `{"algorithm":"m.megolm.v1.aes-sha2","Algorithm":"none"}`)}, true},
		"a capital alone":     {[]string{state(ann, "m.room.encryption", "", `{"Algorithm":"m.megolm.v1.aes-sha2"}`)}, false},
		"of a state key":      {[]string{state(ann, "m.room.encryption", "x", megolm)}, false},
		"not a state event":   {[]string{`{"type":"m.room.encryption","event_id":"$e","room_id":"!room","content":` + megolm + `}`}, false},
		"another algorithm":   {[]string{state(ann, "m.room.encryption", "", `{"algorithm":"none"}`)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.put(tc.events...)
			require.Equal(t, tc.want, f.encrypted("!room"))
		})
	}
}

// TestMembershipsAreNeverMissed: homeservers look at nothing but the membership, so
// that the rest may be anything. It is known, and handled, all the same.
func TestMembershipsAreNeverMissed(t *testing.T) {
	for name, content := range map[string]string{
		"plain":          `{"membership":"ban"}`,
		"an odd name":    `{"membership":"ban","displayname":5}`,
		"an odd reason":  `{"membership":"ban","reason":{"a":1}}`,
		"an odd picture": `{"membership":"ban","avatar_url":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.put(join)
			require.Equal(t, event.MembershipJoin, f.membership("!room", ann))
			f.put(strings.Replace(state(ann, "m.room.member", ann, content), `"$m`, `"$gone`, 1))
			require.Equal(t, event.MembershipBan, f.membership("!room", ann))
			require.Len(t, f.of("!room"), 2)
		})
	}
}

// TestOtherStateIsNoted has what the framework asks the store for.
func TestOtherStateIsNoted(t *testing.T) {
	onBoth(t, func(t *testing.T, f *fixture) {
		f.put(
			state(ann, "m.room.create", "", `{"room_version":"12","m.federate":false}`),
			state(ann, "m.room.power_levels", "", `{"users":{"@ann:example.org":75,"@bob:example.org":"50"}}`),
			state(ann, "m.room.join_rules", "", `{"join_rule":"knock"}`),
			state(ann, "m.room.history_visibility", "", `{"history_visibility":"joined"}`))
		create, err := f.store.GetCreate(t.Context(), "!room")
		require.NoError(t, err)
		require.EqualValues(t, "12", create.Content.AsCreate().RoomVersion)
		levels, err := f.store.GetPowerLevels(t.Context(), "!room")
		require.NoError(t, err)
		require.Equal(t, 75, levels.Users[ann])
		rules, err := f.store.GetJoinRules(t.Context(), "!room")
		require.NoError(t, err)
		require.Equal(t, event.JoinRuleKnock, rules.JoinRule)
		visibility, err := f.store.GetHistoryVisibility(t.Context(), "!room")
		require.NoError(t, err)
		require.Equal(t, event.HistoryVisibilityJoined, visibility.HistoryVisibility)
	})
}

// TestEchoes: what the bridge's own users do changes the state and makes no row, but for
// what has to be handled.
func TestEchoes(t *testing.T) {
	for name, tc := range map[string]struct {
		event      string
		unless     bool // encryption
		encryption bool
		row        bool
	}{
		"a message of a person":         {event: message("room", "a"), row: true},
		"a message of a ghost":          {event: strings.Replace(message("room", "a"), ann, ghost, 1)},
		"a message of the bot":          {event: strings.Replace(message("room", "a"), ann, bot, 1)},
		"a redaction of the bot":        {event: fmt.Sprintf(`{"type":"m.room.redaction","event_id":"$r","room_id":"!room","sender":%q,"redacts":"$x","content":{}}`, bot)},
		"a tombstone of the bot":        {event: state(bot, "m.room.tombstone", "", `{"replacement_room":"!new"}`), row: true},
		"a tombstone that is no state":  {event: fmt.Sprintf(`{"type":"m.room.tombstone","event_id":"$r","room_id":"!room","sender":%q,"content":{}}`, bot)},
		"a person joins":                {event: join, row: true},
		"a ghost joins":                 {event: state(ghost, "m.room.member", ghost, `{"membership":"join"}`)},
		"a ghost joins, encrypted":      {event: state(ghost, "m.room.member", ghost, `{"membership":"join"}`), encryption: true},
		"the bot invites a person":      {event: state(bot, "m.room.member", ann, `{"membership":"invite"}`)},
		"the same, encrypted":           {event: state(bot, "m.room.member", ann, `{"membership":"invite"}`), encryption: true, row: true},
		"a person invites a ghost":      {event: state(ann, "m.room.member", ghost, `{"membership":"invite"}`), row: true},
		"the bot bans a ghost, in code": {event: state(bot, "m.room.member", ghost, `{"membership":"ban"}`), encryption: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, func(cfg *matrixin.Config) { cfg.Encryption = tc.encryption })
			f.put(tc.event)
			require.Len(t, f.rows(), map[bool]int{true: 1}[tc.row])
			require.EqualValues(t, map[bool]int{false: 1}[tc.row], f.Stats().Echoes)
			if evt, err := matrixevent.Parse([]byte(tc.event)); err == nil && evt.Type == event.StateMember {
				require.Equal(t, evt.Content.AsMember().Membership, f.membership("!room", id.UserID(evt.GetStateKey())))
			}
		})
	}
}

// TestWhatNoDatabaseStoresIsSetAside: the homeserver would repeat a transaction without end
// that holds what PostgreSQL does not take. The event is set aside, the others of its
// transaction are stored, and what people wrote is not logged.
func TestWhatNoDatabaseStoresIsSetAside(t *testing.T) {
	long := strings.Repeat("x", 3000)
	deep := strings.Repeat(`[`, 9000) + strings.Repeat(`]`, 9000)
	event := func(id, room, kind, more string) string {
		return fmt.Sprintf(`{"type":"%s","event_id":"%s","room_id":"%s","sender":"@ann:example.org",%s}`, kind, id, room, more)
	}
	pool := postgresql(t)
	for name, tc := range map[string]struct {
		event string
		fine  bool // it is stored, as far as can be
	}{
		"a zero byte in an id":             {event(`$a\u0000`, "!room", "m.room.message", `"content":{"body":"private"}`), false},
		"a zero byte in a room's id":       {event("$x", `!room\u0000`, "m.room.message", `"content":{"body":"private"}`), false},
		"a zero byte in a type":            {event("$x", "!room", `m.room\u0000`, `"content":{"body":"private"}`), true},
		"a zero byte in a body":            {event("$x", "!room", "m.room.message", `"content":{"body":"private \u0000"}`), true},
		"a zero byte in a state key":       {event("$x", "!room", "m.room.member", `"state_key":"@a\u0000:b","content":{"membership":"join"}`), false},
		"a zero byte in a name":            {event("$x", "!room", "m.room.member", `"state_key":"@a:b","content":{"membership":"join","displayname":"private \u0000"}`), false},
		"a zero byte in a rule":            {event("$x", "!room", "m.room.join_rules", `"state_key":"","content":{"join_rule":"private \u0000"}`), false},
		"a zero byte in a room's creation": {event("$x", "!room", "m.room.create", `"state_key":"","content":{"private":"\u0000"}`), false},
		"a zero byte in a user's level":    {event("$x", "!room", "m.room.power_levels", `"state_key":"","content":{"users":{"private\u0000":1}}`), false},
		"half a letter in an id":           {event(`$a\ud800`, "!room", "m.room.message", `"content":{"body":"private"}`), true},
		"half a letter in a room's id":     {event("$x", `!room\udfff`, "m.room.message", `"content":{"body":"private"}`), true},
		"half a letter in a state key":     {event("$x", "!room", "m.room.member", `"state_key":"@a\ud800:b","content":{"membership":"join"}`), true},
		"half a letter in a name":          {event("$x", "!room", "m.room.member", `"state_key":"@a:b","content":{"membership":"join","displayname":"private \ud800"}`), true},
		"half a letter in a creation":      {event("$x", "!room", "m.room.create", `"state_key":"","content":{"private":"\ud800"}`), true},
		"bytes that are no text":           {event("$x\xff", "!room\xfe", "m.room.message", `"content":{"body":"private"}`), true},
		"an unheard-of membership":         {event("$x", "!room", "m.room.member", `"state_key":"@a:b","content":{"membership":"private"}`), true},
		"a long id":                        {event("$"+long, "!room", "m.room.message", `"content":{"body":"private"}`), false},
		"a long state key":                 {event("$x", "!room", "m.room.member", `"state_key":"`+incompressible(6000)+`","content":{"membership":"join"}`), false},
		"a creation without a bottom":      {event("$x", "!room", "m.room.create", `"state_key":"","content":{"private":`+deep+`}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, pool)
			f.listen()
			f.Ready()
			for _, table := range []string{"slack_inbox", "slack_inbox_key", "mx_room_state", "mx_user_profile"} {
				_, err := f.db.Exec(t.Context(), "DELETE FROM "+table)
				require.NoError(t, err)
			}
			body := transaction(message("other", "before"), state(ann, "m.room.encryption", "", megolm), tc.event, message("other", "after"))
			for range 2 {
				f.ok("1", body)
			}
			require.Equal(t, []string{"$other-before", "$other-after"}, f.of("!other"))
			require.True(t, f.encrypted("!room"))
			rows := map[bool]int{true: 4, false: 3}
			require.Len(t, f.rows(), rows[tc.fine])
			require.Equal(t, !tc.fine, strings.Contains(f.logs.String(), "set aside"), f.logs)
			require.NotContains(t, f.logs.String(), "private")
		})
	}
}

// incompressible is text that PostgreSQL cannot make shorter for its index.
func incompressible(length int) string {
	var text strings.Builder
	for n := uint32(1); text.Len() < length; n = n*1664525 + 1013904223 {
		fmt.Fprintf(&text, "%08x", n)
	}
	return text.String()
}

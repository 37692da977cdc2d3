package matrixin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixin"
)

func typing(room, user string) string {
	return fmt.Sprintf(`{"type":"m.typing","room_id":"!%s","content":{"user_ids":["@%s:example.org"]}}`, room, user)
}

// watchTyping notes who types in which room.
func (f *fixture) watchTyping(then func()) *journey {
	seen := &journey{news: make(chan struct{}, 1)}
	f.events.On(event.EphemeralEventTyping, func(_ context.Context, evt *event.Event) {
		who := evt.Content.AsTyping().UserIDs[0].Localpart()
		seen.add(strings.TrimPrefix(evt.RoomID.String(), "!") + " " + who)
		if then != nil {
			then()
		}
	})
	return seen
}

// TestEphemeralPassesABlockedRoom: typing does not wait behind a message that
// is being repeated, keeps its order and is never repeated itself.
func TestEphemeralPassesABlockedRoom(t *testing.T) {
	for _, key := range []string{"ephemeral", "de.sorunome.msc2409.ephemeral"} {
		t.Run(key, func(t *testing.T) {
			block := make(chan struct{})
			f := start(t, func(cfg *matrixin.Config) {
				cfg.Verdict = func(evt *event.Event) error {
					if evt.Type.Class == event.EphemeralEventType {
						return errors.New("must not be asked")
					}
					return nil
				}
			})
			messages := f.watch(func(context.Context, *event.Event) { <-block })
			seen := f.watchTyping(nil)
			f.put(message("room", "a"))
			messages.await(t, "room", 1)
			status, _ := f.putBody("e", `{"events":[],"`+key+`":[`+typing("room", "ann")+`,null,`+typing("room", "bob")+`]}`)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, []string{"ann", "bob"}, seen.await(t, "room", 2))
			require.EqualValues(t, 1, f.Stats().Undecodable)
			close(block)
			requireStats(t, f, func(s matrixin.Stats) bool { return s.Rooms == 0 })
			require.Zero(t, f.Stats().Retries)
		})
	}
}

func TestEphemeralIsIgnoredWhenNotRegistered(t *testing.T) {
	f := start(t)
	f.as.Registration.EphemeralEvents = false
	seen, messages := f.watchTyping(nil), f.watch(nil)
	status, _ := f.putBody("1", `{"events":[`+message("room", "a")+`],"ephemeral":[`+typing("room", "ann")+`]}`)
	require.Equal(t, http.StatusOK, status)
	messages.await(t, "room", 1)
	requireStats(t, f, func(s matrixin.Stats) bool { return s.Rooms == 0 })
	require.Empty(t, seen.all())
}

// TestOldTypingGivesWay: in a room whose handler hangs, only the newest
// ephemeral events are kept.
func TestOldTypingGivesWay(t *testing.T) {
	f := start(t)
	block := make(chan struct{})
	seen := f.watchTyping(func() { <-block })
	f.putBody("first", `{"ephemeral":[`+typing("room", "u0")+`]}`)
	seen.await(t, "room", 1)
	var many []string
	for n := range matrixin.MaxEphemeral + 20 {
		many = append(many, typing("room", fmt.Sprint("u", n+1)))
	}
	f.putBody("many", `{"ephemeral":[`+strings.Join(many, ",")+`]}`)
	require.Equal(t, 20, f.Stats().EphemeralDropped)
	close(block)
	got := seen.await(t, "room", 1+matrixin.MaxEphemeral)
	require.Equal(t, []string{"u0", "u21"}, got[:2])
	require.Equal(t, fmt.Sprint("u", matrixin.MaxEphemeral+20), got[len(got)-1])
}

// TestEncryptionDataReachesTheFramework: to-device events, key counts and
// device lists go through the framework's own handler to the listeners that the
// encryption machine registers, whatever stands beside them.
func TestEncryptionDataReachesTheFramework(t *testing.T) {
	toDevice := `{"type":"m.room.encrypted","sender":"@ann:example.org","to_user_id":"@bot:example.org","to_device_id":"DEV","content":{"algorithm":"m.olm.v1.curve25519-aes-sha2"}}`
	lists, otks := `{"changed":["@ann:example.org"]}`, `{"@bot:example.org":{"DEV":{"signed_curve25519":7}}}`
	for name, tc := range map[string]struct {
		body string
		bad  int64
	}{
		"stable keys":    {`{"events":[],"to_device":[` + toDevice + `],"device_lists":` + lists + `,"device_one_time_keys_count":` + otks + `}`, 0},
		"unstable keys":  {`{"de.sorunome.msc2409.to_device":[` + toDevice + `],"org.matrix.msc3202.device_lists":` + lists + `,"org.matrix.msc3202.device_one_time_keys_count":` + otks + `}`, 0},
		"bad neighbours": {`{"ephemeral":"x","to_device":[null,5,` + toDevice + `],"device_lists":` + lists + `,"device_one_time_keys_count":` + otks + `,"device_unused_fallback_key_types":[1]}`, 4},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			keys, counts, changes := make(chan *event.Event, 1), make(chan *mautrix.OTKCount, 1), make(chan *mautrix.DeviceLists, 1)
			f.events.On(event.ToDeviceEncrypted, func(_ context.Context, evt *event.Event) { keys <- evt })
			f.events.OnOTK(func(_ context.Context, otk *mautrix.OTKCount) { counts <- otk })
			f.events.OnDeviceList(func(_ context.Context, lists *mautrix.DeviceLists, _ string) { changes <- lists })
			f.events.Start(t.Context())
			t.Cleanup(f.events.Stop)

			status, _ := f.putBody("1", tc.body)
			require.Equal(t, http.StatusOK, status)
			evt := await(t, keys)
			require.EqualValues(t, "@bot:example.org", evt.ToUserID)
			require.Equal(t, event.SourceToDevice, evt.Mautrix.EventSource)
			require.Equal(t, 7, await(t, counts).SignedCurve25519)
			require.Len(t, await(t, changes).Changed, 1)
			require.Equal(t, tc.bad, f.Stats().Undecodable)

			// The next one is not taken for the same, and a repeated one is.
			f.putBody("2", tc.body)
			await(t, keys)
			f.putBody("2", tc.body)
			requireStats(t, f, func(s matrixin.Stats) bool { return s.Repeated == 1 && s.Rooms == 0 })
			require.Empty(t, keys)
		})
	}
}

// TestFullEncryptionQueueDelaysNothing: the stock handler waits when 64
// to-device events were not looked at; transactions and rooms go on.
func TestFullEncryptionQueueDelaysNothing(t *testing.T) {
	f := start(t)
	seen := f.watch(nil)
	var many []string
	for range 100 {
		many = append(many, `{"type":"m.room.encrypted","sender":"@ann:example.org","content":{}}`)
	}
	status, _ := f.putBody("1", `{"to_device":[`+strings.Join(many, ",")+`],"events":[`+message("room", "a")+`,{"type":"m.room.message","event_id":"$r","content":{"body":"roomless"}}]}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, []string{"a"}, seen.await(t, "room", 1))
	require.Equal(t, []string{"roomless"}, seen.await(t, "", 1))
	require.Equal(t, 1, f.Stats().Rooms, "the encryption data still waits")
	f.events.Start(t.Context())
	t.Cleanup(f.events.Stop)
	requireStats(t, f, func(s matrixin.Stats) bool { return s.Rooms == 0 })
}

// TestDrainDropsTyping: typing that waits behind a slow handler is not worth
// the time of a stop and is not reported as lost.
func TestDrainDropsTyping(t *testing.T) {
	f := start(t)
	release := make(chan struct{})
	seen := f.watchTyping(func() { <-release })
	f.putBody("1", `{"ephemeral":[`+typing("room", "ann")+`,`+typing("room", "bob")+`]}`)
	seen.await(t, "room", 1)
	drained := make(chan error, 1)
	go func() { drained <- f.drainIn(soon) }()
	requireStats(t, f, func(s matrixin.Stats) bool { return s.EphemeralDropped == 1 })
	close(release)
	require.NoError(t, await(t, drained))
	require.Equal(t, []string{"ann"}, seen.of("room"))
}

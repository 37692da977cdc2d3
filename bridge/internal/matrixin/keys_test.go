package matrixin_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/appservice"

	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/matrixin"
)

const (
	toDevice = `{"type":"m.room.encrypted","sender":"@ann:example.org","to_user_id":"@slackbot:example.org","to_device_id":"DEV","content":{"algorithm":"m.olm.v1.curve25519-aes-sha2","sender_key":"k","ciphertext":{}}}`
	lists    = `{"changed":["@ann:example.org"]}`
	otks     = `{"@slackbot:example.org":{"DEV":{"signed_curve25519":7}}}`
)

// TestKeysAreStoredBeforeEvents: to-device events, key counts and device lists are rows
// of one lane, ahead of the events of their transaction, whatever is next to them.
func TestKeysAreStoredBeforeEvents(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		bad  int64
	}{
		"stable keys":    {`"to_device":[` + toDevice + `],"device_lists":` + lists + `,"device_one_time_keys_count":` + otks, 0},
		"unstable keys":  {`"de.sorunome.msc2409.to_device":[` + toDevice + `],"org.matrix.msc3202.device_lists":` + lists + `,"org.matrix.msc3202.device_one_time_keys_count":` + otks, 0},
		"bad neighbours": {`"to_device":[null,5,` + toDevice + `,{"type":"m.room.encrypted","content":{"ciphertext":7,"algorithm":[]}}],"device_lists":` + lists + `,"device_one_time_keys_count":` + otks + `,"device_unused_fallback_key_types":[1]`, 4},
		"one is no list": {`"to_device":7,"de.sorunome.msc2409.to_device":[` + toDevice + `],"device_lists":` + lists + `,"device_one_time_keys_count":` + otks, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			body := `{"events":[` + message("room", "a") + `],` + tc.body + `}`
			f.ok("1", body)
			rows := f.rows()
			require.Len(t, rows, 3)
			require.Equal(t, []string{matrixevent.KindToDevice, matrixevent.KindKeys, matrixevent.KindEvent}, []string{rows[0].Kind, rows[1].Kind, rows[2].Kind})
			require.Equal(t, rows[0].Lane, rows[1].Lane)
			require.NotEqual(t, rows[1].Lane, rows[2].Lane)
			require.Equal(t, tc.bad, f.Stats().Undecodable)

			payloads := f.payloads(matrixevent.KeysLane)
			evt, err := matrixevent.ParseToDevice(json.RawMessage(payloads[0]))
			require.NoError(t, err)
			require.EqualValues(t, bot, evt.ToUserID)
			var txn appservice.Transaction
			require.NoError(t, json.Unmarshal([]byte(payloads[1]), &txn))
			require.True(t, txn.DeviceLists != nil || txn.MSC3202DeviceLists != nil)
			require.True(t, txn.DeviceOTKCount != nil || txn.MSC3202DeviceOTKCount != nil)

			f.ok("1", body)
			require.Len(t, f.rows(), 3, "a repeated transaction is known")
			f.ok("2", body)
			require.Len(t, f.rows(), 5, "the same keys of another one are not")
		})
	}
}

// TestATransactionsIDIsAnything: the homeserver may name its transactions as it likes.
func TestATransactionsIDIsAnything(t *testing.T) {
	f := start(t)
	ids := []string{"a%00b", "%ff%fe", strings.Repeat("x", 4000), url.PathEscape("a/b"), "1", "1"}
	for _, txnID := range ids {
		f.ok(txnID, `{"to_device":[`+toDevice+`]}`)
	}
	require.Len(t, f.rows(), len(ids)-1)
}

// TestKeysAreOfNoUseWithoutEncryption: any user may send to-device events.
func TestKeysAreOfNoUseWithoutEncryption(t *testing.T) {
	f := start(t, func(cfg *matrixin.Config) { cfg.Encryption = false })
	f.ok("1", `{"events":[`+message("room", "a")+`],"to_device":[`+toDevice+`],"device_lists":`+lists+`}`)
	require.Empty(t, f.of(matrixevent.KeysLane))
	require.Equal(t, []string{"$room-a"}, f.of("!room"))
}

// TestEphemeralEventsAreDropped: the bridge has no use for them, and they may be
// anything.
func TestEphemeralEventsAreDropped(t *testing.T) {
	f := start(t)
	for _, name := range []string{"ephemeral", "de.sorunome.msc2409.ephemeral"} {
		for _, value := range []string{`[{"type":"m.typing","room_id":"!room","content":{"user_ids":["@ann:example.org"]}},null]`, `7`} {
			f.ok(name+value[:1], `{"events":[],"`+name+`":`+value+`}`)
		}
	}
	require.Empty(t, f.rows())
	require.Zero(t, f.Stats().Undecodable)
}

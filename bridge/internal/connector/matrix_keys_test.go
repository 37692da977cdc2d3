package connector

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// megolm is the encryption of a world: people encrypt with a session whose key the framework's
// machine has. Methods that no test needs are those of a nil interface.
type megolm struct {
	matrix.Crypto
	machine *crypto.OlmMachine
	room    id.RoomID
	session *crypto.OutboundGroupSession
}

// Decrypt implements matrix.Crypto.
func (m *megolm) Decrypt(ctx context.Context, evt *event.Event) (*event.Event, error) {
	return m.machine.DecryptMegolmEvent(ctx, evt)
}

// encrypts switches a world's encryption on.
func (w *world) encrypts() *megolm {
	w.Helper()
	m := &megolm{machine: crypto.NewOlmMachine(nil, &w.log, crypto.NewMemoryStore(nil), nil), room: w.room().MXID}
	m.machine.IgnorePostDecryptionParseErrors, m.machine.DisableDecryptKeyFetching = true, true // as in bridge/internal/app/encryption.go
	require.NoError(w, m.machine.Load(w.Context()))
	var err error
	m.session, err = crypto.NewOutboundGroupSession(m.room, nil, nil)
	require.NoError(w, err)
	m.session.Shared = true
	key, err := crypto.NewInboundGroupSession("sender", "signer", m.room, m.session.Internal.Key(), 0, 0, nil, false)
	require.NoError(w, err)
	require.NoError(w, m.machine.CryptoStore.PutGroupSession(w.Context(), key))
	w.slack.options.Encryption = func() (matrix.Crypto, id.TrustState) { return m, id.TrustStateUnset }
	return m
}

// receiveEncrypted handles an encrypted event whose content is as it is written.
func (w *world) receiveEncrypted(m *megolm, eventID id.EventID, kind event.Type, content string) error {
	w.Helper()
	plain, err := json.Marshal(map[string]any{"room_id": m.room, "type": kind.Type, "content": json.RawMessage(content)})
	require.NoError(w, err)
	sealed, err := m.session.Encrypt(plain)
	require.NoError(w, err)
	encrypted, err := json.Marshal(&event.EncryptedEventContent{
		Algorithm: id.AlgorithmMegolmV1, SenderKey: "sender", DeviceID: "PHONE", SessionID: m.session.ID(), MegolmCiphertext: sealed,
	})
	require.NoError(w, err)
	return w.receiveContent(eventID, event.EventEncrypted, string(encrypted))
}

// TestAnEncryptedEventIsDecodedLikeOthers: of what is encrypted as much is carried, or told, as of
// what is not.
func TestAnEncryptedEventIsDecodedLikeOthers(t *testing.T) {
	const poll = `{"org.matrix.msc3381.poll.start":{"max_selections":"1","question":{"org.matrix.msc1767.text":"Lunch?"},"answers":[]}}`
	for name, tc := range map[string]struct {
		kind    event.Type
		content string
		posted  []string
		told    int
	}{
		"nothing odd":            {event.EventMessage, `{"msgtype":"m.text","body":"hi"}`, []string{"hi"}, 0},
		"mentions":               {event.EventMessage, `{"msgtype":"m.text","body":"hi","m.mentions":[]}`, []string{"hi"}, 0},
		"a poll's number":        {event.EventUnstablePollStart, poll, []string{"📊 Lunch?"}, 0},
		"what is said":           {event.EventMessage, `{"msgtype":"m.text","body":{"a private word":5}}`, nil, 1},
		"a reaction to no event": {event.EventReaction, `{"m.relates_to":5}`, nil, 0},
		"of a type of its own":   {event.Type{Type: "test.type"}, `{"body":5}`, nil, 0},
		"a poll that is not one": {event.EventUnstablePollStart, `{"org.matrix.msc3381.poll.start":[]}`, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.receiveEncrypted(w.encrypts(), "$m", tc.kind, tc.content))
			require.Equal(t, tc.posted, w.api.posted(t))
			require.Len(t, w.home.said(), tc.told)
		})
	}
}

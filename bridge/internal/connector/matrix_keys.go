package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

const (
	// firstKeyWait is how long a message waits for its key within one try, keyPatience
	// how long in total before its sender is told and it is parked.
	firstKeyWait = 3 * time.Second
	keyPatience  = time.Minute
)

var (
	errNoEncryption = errors.New("it is encrypted, and this bridge does not have encryption switched on")
	errNoKey        = errors.New("the key to read it did not come; send it again")
	errNotEncrypted = errors.New("it is not encrypted, and this bridge takes encrypted messages only")
	errUnverified   = errors.New("it was sent from a device that is not verified as encryption.verification_levels.send asks")
)

// crypto is the bridge's end-to-bridge encryption, or nil.
func (c *Connector) crypto() matrix.Crypto {
	if c.options.Encryption == nil {
		return nil
	}
	crypto, _ := c.options.Encryption()
	return crypto
}

// mustBeEncrypted says whether a message breaks the rule that all are encrypted.
func (c *Connector) mustBeEncrypted(evt *event.Event) bool {
	connector, ok := c.bridge.Matrix.(*matrix.Connector)
	return ok && connector.Config.Encryption.Require && !evt.Mautrix.WasEncrypted &&
		(evt.Type == event.EventMessage || evt.Type == event.EventSticker)
}

// decrypt returns the decrypted event, or nil if its sender was told that it cannot be
// read. It waits for a key that is late: the row keeps its place meanwhile.
func (c *Connector) decrypt(ctx context.Context, row *inbox.Attempt, evt *event.Event) (*event.Event, error) {
	crypto := c.crypto()
	if crypto == nil {
		return nil, c.refuse(ctx, evt, refusal(errNoEncryption))
	}
	if c.inbox.WaitingIn(matrixevent.KeysLane, row.ID) > 0 {
		return nil, inbox.Later(shortWait, errors.New("keys that came before it are not read yet"))
	}
	content := evt.Content.AsEncrypted()
	decrypted, err := crypto.Decrypt(ctx, evt)
	if errors.Is(err, matrix.NoSessionFound) && crypto.WaitForSession(ctx, evt.RoomID, content.SenderKey, content.SessionID, firstKeyWait) {
		decrypted, err = crypto.Decrypt(ctx, evt)
	}
	switch {
	case errors.Is(err, matrix.NoSessionFound) && time.Since(row.Arrived) < keyPatience:
		//lint:ignore SA1019 Without a device all of the sender's devices are asked, as wanted.
		crypto.RequestSession(ctx, evt.RoomID, content.SenderKey, content.SessionID, evt.Sender, content.DeviceID)
		return nil, inbox.Later(firstKeyWait, err)
	case errors.Is(err, matrix.NoSessionFound):
		return nil, errors.Join(c.refuse(ctx, evt, refusal(errNoKey)), inbox.Park(errNoKey))
	case err != nil:
		return nil, fmt.Errorf("decrypt %s: %w", evt.ID, err)
	}
	if _, trust := c.options.Encryption(); decrypted.Mautrix.TrustState < trust {
		return nil, c.refuse(ctx, evt, refusal(errUnverified))
	}
	return c.decodeDecrypted(ctx, row, decrypted)
}

// decodeDecrypted decodes a decrypted event as far as it would be if it were not encrypted. It
// returns nil if that is not enough, and its sender was told if they say something with it.
func (c *Connector) decodeDecrypted(ctx context.Context, row *inbox.Attempt, decrypted *event.Event) (*event.Event, error) {
	switch err := matrixevent.ParseDecrypted(decrypted); {
	case errors.Is(err, matrixevent.ErrSaid):
		return nil, c.tellUnreadable(ctx, row, decrypted)
	case err != nil:
		zerolog.Ctx(ctx).Warn().Err(err).Str("event_type", decrypted.Type.Type).Msg("A decrypted event from Matrix cannot be decoded and is set aside")
		return nil, nil
	}
	return decrypted, nil
}

// handleKeys passes the data for encryption to the framework's crypto machine.
func (c *Connector) handleKeys(ctx context.Context, row *inbox.Attempt) error {
	connector, ok := c.bridge.Matrix.(*matrix.Connector)
	if !ok {
		return nil
	}
	if row.Kind == matrixevent.KindToDevice {
		evt, err := matrixevent.ParseToDevice(row.Payload)
		if err != nil {
			return inbox.Park(fmt.Errorf("read a stored to-device event: %w", err))
		}
		connector.EventProcessor.Dispatch(ctx, evt)
		return nil
	}
	var txn appservice.Transaction
	if err := json.Unmarshal(row.Payload, &txn); err != nil {
		return inbox.Park(fmt.Errorf("read stored key counts and device lists: %w", err))
	}
	dispatchKeys(ctx, connector.EventProcessor, &txn)
	return nil
}

// dispatchKeys passes key counts and device lists to the crypto machine. They are states
// that the homeserver sends again, so a lost one does no harm.
func dispatchKeys(ctx context.Context, events *appservice.EventProcessor, txn *appservice.Transaction) {
	for _, lists := range []*mautrix.DeviceLists{txn.DeviceLists, txn.MSC3202DeviceLists} {
		if lists != nil {
			events.DispatchDeviceList(ctx, lists)
		}
	}
	for _, counts := range []appservice.OTKCountMap{txn.DeviceOTKCount, txn.MSC3202DeviceOTKCount} {
		for user, devices := range counts {
			for device, count := range devices {
				count.UserID, count.DeviceID = user, device
				events.DispatchOTK(ctx, &count)
			}
		}
	}
}

package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"
)

// encryption implements connector.Options.Encryption.
func (a *App) encryption() (matrix.Crypto, id.TrustState) {
	return a.matrix.Crypto, a.config.Encryption.VerificationLevels.Send
}

// ownCrypto is the framework's encryption with two changes.
//
// The /sync token is saved after what came with it was processed. The client saves it before, so
// that a kill in between would lose the keys that came (mautrix, Client.SyncWithContext). Keys that
// come again do no harm.
//
// A decrypted event with an odd field is handed over: the connector decodes what fits.
type ownCrypto struct{ matrix.Crypto }

// Init implements matrix.Crypto.
func (c ownCrypto) Init(ctx context.Context) error {
	if err := c.Crypto.Init(ctx); err != nil {
		return err
	}
	client := c.Client()
	if client == nil || client.Store == nil || client.Syncer == nil {
		return nil // keys come with transactions
	}
	machine, err := machineOf(client.Syncer)
	if err != nil {
		return err
	}
	machine.IgnorePostDecryptionParseErrors = true
	store := &lateStore{SyncStore: client.Store}
	client.Store, client.Syncer = store, lateSyncer{Syncer: client.Syncer, store: store}
	return nil
}

// machineOf is the machine that decrypts. The framework keeps it to itself, and its syncer embeds it
// (mautrix v0.30.0, bridgev2/matrix/crypto.go, cryptoSyncer).
func machineOf(syncer mautrix.Syncer) (*crypto.OlmMachine, error) {
	if value := reflect.Indirect(reflect.ValueOf(syncer)); value.Kind() == reflect.Struct {
		if field := value.FieldByName("OlmMachine"); field.IsValid() {
			if machine, ok := field.Interface().(*crypto.OlmMachine); ok && machine != nil {
				return machine, nil
			}
		}
	}
	return nil, fmt.Errorf("find what decrypts in a %T of the framework", syncer)
}

// lateStore keeps a token back until save.
type lateStore struct {
	mautrix.SyncStore
	user  id.UserID
	token string
}

// SaveNextBatch implements mautrix.SyncStore.
func (s *lateStore) SaveNextBatch(_ context.Context, user id.UserID, token string) error {
	s.user, s.token = user, token
	return nil
}

func (s *lateStore) save(ctx context.Context) error {
	return s.SyncStore.SaveNextBatch(ctx, s.user, s.token)
}

// lateSyncer saves the token when a response was processed, also if that failed: an
// error ends the process, and the same response would end it after every start. Only the
// sync loop uses both.
type lateSyncer struct {
	mautrix.Syncer
	store *lateStore
}

// ProcessResponse implements mautrix.Syncer.
func (s lateSyncer) ProcessResponse(ctx context.Context, response *mautrix.RespSync, since string) error {
	return errors.Join(s.Syncer.ProcessResponse(ctx, response, since), s.store.save(ctx))
}

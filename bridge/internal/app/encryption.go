package app

import (
	"context"
	"errors"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/id"
)

// processedSync is the framework's encryption, with a /sync token that is saved after
// what came with it was processed. The client saves it before, so that a kill in between
// would lose the keys that came (mautrix, Client.SyncWithContext). Keys that come again
// do no harm.
type processedSync struct{ matrix.Crypto }

// Init implements matrix.Crypto.
func (p processedSync) Init(ctx context.Context) error {
	if err := p.Crypto.Init(ctx); err != nil {
		return err
	}
	client := p.Client()
	if client == nil || client.Store == nil || client.Syncer == nil {
		return nil // keys come with transactions
	}
	store := &lateStore{SyncStore: client.Store}
	client.Store, client.Syncer = store, lateSyncer{Syncer: client.Syncer, store: store}
	return nil
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

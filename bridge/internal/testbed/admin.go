package testbed

import (
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/synapseadmin"
)

// MustDeleteRoom has Synapse's administrator delete a room: every local member is removed
// from it, and with purge the server forgets it.
func (b *Bed) MustDeleteRoom(room id.RoomID, purge bool) {
	b.t.Helper()
	if b.operator == nil {
		account, err := b.stack.RegisterAdmin(b.ctx, "operator")
		b.must(err)
		b.secrets = append(b.secrets, account.Client.AccessToken)
		b.operator = account.Client
	}
	admin := synapseadmin.Client{Client: b.operator}
	_, err := admin.DeleteRoomSync(b.ctx, room, synapseadmin.ReqDeleteRoom{Purge: purge})
	b.must(err)
}

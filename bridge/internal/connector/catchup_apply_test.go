package connector

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestStagedMessageIsThereByThen has a live event bring a message, as it was at first,
// after the history was read that shows its edit: the edit is made, and once.
func TestStagedMessageIsThereByThen(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ts = "1700000001.000001"
	edited := &slackevent.Message{
		User: "U1", Text: "as edited", TS: ts, Edited: &slackevent.Edited{User: "U1", TS: "1700000002.000000"},
	}
	payload, err := json.Marshal(edited)
	require.NoError(t, err)
	staged, err := json.Marshal(stagedRow{Channel: general, Staged: slackdb.Staged{Place: ts, Kind: stagedMessage, Payload: payload}})
	require.NoError(t, err)
	catchUp := func(key string) {
		require.NoError(t, w.handle(inbox.Row{
			Source: Source(w.client.login.ID), Key: key, Lane: w.client.lane(general), Kind: kindStaged, Payload: staged,
		}, w.slack.HandleSlack))
	}

	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "at first", TS: ts}))
	catchUp("one")
	require.Equal(t, []string{"at first", "as edited"}, w.home.bodies())
	catchUp("two")
	require.Equal(t, []string{"at first", "as edited"}, w.home.bodies())
}

package slackdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackdb"
)

func TestConsents(t *testing.T) {
	db, ctx := open(t), t.Context()
	asked := slackdb.Consent{Team: "T1", Channel: "C1", Asked: "1700000500.000001", AskedBy: "UBOT"}
	require.NoError(t, db.PutConsent(ctx, asked))
	agreed := asked
	agreed.By = "U1"
	other := slackdb.Consent{Team: "T1", Channel: "C2", By: "@ann:test"}
	require.NoError(t, db.PutConsent(ctx, agreed))
	require.NoError(t, db.PutConsent(ctx, other))
	all, err := db.Consents(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Consent{agreed, other}, all)

	require.NoError(t, db.DropConsent(ctx, "T1", "C2"))
	all, err = db.Consents(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackdb.Consent{agreed}, all)
}

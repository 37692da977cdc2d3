package operator_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

// TestVerbs does everything with an inbox of this process, and with one over the socket:
// both must look the same.
func TestVerbs(t *testing.T) {
	for name, ask := range map[string]func(t *testing.T, desk operator.Desk) operator.Inbox{
		"here": func(_ *testing.T, desk operator.Desk) operator.Inbox { return desk },
		"over the socket": func(t *testing.T, desk operator.Desk) operator.Inbox {
			path := filepath.Join(t.TempDir(), "s")
			serve(t, path, desk)
			client, err := operator.Connect(t.Context(), path)
			require.NoError(t, err)
			return client
		},
	} {
		t.Run(name, func(t *testing.T) {
			box, desk := filled(t)
			verbs(t, box, ask(t, desk))
		})
	}
}

func verbs(t *testing.T, box *inbox.Inbox, ask operator.Inbox) {
	t.Helper()
	ctx := t.Context()
	rows, err := ask.List(ctx)
	require.NoError(t, err)
	require.Len(t, rows, 4)
	first, edit, command, second := rows[0], rows[1], rows[2], rows[3]
	require.Equal(t, "first", first.Key)
	require.Equal(t, "GENERAL", first.Where)
	require.False(t, first.Arrived.IsZero())
	require.Equal(t, []int64{edit.ID}, first.Holds)
	require.NotZero(t, first.Parked.Since)
	require.Contains(t, first.Parked.Reason, "the ghost is banned")
	secrettest.Check(t, "the reason", first.Parked.Reason, aToken)
	require.Equal(t, first.ID, edit.Parked.With)
	require.Nil(t, command.Parked)
	for _, row := range rows {
		require.Empty(t, row.Content, "a list shows no content")
	}

	shown, err := ask.Show(ctx, first.ID, false)
	require.NoError(t, err)
	require.Equal(t, first, shown)
	shown, err = ask.Show(ctx, first.ID, true)
	require.NoError(t, err)
	require.Contains(t, shown.Content, "hello ")
	secrettest.Check(t, "the content", shown.Content, aToken)
	shown, err = ask.Show(ctx, command.ID, true)
	require.NoError(t, err)
	require.Empty(t, shown.Content)
	require.Equal(t, "it is a command", shown.Withheld)

	went, err := ask.Retry(ctx, edit.ID)
	require.NoError(t, err)
	require.Equal(t, 2, went, "it goes on with the row that it waits for")
	require.Equal(t, 4, box.Waiting("one"))
	park(t, box, 4) // now all of them

	dropped, err := ask.Drop(ctx, first.ID)
	require.NoError(t, err)
	require.Equal(t, []int64{first.ID, edit.ID}, dropped)
	rows, err = ask.List(ctx)
	require.NoError(t, err)
	require.Equal(t, []int64{command.ID, second.ID}, []int64{rows[0].ID, rows[1].ID})

	_, err = ask.Show(ctx, first.ID, true)
	gone(t, err)
	_, err = ask.Retry(ctx, first.ID)
	gone(t, err)
	_, err = ask.Drop(ctx, first.ID)
	gone(t, err)
}

func gone(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Regexp(t, `^row \d+ is not in the inbox: it is done, was dropped, or never was; `, err.Error())
	require.Equal(t, exit.Usage, exit.Of(err))
}

// TestBeforeTheInboxIsOpen: a bridge that waits for its homeserver says so.
func TestBeforeTheInboxIsOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	serve(t, path, operator.Desk{Box: func() *inbox.Inbox { return nil }, Names: names{}})
	client, err := operator.Connect(t.Context(), path)
	require.NoError(t, err)
	_, err = client.List(t.Context())
	require.ErrorContains(t, err, "still starting")
	require.Equal(t, exit.TryAgain, exit.Of(err))
}

// TestErase asks the bridge to erase a person, with a name that has to be quoted on its way.
func TestErase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	_, desk := filled(t)
	serve(t, path, desk)
	client, err := operator.Connect(t.Context(), path)
	require.NoError(t, err)
	line, err := client.Erase(t.Context(), "@ada & ben:test")
	require.NoError(t, err)
	require.Equal(t, "it is done", line)
	_, err = client.Erase(t.Context(), "ada")
	require.EqualError(t, err, `"ada" names no person`)
	require.Equal(t, exit.Usage, exit.Of(err))
}

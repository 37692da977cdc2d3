package emulator_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
)

// pages reads all pages of a list and returns the items' keys and each page's
// size.
func (e *emu) pages(method, list, key string, args ...string) (keys []string, sizes []int) {
	e.t.Helper()
	cursor := ""
	for range 200 {
		a := e.must(method, append(args, "cursor", cursor)...)
		items, _ := a.at(list).([]any)
		sizes = append(sizes, len(items))
		for _, item := range items {
			switch item := item.(type) {
			case string:
				keys = append(keys, item)
			case map[string]any:
				keys = append(keys, fmt.Sprint(item[key]))
			}
		}
		cursor, _ = a.at("response_metadata", "next_cursor").(string)
		if cursor == "" {
			return keys, sizes
		}
		_, err := base64.StdEncoding.DecodeString(cursor)
		require.NoError(e.t, err, "cursors are opaque base64")
	}
	require.Fail(e.t, "the cursors never end")
	return nil, nil
}

func TestCursors(t *testing.T) {
	lists := []struct {
		method, list, key string
		args              []string
	}{
		{"users.list", "members", "id", nil},
		{"conversations.list", "channels", "id", []string{"types", "public_channel,private_channel,mpim,im"}},
		{"users.conversations", "channels", "id", []string{"types", "public_channel,private_channel,mpim,im"}},
		{"conversations.members", "members", "", []string{"channel", general}},
		{"conversations.history", "messages", "ts", []string{"channel", general}},
	}
	for _, l := range lists {
		t.Run(l.method+" honours limit and gives everything once", func(t *testing.T) {
			e := start(t)
			whole, sizes := e.pages(l.method, l.list, l.key, l.args...)
			require.Len(t, sizes, 1)
			require.Greater(t, len(whole), 2)
			paged, sizes := e.pages(l.method, l.list, l.key, append(l.args, "limit", "2")...)
			require.Equal(t, whole, paged)
			for _, n := range sizes {
				require.LessOrEqual(t, n, 2)
			}
		})
		t.Run(l.method+" can give short and empty pages with next_cursor", func(t *testing.T) {
			e := start(t)
			whole, _ := e.pages(l.method, l.list, l.key, l.args...)
			require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Web: web.Switches{ShortPages: true, EmptyPages: true}}))
			paged, sizes := e.pages(l.method, l.list, l.key, append(l.args, "limit", "2")...)
			require.Equal(t, whole, paged)
			require.Contains(t, sizes, 0)
			require.Contains(t, sizes, 1)
			require.NotContains(t, sizes, 2)
		})
		t.Run("a bad cursor of "+l.method+" is invalid_cursor", func(t *testing.T) {
			e := start(t)
			other := base64.StdEncoding.EncodeToString([]byte("other:thing"))
			for _, cursor := range []string{"!!", "bm90IGEgY3Vyc29y", other} {
				require.Equal(t, "invalid_cursor", e.form(l.method, append(l.args, "cursor", cursor)...).code(), cursor)
			}
		})
	}
	t.Run("conversations.replies pages with the parent first on each", func(t *testing.T) {
		e := start(t)
		root, err := e.ctl.Say(e.ctx(), ann, general, "root")
		require.NoError(t, err)
		for i := range 5 {
			_, err := e.ctl.Reply(e.ctx(), bob, general, root, fmt.Sprint(i))
			require.NoError(t, err)
		}
		texts, sizes := e.pages("conversations.replies", "messages", "text", "channel", general, "ts", root, "limit", "2")
		require.Equal(t, []string{"root", "0", "1", "root", "2", "3", "root", "4"}, texts)
		require.Equal(t, []int{3, 3, 2}, sizes)
	})
	t.Run("a cursor keeps its place though its message is deleted", func(t *testing.T) {
		e := start(t)
		var ts []string
		for i := range 4 {
			at, err := e.ctl.Say(e.ctx(), ann, random, fmt.Sprint(i))
			require.NoError(t, err)
			ts = append(ts, at)
		}
		first := e.must("conversations.history", "channel", random, "limit", "2")
		require.Equal(t, []string{"3", "2"}, texts(objects(first.at("messages"))))
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, ts[1]))
		cursor := first.at("response_metadata", "next_cursor").(string)
		require.Equal(t, []string{"0"}, texts(e.history(random, "cursor", cursor)))
		require.NoError(t, e.ctl.Delete(e.ctx(), ann, random, ts[0]))
		require.Empty(t, e.history(random, "cursor", cursor))
	})
	t.Run("a bad limit is refused", func(t *testing.T) {
		e := start(t)
		require.Equal(t, "invalid_limit", e.form("conversations.list", "limit", "many").code())
		require.Equal(t, "invalid_limit", e.form("conversations.list", "limit", "-1").code())
	})
	t.Run("slack-go reads all users", func(t *testing.T) {
		e := start(t)
		users, err := e.slack.GetUsersContext(e.ctx())
		require.NoError(t, err)
		require.Len(t, users, 5)
	})
}

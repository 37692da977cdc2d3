package connector

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// haveJoined are n joins, after message 10.
func haveJoined(n int) (said []answer) {
	for at := range n {
		said = append(said, answer{
			"type": "message", "subtype": "channel_join", "user": "U2", "text": "has joined", "ts": fmt.Sprintf("1700050000.%06d", at),
		})
	}
	return said
}

// TestJoinsAreNotCounted: a room gets the newest messages although many have joined since, and
// no more of them although more are read.
func TestJoinsAreNotCounted(t *testing.T) {
	for name, joined := range map[string]int{"on the first page": 4, "on several pages": 60} {
		t.Run(name, func(t *testing.T) {
			said := []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}
			said = append(said, haveJoined(joined)...)
			w := worldWithPast(t, past{messages: append(said, pastMessage(20, nil))})
			w.fill()
			require.Equal(t, []string{"message 2", "message 3", "message 20"}, w.home.bodies())
		})
	}
}

// TestAChannelOfJoinsIsNotReadToItsEnd: of one with joins alone a few pages are read.
func TestAChannelOfJoinsIsNotReadToItsEnd(t *testing.T) {
	w := worldWithPast(t, past{messages: append([]answer{pastMessage(1, nil)}, haveJoined(3*historyLimit)...)})
	w.fill()
	require.Empty(t, w.home.bodies())
	require.Less(t, len(w.api.of("conversations.history")), 12)
}

// TestAPageMayBeEmpty although there is a next (Slack docs: pagination).
func TestAPageMayBeEmpty(t *testing.T) {
	w := worldWithPast(t, past{})
	w.api.onCall(func(c call) answer {
		switch {
		case c.method != "conversations.history":
			return nil
		case c.form.Get("cursor") == "next":
			return answer{"messages": []answer{pastMessage(1, nil)}}
		}
		return answer{"messages": []answer{}, "has_more": true, "response_metadata": answer{"next_cursor": "next"}}
	})
	w.fill()
	require.Equal(t, []string{"message 1"}, w.home.bodies())
}

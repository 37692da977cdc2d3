package connector

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestATokenThatStaysReadable logs in by chat on a homeserver that refuses redactions, and
// on one that does not: only in the first case is the person told what to do, once for each
// message that holds a token, in answer to it.
func TestATokenThatStaysReadable(t *testing.T) {
	for name, refused := range map[string]bool{"refused": true, "allowed": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			const room id.RoomID = "!chat:test"
			w.home.refuse = func(s sent) error {
				if refused && s.kind.Type == event.EventRedaction.Type {
					return errors.New("M_FORBIDDEN")
				}
				return nil
			}
			processor := commands.NewProcessor(w.bridge).(*commands.Processor)
			w.bridge.Commands = processor
			w.slack.addCommands()
			user, err := w.bridge.GetUserByMXID(t.Context(), "@second:test")
			require.NoError(t, err)
			user.ManagementRoom = room
			say := func(evt id.EventID, text string) { processor.Handle(t.Context(), room, evt, user, text, "") }

			say("$login", "login app")
			say("$bot", botToken)
			say("$wrong", "no token")
			say("$app", appToken)

			var answered []id.EventID
			for _, s := range w.home.events {
				if said, ok := s.content.Parsed.(*event.MessageEventContent); ok && strings.Contains(said.Body, "delete it yourself") {
					require.Contains(t, said.Body, "network.logins")
					require.Equal(t, event.MsgNotice, said.MsgType)
					answered = append(answered, said.RelatesTo.GetReplyTo())
				}
			}
			if !refused {
				require.Empty(t, answered)
				return
			}
			require.Equal(t, []id.EventID{"$bot", "$wrong", "$app"}, answered)
		})
	}
}

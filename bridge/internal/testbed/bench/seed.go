package bench

import (
	"fmt"

	"gopkg.in/yaml.v3"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/slackid"
	"ops-jrz1/bridge/internal/testbed/stack"
)

const (
	teamID    = "T0BENCH001"
	bridgeApp = "A0BRIDGE01"
	bridgeBot = "U0BRIDGE01"
)

// writers are the people of the workspace, all in every channel.
func writers() []string { return []string{"U0ALICE001", "U0BOB00001", "U0CLEO0001"} }

func channelName(n int) string { return fmt.Sprintf("channel-%03d", n) }
func channelID(n int) string   { return fmt.Sprintf("C0CHANNEL%03d", n) }

// makeSeed is a workspace with this many channels that the bridge's bot is in, each with so many
// messages. The last channel is the newest.
func makeSeed(channels, said int) (*seed.File, error) {
	var users, rooms []map[string]any
	for _, writer := range writers() {
		users = append(users, map[string]any{"id": writer, "name": "name-" + writer[2:7], "real_name": writer[2:7]})
	}
	var messages []map[string]any
	for n := range said {
		messages = append(messages, map[string]any{"user": writers()[n%len(writers())], "text": fmt.Sprintf("said before %d", n)})
	}
	for n := range channels {
		rooms = append(rooms, map[string]any{
			"id": channelID(n), "name": channelName(n), "creator": writers()[0], "members": append(writers(), bridgeBot),
			"messages": messages,
		})
	}
	return writeSeed(users, rooms)
}

func writeSeed(users, rooms []map[string]any) (*seed.File, error) {
	text, err := yaml.Marshal(map[string]any{
		"team":  map[string]any{"id": teamID, "name": "Bench", "domain": "bench"},
		"users": users, "channels": rooms,
		"apps": []any{map[string]any{"id": bridgeApp, "bot_user_id": bridgeBot, "bot_id": "B0BRIDGE01"}},
	})
	if err != nil {
		return nil, fmt.Errorf("write the bench's workspace: %w", err)
	}
	return seed.Parse(text, ".")
}

// sizePerson is the id of the n-th of many people.
func sizePerson(n int) string { return fmt.Sprintf("U%09d", n) }

// seed is a workspace of a size.
func (s Size) seed() (*seed.File, error) {
	var users, rooms []map[string]any
	for n := range s.People {
		users = append(users, map[string]any{"id": sizePerson(n), "name": fmt.Sprintf("person%d", n), "real_name": fmt.Sprintf("Person %d", n)})
	}
	for n := range s.Channels {
		members := []string{bridgeBot}
		for m := range s.PerChannel {
			members = append(members, sizePerson((n+m)%s.People))
		}
		if n == 0 {
			for m := s.PerChannel; m < s.People; m++ {
				members = append(members, sizePerson(m))
			}
		}
		rooms = append(rooms, map[string]any{
			"id": channelID(n), "name": channelName(n), "creator": sizePerson(n % s.People), "members": members,
		})
	}
	return writeSeed(users, rooms)
}

// ghostID is the Matrix user of the first writer.
func ghostID() id.UserID {
	return id.NewUserID("slack_"+string(slackid.MakeUserID(teamID, writers()[0])), stack.ServerName)
}

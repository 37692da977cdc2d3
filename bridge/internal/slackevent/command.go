package slackevent

import "fmt"

// SlashCommand is the payload of an envelope of type slash_commands (Slack docs: slash
// commands): what a person typed after the command, and where an answer goes.
type SlashCommand struct {
	Command     string `json:"command"`
	Text        string `json:"text"`
	User        string `json:"user_id"`
	Channel     string `json:"channel_id"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
}

// ParseSlashCommand reads such a payload.
func ParseSlashCommand(payload []byte) (SlashCommand, error) {
	var command SlashCommand
	if err := Unmarshal(payload, &command); err != nil {
		return SlashCommand{}, fmt.Errorf("read a slash command: %w", err)
	}
	if command.Command == "" || command.TriggerID == "" {
		return SlashCommand{}, fmt.Errorf("read a slash command: %w: it has no command or no trigger_id", ErrShape)
	}
	return command, nil
}

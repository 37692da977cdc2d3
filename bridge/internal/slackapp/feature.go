package slackapp

import "fmt"

// Feature is a feature that is still to come and that a row of the table waits for, by
// its number in the list of features.
type Feature int

// now marks the rows that a feature uses already.
const now Feature = 0

const (
	customEmoji    Feature = 12
	bulkDeletion   Feature = 17
	filesFromSlack Feature = 20
	interaction    Feature = 26
)

// String names the feature, with its number.
func (f Feature) String() string {
	name := map[Feature]string{
		customEmoji: "custom emoji", bulkDeletion: "deletions in bulk",
		filesFromSlack: "files from Slack", interaction: "buttons and slash commands",
	}[f]
	return fmt.Sprintf("%s (%d)", name, int(f))
}

package slackapp

import "fmt"

// Feature is a feature that is still to come and that a row of the table waits for, by
// its number in the list of features.
type Feature int

// now marks the rows that a feature uses already.
const now Feature = 0

const (
	bulkDeletion   Feature = 17
	filesFromSlack Feature = 20
	interaction    Feature = 26
	channelLife    Feature = 30
	directMessages Feature = 34
	pinsBookmarks  Feature = 38
	slackConnect   Feature = 48
	workspaceSpace Feature = 56
)

// String names the feature, with its number.
func (f Feature) String() string {
	name := map[Feature]string{
		bulkDeletion:   "deletions in bulk",
		filesFromSlack: "files from Slack", interaction: "buttons and slash commands",
		channelLife: "new channels, and channels with a new id", directMessages: "direct messages",
		pinsBookmarks: "pins and bookmarks",
		slackConnect:  "Slack Connect", workspaceSpace: "the workspace's space",
	}[f]
	return fmt.Sprintf("%s (%d)", name, int(f))
}

package e2e_test

import (
	"image/color"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/testbed"
)

// TestErase has a person of either side erased, while the other side is away, and over a
// restart.
func TestErase(t *testing.T) {
	const address = "https://faces.test/of" // what a web server in front would have
	onBoth(t, func(t *testing.T, database testbed.Database) {
		bed, general := inGeneral(t, testbed.Options{Database: database, Settings: map[string]any{"appservice.public_address": address}})
		bed.Slack.AwaitSocket()
		alice, bob, owner := bed.Slack.Person("alice"), bed.Slack.Person("bob"), bed.Owner
		chat := owner.AwaitChat()

		t.Run("54 a person in Matrix is erased", func(t *testing.T) {
			ann := bed.MustRegister("ann")
			require.NoError(t, ann.Client.SetDisplayName(t.Context(), "Annabel Archer"))
			space := owner.AwaitRoom(testbed.TeamName)
			owner.MustInvite(space, ann.UserID)
			ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())
			ann.MustJoin(general.String())
			picture := ann.MustSetFace(general, drawn(t, 100, color.White))
			ts := alice.MustPost("general", "a question")
			question := ann.AwaitText(general, "a question").ID
			ann.MustReact(general, question, "🎉")
			bed.Slack.AwaitReaction("general", ts, "tada")
			ann.MustSend(general, "my last words")
			post := bed.Slack.AwaitPost("general", "my last words")
			require.Equal(t, "Annabel Archer", post.Username)
			answer, _ := fetch(t, bed, post.Icons["image_72"], address)
			require.Equal(t, http.StatusOK, answer.StatusCode)

			bed.Slack.MustFailCalls(web.Fault{Method: "reactions.remove", Times: -1, Status: http.StatusServiceUnavailable})
			ann.MustSend(general, "!slack erase me")
			owner.AwaitMessage(general, "that she is erased", says(ann.UserID.String()+" is erased"))
			bed.Await("that the picture is not shown any more", func() bool {
				answer, _ := fetch(t, bed, post.Icons["image_72"], address)
				return answer.StatusCode == http.StatusNotFound
			})
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			bed.Slack.MustClearFaults()
			bed.Slack.AwaitNoReaction("general", ts, "tada")

			ann.MustSend(general, "a secret")
			owner.AwaitMessage(general, "that it is not carried", says("is not in Slack: they have opted out"))
			owner.MustSendHTML(general, "Annabel, are you there?", `<a href="https://matrix.to/#/`+ann.UserID.String()+`">Annabel</a>, are you there?`)
			bed.Slack.AwaitPost("general", "@Erased person, are you there?")
			require.Len(t, bed.Slack.PostsOf("general", "Annabel Archer"), 1, "what was carried before stays")
			awaitErased(t, bed, ann.UserID.String(), "mx_user_profile.user_id", "slack_opted_out.person", "slack_opted_out_told.person")
			awaitErased(t, bed, "Annabel")
			awaitErased(t, bed, picture.FileID)
		})
		t.Run("54 a person in Slack is erased", func(t *testing.T) {
			pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write(drawn(t, 10, color.Black))
			}))
			t.Cleanup(pictures.Close)
			ghost := func() (shown event.MemberEventContent) {
				profile, err := owner.Client.GetProfile(t.Context(), alice.GhostID())
				require.NoError(t, err)
				return event.MemberEventContent{Displayname: profile.DisplayName, AvatarURL: profile.AvatarURL.CUString()}
			}
			alice.MustLookLike("Alexandra", pictures.URL+"/alexandrasface.png")
			bed.Await("her name and picture", func() bool { return ghost().Displayname == "Alexandra" && ghost().AvatarURL != "" })
			alice.MustPost(testbed.DirectWith("alice"), "hello")
			direct := owner.AwaitRoom("Alice") // as she was called when it was made
			alice.MustPost("general", "my last words, too")
			owner.AwaitText(general, "my last words, too")
			owner.AwaitMember(general, alice.GhostID())

			said, code := bed.Bridge.Ask("erase", alice.ID())
			require.Zero(t, code, said)
			require.Contains(t, said, alice.ID()+" is erased")
			erased := func() bool {
				return ghost().Displayname == "Erased person" && ghost().AvatarURL == "" && !isMember(t, owner, general, alice.GhostID())
			}
			bed.Await("that her ghost shows nothing and is gone", erased)
			owner.AwaitName(direct, "Erased person")
			owner.MustSend(chat, "erase "+alice.ID())
			owner.AwaitMessage(chat, "the answer", says("is erased"))
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()

			alice.MustLookLike("Alexandra again", pictures.URL+"/alexandrasface.png?2")
			alice.MustPost("general", "a secret of mine")
			bob.MustPost("general", "<@"+alice.ID()+"> is gone")
			owner.AwaitMessage(general, "what another says of her", says("Erased person is gone"))
			for _, message := range owner.Messages(general) {
				require.NotContains(t, message.Body, "secret of mine")
			}
			require.True(t, erased(), "nothing brings it back")
			awaitErased(t, bed, alice.ID(), "ghost.id", "mx_registrations.user_id", "mx_room_state.power_levels", "mx_user_profile.user_id",
				"portal.other_user_id", "slack_opted_out.person", "slack_opted_out_told.person")
			awaitErased(t, bed, "Alexandra")
		})
	})
}

func isMember(t *testing.T, person *testbed.Person, room id.RoomID, user id.UserID) bool {
	t.Helper()
	return slices.Contains(membersOf(t, person, room), user)
}

// awaitErased waits until a text is in the bridge's database in no other columns than these.
func awaitErased(t *testing.T, bed *testbed.Bed, text string, kept ...string) {
	t.Helper()
	bed.Await("that the database does not hold "+text, func() bool {
		return !slices.ContainsFunc(holding(t, bed, text), func(column string) bool { return !slices.Contains(kept, column) })
	})
}

// holding returns in which columns of the bridge's database a text is.
func holding(t *testing.T, bed *testbed.Bed, text string) []string {
	t.Helper()
	config, problems := settings.Read(filepath.Join(bed.Dir, "bridge", "config.yaml"))
	require.NoError(t, problems.Err())
	db, err := dbutil.NewWithDialect(config.Database.URI, config.Database.Type)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	db.Log = dbutil.NoopLogger
	return databasetest.Holding(t, db, text)
}

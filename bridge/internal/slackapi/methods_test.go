package slackapi_test

import (
	"encoding/json"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// drain reads all pages and returns the first error.
func drain[T any](pages iter.Seq2[[]T, error]) error {
	_, err := gather(pages)
	return err
}

func gather[T any](pages iter.Seq2[[]T, error]) (out []T, err error) {
	for page, err := range pages {
		if err != nil {
			return out, err
		}
		out = append(out, page...)
	}
	return out, nil
}

func TestChannelsPageByPage(t *testing.T) {
	f := newFake(t).on("conversations.list",
		say(`{'ok':true,'channels':[{'id':'C1','topic':[]},{'id':'C2'}],'response_metadata':{'next_cursor':'a='}}`),
		say(`{'ok':true,'channels':[],'response_metadata':{'next_cursor':'b='}}`),
		say(`{'ok':true,'channels':[{'id':['no id']},{'id':'C3'}],'response_metadata':{'next_cursor':''}}`),
	)
	channels, err := gather(served(t, f).PublicChannels(t.Context()))
	require.NoError(t, err)
	var ids []string
	for _, c := range channels {
		ids = append(ids, c.ID)
	}
	require.Equal(t, []string{"C1", "C2", "C3"}, ids, "an empty page is not the end, and one broken channel not all")
	calls := f.seen("conversations.list")
	require.Equal(t, []string{"", "a=", "b="}, []string{calls[0].form.Get("cursor"), calls[1].form.Get("cursor"), calls[2].form.Get("cursor")})
	require.Equal(t, "999", calls[0].form.Get("limit"))
}

func TestListsEnd(t *testing.T) {
	t.Run("a cursor comes again", func(t *testing.T) {
		f := newFake(t).on("conversations.list",
			say(`{'ok':true,'channels':[],'response_metadata':{'next_cursor':'a'}}`),
			say(`{'ok':true,'channels':[],'response_metadata':{'next_cursor':'b'}}`),
			say(`{'ok':true,'channels':[],'response_metadata':{'next_cursor':'a'}}`),
		)
		require.ErrorContains(t, drain(served(t, f).PublicChannels(t.Context())), "circle")
		require.Len(t, f.calls, 3)
	})
	t.Run("a history's cursor stands still", func(t *testing.T) {
		f := newFake(t).on("conversations.history", say(`{'ok':true,'messages':[],'response_metadata':{'next_cursor':'a'}}`))
		_, err := served(t, f).History(t.Context(), slackapi.HistoryRequest{Channel: "C1", Cursor: "a"})
		require.ErrorContains(t, err, "circle")
	})
	t.Run("a cursor expires", func(t *testing.T) {
		f := newFake(t).on("conversations.list", say(`{'ok':true,'channels':[],'response_metadata':{'next_cursor':'a'}}`), refuse("invalid_cursor"))
		require.Equal(t, slackapi.Temporary, slackapi.KindOf(drain(served(t, f).PublicChannels(t.Context()))), "it may be begun again")
	})
	t.Run("the reader stops", func(t *testing.T) {
		f := newFake(t).on("conversations.list", say(`{'ok':true,'channels':[{'id':'C1'}],'response_metadata':{'next_cursor':'a'}}`))
		for range served(t, f).PublicChannels(t.Context()) {
			break
		}
		require.Len(t, f.calls, 1)
	})
}

func TestConversations(t *testing.T) {
	answer := say(`{'ok':true,'channels':[{'id':'C1','name':'general','num_members':'3'},{'id':'D1','user':'U2','is_im':true}]}`)
	f := newFake(t).on("users.conversations", answer)
	c := served(t, f)
	for _, want := range []string{"public_channel,private_channel,mpim,im", "public_channel"} {
		got, err := c.Conversations(t.Context())
		require.NoError(t, err)
		require.Equal(t, []slackevent.Conversation{{ID: "C1", Name: "general", NumMembers: 3, IsMember: true}, {ID: "D1", User: "U2", IsIM: true, IsMember: true}}, got)
		call := f.seen("users.conversations")[len(f.seen("users.conversations"))-1]
		require.Equal(t, want, call.form.Get("types"), "a type without its scope would fail the whole call")
		require.Equal(t, "true", call.form.Get("exclude_archived"))
	}
	_, err := c.Conversations(t.Context(), slackapi.IM, slackapi.MPIM)
	require.NoError(t, err)
	require.Equal(t, "im,mpim", f.seen("users.conversations")[2].form.Get("types"), "what is asked for is asked")
}

func TestSingleThings(t *testing.T) {
	f := newFake(t).
		on("team.info", say(`{'ok':true,'team':{'id':'T1','name':'Acme','domain':'acme','icon':{'image_132':'https://i'}}}`)).
		on("users.info", say(`{'ok':true,'user':{'id':'U1','is_bot':'false','updated':'1700000000','profile':{'display_name':'Ann','fields':[]}}}`)).
		on("bots.info", say(`{'ok':true,'bot':{'id':'B1','app_id':'A1','user_id':'U9'}}`)).
		on("conversations.info", say(`{'ok':true,'channel':{'id':'C1','topic':{'value':'news'}}}`)).
		on("conversations.members", say(`{'ok':true,'members':['U1',7,'U2'],'response_metadata':{'next_cursor':'n'}}`), say(`{'ok':true,'members':['U3']}`)).
		on("conversations.open", say(`{'ok':true,'channel':{'id':'D1'}}`)).
		on("conversations.join", say(`{'ok':true,'channel':{'id':'C1'},'warning':'already_in_channel'}`)).
		on("chat.getPermalink", say(`{'ok':true,'permalink':'https://acme.slack.com/archives/C1/p1'}`)).
		on("usergroups.list", say(`{'ok':true,'usergroups':[{'id':'S1','handle':'on-call','users':['U1']},{'id':[]}]}`))
	c := served(t, f)
	ctx := t.Context()

	team, err := c.Team(ctx)
	require.NoError(t, err)
	require.Equal(t, &slackevent.Team{ID: "T1", Name: "Acme", Domain: "acme", Icon: slackevent.TeamIcon{Image132: "https://i"}}, team)
	user, err := c.User(ctx, "U1")
	require.NoError(t, err)
	require.Equal(t, "Ann", user.Profile.DisplayName)
	require.Equal(t, int64(1700000000), user.Updated.Unix())
	bot, err := c.Bot(ctx, "B1")
	require.NoError(t, err)
	require.Equal(t, "A1", bot.AppID)
	channel, err := c.Conversation(ctx, "C1")
	require.NoError(t, err)
	require.Equal(t, "news", channel.Topic.Value)
	require.Equal(t, "true", f.seen("conversations.info")[0].form.Get("include_num_members"))
	members, err := c.Members(ctx, "C1", 0)
	require.NoError(t, err)
	require.Equal(t, []string{"U1", "U2", "U3"}, members)
	dm, err := c.OpenDM(ctx, "U1", "U2")
	require.NoError(t, err)
	require.Equal(t, "D1", dm.ID)
	require.Equal(t, "U1,U2", f.seen("conversations.open")[0].form.Get("users"))
	joined, err := c.Join(ctx, "C1")
	require.NoError(t, err)
	require.Equal(t, "C1", joined.ID)
	link, err := c.Permalink(ctx, "C1", "1.000001")
	require.NoError(t, err)
	require.Equal(t, "https://acme.slack.com/archives/C1/p1", link)
	require.Equal(t, "1.000001", f.seen("chat.getPermalink")[0].form.Get("message_ts"))
	groups, err := c.UserGroups(ctx)
	require.NoError(t, err)
	require.Equal(t, []slackevent.Subteam{{ID: "S1", Handle: "on-call", Users: []string{"U1"}}}, groups, "one broken group is not all")
	require.Equal(t, "true", f.seen("usergroups.list")[0].form.Get("include_users"))
}

func TestAnswersWithoutTheThing(t *testing.T) {
	for _, body := range []string{`{'ok':true}`, `{'ok':true,'user':{}}`, `{'ok':true,'user':'U1'}`, `{'ok':true,'user':null}`} {
		user, err := served(t, newFake(t).on("users.info", say("%s", body))).User(t.Context(), "U1")
		require.Equal(t, slackapi.Permanent, slackapi.KindOf(err), body)
		require.Nil(t, user, "nothing is made up")
	}
}

func TestHistory(t *testing.T) {
	page := say(`{'ok':true,'is_limited':true,'messages':[
		{'type':'message','ts':'1700000002.000000','user':'U1','text':'hi','blocks':[{'type':'novelty'}],'metadata':{'event_type':'x','event_payload':[]},
		 'files':[{'id':'F1','shares':[]}],'attachments':[{'id':'7','ts':'','fields':[{'value':3}]}]},
		'not a message', {'ts':{'no':'ts'}},
		{'type':'message','subtype':'bot_message','ts':'1700000001.000000','username':'Ann','reactions':[{'name':'tada','users':['U1'],'count':1}]}
	],'response_metadata':{'next_cursor':'n'}}`)
	f := newFake(t).on("conversations.history", page).on("conversations.replies", page)
	c := served(t, f)
	got, err := c.History(t.Context(), slackapi.HistoryRequest{Channel: "C1", Oldest: "1.1", Latest: "9.9", Inclusive: true, Limit: 999})
	require.NoError(t, err)
	require.Equal(t, "n", got.Next)
	require.True(t, got.Limited)
	require.Len(t, got.Messages, 2, "what is no message is left out, and only that")
	require.Equal(t, "hi", got.Messages[0].Text)
	require.Equal(t, "C1", got.Messages[0].Channel, "so that it can be handled like an event")
	require.JSONEq(t, `[{"type":"novelty"}]`, string(got.Messages[0].Blocks))
	require.Equal(t, "tada", got.Messages[1].Reactions[0].Name)
	form := f.seen("conversations.history")[0].form
	encoded, err := json.Marshal(form)
	require.NoError(t, err)
	require.JSONEq(t, `{"channel":["C1"],"oldest":["1.1"],"latest":["9.9"],"inclusive":["true"],"limit":["999"],"include_all_metadata":["true"]}`, string(encoded))

	_, err = c.Replies(t.Context(), slackapi.HistoryRequest{Channel: "C1", ThreadTS: "1.1", Cursor: "m"})
	require.NoError(t, err)
	form = f.seen("conversations.replies")[0].form
	require.Equal(t, []string{"1.1", "m", "200"}, []string{form.Get("ts"), form.Get("cursor"), form.Get("limit")})
}

func TestReadyThenCallDoesNotWait(t *testing.T) {
	inBubble(t, func(t *testing.T, f *fakeSlack, c *slackapi.Client) {
		f.on("chat.postMessage", aPost)
		start := time.Now()
		for i := range 5 {
			require.NoError(t, c.Ready(t.Context(), "chat.postMessage", "C1"))
			ready := time.Since(start)
			require.Equal(t, max(0, time.Duration(i-2))*time.Second, ready)
			_, err := c.Post(t.Context(), slackapi.PostRequest{Channel: "C1", Text: "x"})
			require.NoError(t, err)
			require.Equal(t, ready, time.Since(start))
		}
	})
}

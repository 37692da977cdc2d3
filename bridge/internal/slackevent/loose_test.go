package slackevent_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

type shapes struct {
	Text  string            `json:"text"`
	Key   string            `json:"key" shape:"strict"`
	Count int               `json:"count"`
	Size  int64             `json:"size"`
	Flag  bool              `json:"flag"`
	At    time.Time         `json:"at,omitzero"`
	Raw   json.RawMessage   `json:"raw"`
	List  []string          `json:"list"`
	Map   map[string]int    `json:"map"`
	Part  part              `json:"part"`
	Maybe *part             `json:"maybe"`
	Named map[string][]part `json:"named"`
	Skip  string            `json:"-"`
}

type part struct {
	Name string `json:"name"`
}

func TestUnmarshal(t *testing.T) {
	noon := time.Unix(1700000000, 0).UTC()
	for name, tc := range map[string]struct {
		in   string
		want shapes
	}{
		"as documented": {
			`{"text":"a","count":1,"size":2,"flag":true,"at":1700000000,"raw":[1],"list":["x"],"map":{"k":1},"part":{"name":"p"},"maybe":{"name":"m"}}`,
			shapes{
				Text: "a", Count: 1, Size: 2, Flag: true, At: noon, Raw: json.RawMessage(`[1]`), List: []string{"x"},
				Map: map[string]int{"k": 1}, Part: part{"p"}, Maybe: &part{"m"},
			},
		},
		"text as number":          {`{"text":1700000000.000100}`, shapes{Text: "1700000000.000100"}},
		"text as boolean":         {`{"text":true}`, shapes{Text: "true"}},
		"text as list":            {`{"text":["a"]}`, shapes{}},
		"text escaped":            {`{"text":"\u00e9\n"}`, shapes{Text: "é\n"}},
		"count as string":         {`{"count":"12"}`, shapes{Count: 12}},
		"count as float":          {`{"count":12.0}`, shapes{Count: 12}},
		"count as power":          {`{"count":1.2e1}`, shapes{Count: 12}},
		"count negative":          {`{"count":-3}`, shapes{Count: -3}},
		"count not whole":         {`{"count":1.5}`, shapes{}},
		"count empty":             {`{"count":""}`, shapes{}},
		"count a word":            {`{"count":"many"}`, shapes{}},
		"count too large":         {`{"size":1e300}`, shapes{}},
		"count to the last digit": {`{"size":9223372036854775807}`, shapes{Size: 9223372036854775807}},
		"flag as string":          {`{"flag":"true"}`, shapes{Flag: true}},
		"flag as number":          {`{"flag":1}`, shapes{Flag: true}},
		"flag as zero":            {`{"flag":0}`, shapes{}},
		"flag as word":            {`{"flag":"yes"}`, shapes{}},
		"time as string":          {`{"at":"1700000000"}`, shapes{At: noon}},
		"time as ts":              {`{"at":"1700000000.000100"}`, shapes{At: noon.Add(100 * time.Microsecond)}},
		"time written by Go":      {`{"at":"2023-11-14T22:13:20Z"}`, shapes{At: noon}},
		"time zero":               {`{"at":0}`, shapes{}},
		"time negative":           {`{"at":-1}`, shapes{}},
		"time a word":             {`{"at":"now"}`, shapes{}},
		"time not a number":       {`{"at":"NaN"}`, shapes{}},
		"time beyond all":         {`{"at":1e18}`, shapes{}},
		"nulls":                   {`{"text":null,"count":null,"at":null,"list":null,"part":null,"maybe":null,"raw":null}`, shapes{}},
		"object as list":          {`{"part":[],"maybe":[],"map":[]}`, shapes{}},
		"object as false":         {`{"part":false,"maybe":false,"map":false}`, shapes{}},
		"object as text":          {`{"part":"p","maybe":"m","map":"k","text":"a"}`, shapes{Text: "a"}},
		"list as object":          {`{"list":{}}`, shapes{}},
		"list with odd ones":      {`{"list":["a",null,["b"],2]}`, shapes{List: []string{"a", "2"}}},
		"map with odd ones":       {`{"map":{"a":1,"b":"2","c":[]}}`, shapes{Map: map[string]int{"a": 1, "b": 2}}},
		"map of lists":            {`{"named":{"a":[{"name":"x"},7],"b":[]}}`, shapes{Named: map[string][]part{"a": {{"x"}}, "b": nil}}},
		"keys match exactly":      {`{"Text":"a","TEXT":"b","-":"c","Skip":"d"}`, shapes{}},
		"an odd one harms none":   {`{"count":{},"text":"a"}`, shapes{Text: "a"}},
		"the last of two wins":    {`{"text":"a","text":"b"}`, shapes{Text: "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got shapes
			require.NoError(t, slackevent.Unmarshal([]byte(tc.in), &got))
			require.Equal(t, tc.want, got)
		})
	}
}

func TestUnmarshalErrors(t *testing.T) {
	for name, in := range map[string]string{
		"empty": ``, "null": `null`, "text": `"a"`, "list": `[]`, "number": `1`, "cut": `{"text":"a"`,
		"strict one odd": `{"key":{}}`, "trailing": `{}x`, "not UTF-8": "\xff",
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, slackevent.Unmarshal([]byte(in), &shapes{}), slackevent.ErrShape)
		})
	}
	for name, dst := range map[string]any{"nil": nil, "a value": shapes{}, "a nil pointer": (*shapes)(nil), "no struct": new(int)} {
		t.Run("into "+name, func(t *testing.T) {
			require.ErrorContains(t, slackevent.Unmarshal([]byte(`{}`), dst), "pointer to a struct")
		})
	}
}

// TestSharedObjectsAreTolerantEverywhere: encoding/json reads them by the same
// rule, so that Web API answers may hold them.
func TestSharedObjectsAreTolerantEverywhere(t *testing.T) {
	var answer struct {
		Members  []slackevent.User         `json:"members"`
		Channels []slackevent.Conversation `json:"channels"`
		Bot      slackevent.Bot            `json:"bot"`
		Team     slackevent.Team           `json:"team"`
		Messages []slackevent.Message      `json:"messages"`
		File     slackevent.File           `json:"file"`
		Groups   []slackevent.Subteam      `json:"usergroups"`
	}
	require.NoError(t, json.Unmarshal([]byte(`{
		"members":[{"id":"U1","updated":"1700000000","profile":{"fields":[]}}],
		"channels":[{"id":"C1","topic":[],"num_members":"3"}],
		"bot":{"id":"B1","icons":[]},
		"team":{"id":"T1","icon":{"image_default":1}},
		"messages":[{"ts":"1.2","attachments":[{"id":1}]}],
		"file":{"id":"F1","shares":[],"size":"12"},
		"usergroups":[{"id":"S1","users":""}]}`), &answer))
	require.Equal(t, int64(1700000000), answer.Members[0].Updated.Unix())
	require.Equal(t, 3, answer.Channels[0].NumMembers)
	require.Equal(t, "B1", answer.Bot.ID)
	require.True(t, answer.Team.Icon.ImageDefault)
	require.Equal(t, "1", answer.Messages[0].Attachments[0].ID)
	require.Equal(t, int64(12), answer.File.Size)
	require.Equal(t, "S1", answer.Groups[0].ID)
}

package yamltree_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/yamltree"
)

func parse(t *testing.T, text string) *yamltree.Node {
	t.Helper()
	root, err := yamltree.Parse([]byte(text), false)
	require.NoError(t, err)
	return root
}

func TestPaths(t *testing.T) {
	require.Equal(t, "a", yamltree.Join("", "a"))
	require.Equal(t, "a.b[2].c", yamltree.Join(yamltree.Element("a.b", 2), "c"))
	for path, parent := range map[string]string{"a.b[2].c": "a.b[2]", "a.b[2]": "a.b", "a": "", "": ""} {
		require.Equal(t, parent, yamltree.Parent(path), path)
	}
	require.True(t, yamltree.IsBelow("a.b", "a"))
	require.True(t, yamltree.IsBelow("a[0]", "a"))
	require.False(t, yamltree.IsBelow("ab", "a"))
	require.False(t, yamltree.IsBelow("a", "a"))
}

func TestFindReplaceWalk(t *testing.T) {
	root := parse(t, "a:\n  b: 1\n  c: [x, y]\n")
	require.Equal(t, "1", yamltree.Find(root, "a.b").Value)
	require.Nil(t, yamltree.Find(root, "a.b.c"))
	require.Nil(t, yamltree.Find(nil, "a"))
	require.True(t, yamltree.Replace(yamltree.Find(root, "a"), "b", yamltree.Text("2")))
	require.False(t, yamltree.Replace(root, "z", yamltree.Text("2")))
	var paths []string
	yamltree.Walk("", root, func(path string, _ *yamltree.Node) { paths = append(paths, path) })
	require.Equal(t, []string{"", "a", "a.b", "a.c", "a.c[0]", "a.c[1]"}, paths)
}

func TestWith(t *testing.T) {
	before := parse(t, "a: 1\nb: 2\n")
	after := yamltree.With(before, yamltree.Text("a"), yamltree.Text("3"))
	text, err := yamltree.EncodeKey(2, "k", after)
	require.NoError(t, err)
	require.Equal(t, "  k:\n    b: 2\n    a: \"3\"\n", text)
	require.Equal(t, "1", yamltree.Find(before, "a").Value)
}

func TestInline(t *testing.T) {
	text, err := yamltree.Inline(parse(t, "a: 1 # one\nb:\n  - x\n"))
	require.NoError(t, err)
	require.Equal(t, "{a: 1, b: [x]}", text)
}

func TestParseErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		isJSON bool
		line   int
		want   string
	}{
		"two documents":    {"a: 1\n---\nb: 2\n", false, 0, "is not valid YAML: a second document begins"},
		"an unknown alias": {"a: *hidden\n", false, 0, "is not valid YAML: unknown anchor referenced"},
		"a tab":            {"a:\n\tb: 1\n", false, 2, "is not valid YAML: found character that cannot start any token"},
		"short JSON":       {`{"a": `, true, 0, "is not valid JSON: it ends too early"},
		"more JSON":        {`{} {}`, true, 0, "is not valid JSON: something follows after its end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := yamltree.Parse([]byte(tc.text), tc.isJSON)
			var syntax *yamltree.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, tc.want, err.Error())
			require.Equal(t, tc.line, syntax.Line)
		})
	}
}

func TestParseJSON(t *testing.T) {
	root, err := yamltree.Parse([]byte("{\"a\": \"\\ud83d\\ude00\", \"n\": 12345678901234567}"), true)
	require.NoError(t, err)
	require.Equal(t, "😀", yamltree.Find(root, "a").Value)
	require.Equal(t, "12345678901234567", yamltree.Find(root, "n").Value)
	require.Zero(t, yamltree.Find(root, "n").Line)
	for _, text := range []string{"\n", "\nline", "\n\n", " \n", "line\n", "\t", "\u2028", "yes", ""} {
		data, err := json.Marshal(map[string]string{"a": text})
		require.NoError(t, err)
		root, err := yamltree.Parse(data, true)
		require.NoError(t, err)
		var read map[string]string
		require.NoError(t, root.Decode(&read))
		require.Equal(t, text, read["a"], "%q", text)
	}
	root, err = yamltree.Parse([]byte("null"), true)
	require.NoError(t, err)
	require.Nil(t, root)
	root, err = yamltree.Parse([]byte(`{"f": 1e5, "big": 123456789012345678901234567890, "t": true, "n": null, "l": [1, "1"]}`), true)
	require.NoError(t, err)
	var read map[string]any
	require.NoError(t, root.Decode(&read))
	require.Equal(t, map[string]any{"f": 1e5, "big": 123456789012345678901234567890.0, "t": true, "n": nil, "l": []any{1, "1"}}, read)
}

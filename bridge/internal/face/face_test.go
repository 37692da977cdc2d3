package face

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
)

var (
	links = Links{Address: "https://engines.test/", Key: secret.New("0123456789abcdef-faces")}
	ada   = id.ContentURI{Homeserver: "engines.test:8448", FileID: "Ada-1_x"}
)

func TestLinks(t *testing.T) {
	link := links.To(ada)
	require.Equal(t, "https://engines.test/_slack-bridge/face/engines.test:8448/Ada-1_x/", link[:len(link)-22])
	require.Equal(t, link, links.To(ada), "the same picture has the same link, also after a restart")
	newer := links.To(id.ContentURI{Homeserver: ada.Homeserver, FileID: "Ada-2"})
	require.NotEqual(t, link[len(link)-22:], newer[len(newer)-22:], "a new picture has a new one")

	path := strings.TrimPrefix(link, "https://engines.test")
	of, ok := links.read(path)
	require.True(t, ok)
	require.Equal(t, ada, of)
	signature := path[strings.LastIndex(path, "/")+1:]
	for name, path := range map[string]string{
		"another picture":       strings.Replace(path, "Ada-1", "Ada-2", 1),
		"another server":        strings.Replace(path, "engines.test", "looms.test", 1),
		"a shorter signature":   path[:len(path)-1],
		"a longer signature":    path + "A",
		"no signature":          strings.TrimSuffix(path, signature),
		"the check's signature": strings.Replace(path, signature, links.CheckPath()[len(links.CheckPath())-22:], 1),
		"more":                  path + "/",
		"less":                  Path,
		"nothing":               "",
		"another way to climb":  Path + "../" + signature + "/" + signature,
		"the check":             links.CheckPath(),
	} {
		_, ok := links.read(path)
		require.False(t, ok, name)
	}
	_, ok = Links{Address: links.Address, Key: secret.New("another")}.read(path)
	require.False(t, ok, "another key")

	for name, of := range map[string]id.ContentURI{
		"nothing": {}, "no media": {Homeserver: "engines.test"}, "a path": {Homeserver: "engines.test", FileID: "a/b"},
		"a query": {Homeserver: "engines.test", FileID: "a?b"}, "a user": {Homeserver: "a@engines.test", FileID: "a"},
	} {
		require.Empty(t, links.To(of), name)
	}
}

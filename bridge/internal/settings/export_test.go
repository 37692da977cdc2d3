package settings

import (
	"strconv"
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// PostgresFault is what is wrong with an address of PostgreSQL, and the cure.
func PostgresFault(uri string) (what, cure string) {
	found := postgresFault(uri)
	return found.what, found.cure
}

// SecretKeys are the keys whose value must be kept from readers, and whether Render
// makes one.
func SecretKeys() map[string]bool {
	secrets := map[string]bool{}
	table().leaves(func(k *key) {
		if k.secret != notSecret {
			secrets[k.path] = k.secret == generatedSecret
		}
	})
	return secrets
}

// ForgottenKeys are those of the table whose value makes no difference to the decoded
// configuration.
func ForgottenKeys(same func(a, b *Config) bool) (forgotten []string, err error) {
	plain, err := decode("", assemble(""))
	if err != nil {
		return nil, err
	}
	table().leaves(func(k *key) {
		a := assemble("")
		yamltree.Replace(a.find(yamltree.Parent(k.path)), k.name, other(k, a.text(k.path)))
		changed, failed := decode("", a)
		switch {
		case failed != nil:
			err = failed
		case same(plain, changed):
			forgotten = append(forgotten, k.path)
		}
	})
	return forgotten, err
}

// other is a value of a key that is not the given one.
func other(k *key, value string) *yamltree.Node {
	node := yamltree.Text(value + "x")
	switch {
	case k.path == "homeserver.startup_wait", k.path == "network.missed_mentions":
		node = yamltree.Text("61s")
	case k.path == "network.reactors":
		node = yamltree.Text("thread")
	case k.path == "network.replies":
		node = yamltree.Text("quote")
	case k.path == "media.max_size", k.path == "media.spool_size":
		node = yamltree.Text("3GiB")
	case strings.HasPrefix(k.path, "encryption.verification_levels."):
		node = yamltree.Text("verified")
	case k.path == "appservice.bot.avatar":
		node = yamltree.Text("mxc://engines.test/a")
	case k.kind == kindBool:
		node.Tag, node.Value = "!!bool", strconv.FormatBool(value == "false")
	case k.kind == kindInt || k.kind == kindNumber:
		node.Tag, node.Value = "!!int", "17"
	case k.kind == kindOpenMap:
		name, entry := yamltree.Text("@eve:engines.test"), yamltree.Text("user")
		node = yamltree.With(yamltree.Mapping(), name, entry)
	case k.kind == kindList && k.element.kind == kindSection:
		node = yamltree.List(yamltree.With(yamltree.Mapping(), yamltree.Text("owner"), yamltree.Text("@eve:engines.test")))
	case k.kind == kindList:
		node = yamltree.List(yamltree.Text("x"))
	}
	return node
}

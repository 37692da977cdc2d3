package nginxconf_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/nginxconf"
)

var update = flag.Bool("update", false, "rewrite testdata")

// decode reads options and refuses those that are not known.
func decode(text []byte) (nginxconf.Nginx, error) {
	var n nginxconf.Nginx
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return n, d.Decode(&n)
}

func TestRenderTheHost(t *testing.T) {
	text, err := os.ReadFile("../../nix/golden/host.json")
	require.NoError(t, err)
	var record struct {
		Services struct {
			Nginx json.RawMessage `json:"nginx"`
		} `json:"services"`
	}
	require.NoError(t, json.Unmarshal(text, &record))
	n, err := decode(record.Services.Nginx)
	require.NoError(t, err)
	conf, err := nginxconf.Render(n)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/host.conf", []byte(conf), 0o644))
	}
	want, err := os.ReadFile("testdata/host.conf")
	require.NoError(t, err)
	require.Equal(t, string(want), conf, "if that is meant: go test ./tests/stack/nginxconf -update")
}

const recommended = `"enable": true, "recommendedProxySettings": true, "recommendedTlsSettings": true,
	"recommendedOptimisation": true, "recommendedGzipSettings": true`

func TestLocations(t *testing.T) {
	n, err := decode([]byte(`{` + recommended + `, "virtualHosts": {"a.test": {"locations": {
		"/late": {"priority": 1500, "return": 404},
		"/b": {"priority": 1000, "proxyPass": "http://127.0.0.1:1", "proxyWebsockets": true, "extraConfig": "first;\nsecond;"},
		"/a": {"priority": 1000, "return": "200 'x'"}
	}}}}`))
	require.NoError(t, err)
	conf, err := nginxconf.Render(n)
	require.NoError(t, err)
	require.Regexp(t, `(?s)location /a \{\s+return 200 'x';.*`+
		`location /b \{\s+proxy_pass http://127.0.0.1:1;\s+proxy_http_version 1.1;\s+proxy_set_header Upgrade .*first;\s+second;\s+proxy_set_header Host \$host;.*`+
		`location /late \{\s+return 404;`, conf)
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct{ options, want string }{
		"an unknown option":          {recommended + `, "appendHttpConfig": ""`, "appendHttpConfig"},
		"an unknown location option": {recommended + `, "virtualHosts": {"a": {"locations": {"/": {"root": "/x"}}}}`, "root"},
		"without recommended":        {`"enable": true`, "without one of the recommended settings"},
		"TLS next to plain":          {recommended + `, "virtualHosts": {"a": {"addSSL": true, "enableACME": true}}`, "addSSL"},
		"TLS without a certificate":  {recommended + `, "virtualHosts": {"a": {"forceSSL": true}}`, "without a certificate"},
		"an odd return":              {recommended + `, "virtualHosts": {"a": {"locations": {"/": {"return": [1]}}}}`, "neither text nor a number"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := decode([]byte("{" + tc.options + "}"))
			if err == nil {
				_, err = nginxconf.Render(n)
			}
			require.ErrorContains(t, err, tc.want)
		})
	}
}

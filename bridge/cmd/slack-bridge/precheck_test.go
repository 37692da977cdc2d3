package main

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
)

func TestProxiesOfTheEnvironment(t *testing.T) {
	for address, good := range map[string]bool{
		"": true, "127.0.0.1:3128": true, "http://127.0.0.1:3128": true, "http://ann:Xy7%2FSecretPart@127.0.0.1:3128/": true, "socks5://127.0.0.1": true,
		"http://ann:Xy7SecretPart/rest@127.0.0.1:3128": false, "ann:Xy7SecretPart#rest@127.0.0.1:3128": false, "http://ann:Xy7%Secret@127.0.0.1": false, "127.0.0.1:Xy7SecretPart": false,
	} {
		problems := proxyProblems(func(name string) (string, bool) { return address, name == "HTTPS_PROXY" })
		require.Equal(t, good, problems == nil, address)
		require.NotContains(t, problems.Error(), "Xy7")
		require.NotContains(t, problems.Error(), "rest")
		if !good {
			require.Contains(t, problems.Error(), "environment: HTTPS_PROXY: ")
		}
	}
}

func TestListenErrorsHaveTheirCode(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"in use":              {syscall.EADDRINUSE, exit.Unavailable},
		"not permitted":       {syscall.EACCES, exit.Config},
		"no such address":     {syscall.EADDRNOTAVAIL, exit.Config},
		"no such name":        {&net.DNSError{Name: "bridge.test", IsNotFound: true}, exit.Config},
		"too many open files": {syscall.EMFILE, exit.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			cause := &net.OpError{Op: "listen", Err: tc.err}
			err := listenError("config.yaml", "127.0.0.1:29319", cause)
			require.Equal(t, tc.want, exit.Of(err))
			require.ErrorIs(t, err, tc.err)
		})
	}
}

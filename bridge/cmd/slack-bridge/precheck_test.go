package main

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
)

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

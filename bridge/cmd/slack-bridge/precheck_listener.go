package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"syscall"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// checkListener finds out, before anything else is started, whether the bridge can
// listen where its configuration says.
func checkListener(ctx context.Context, config *settings.Config) error {
	address := net.JoinHostPort(config.AppService.Hostname, strconv.Itoa(int(config.AppService.Port)))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return listenError(config.Path, address, err)
	}
	return listener.Close()
}

// listenError says which exit code and which cure belong to an error of listening.
func listenError(path, address string, err error) error {
	fail := func(code exit.Code, line string) error {
		return &exit.Error{Code: code, Line: line, Err: err}
	}
	var noSuchHost *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fail(exit.Unavailable, address+" is in use by another program; stop that, or change appservice.port in "+path)
	case errors.Is(err, syscall.EACCES):
		return fail(exit.Config, path+": appservice.port: this user may not listen on "+address+"; take a port above 1023")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fail(exit.Config, path+": appservice.hostname: this machine does not have the address of "+address+"; write one that it has, such as 127.0.0.1")
	case errors.As(err, &noSuchHost):
		return fail(exit.Config, path+": appservice.hostname: no address is known for "+noSuchHost.Name+"; write an IP address such as 127.0.0.1")
	default:
		return fail(exit.Unavailable, "cannot listen on "+address+": "+err.Error()+"; see appservice.hostname and appservice.port in "+path)
	}
}

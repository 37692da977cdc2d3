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
	address := listenAddress(config)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return listenError(config.Path, address, err)
	}
	return listener.Close()
}

func listenAddress(config *settings.Config) string {
	return net.JoinHostPort(config.AppService.Hostname, strconv.Itoa(int(config.AppService.Port)))
}

// listenerProblems are the mistakes for which the bridge could never listen on this
// machine. A port that is in use is not one: the bridge itself may be running.
func listenerProblems(ctx context.Context, config *settings.Config) settings.Problems {
	address := listenAddress(config)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		err = listener.Close()
	}
	if problem, wrong := listenProblem(config.Path, address, err); wrong {
		return settings.Problems{problem}
	}
	return nil
}

// listenError says which exit code and which cure belong to an error of listening.
func listenError(path, address string, err error) error {
	if problem, wrong := listenProblem(path, address, err); wrong {
		return &exit.Error{Code: exit.Config, Line: problem.String(), Err: err}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return &exit.Error{
			Code: exit.Unavailable, Err: err,
			Line: address + " is in use by another program; stop that, or change appservice.port in " + path,
		}
	}
	return &exit.Error{
		Code: exit.Unavailable, Err: err,
		Line: "cannot listen on " + address + ": " + err.Error() + "; see appservice.hostname and appservice.port in " + path,
	}
}

// listenProblem says what is wrong with the configuration, if that is why an address
// cannot be listened on.
func listenProblem(path, address string, err error) (problem settings.Problem, wrong bool) {
	problem = settings.Problem{File: path, Key: "appservice.hostname"}
	var noSuchHost *net.DNSError
	switch {
	case errors.Is(err, syscall.EACCES):
		problem.Key = "appservice.port"
		problem.What, problem.Cure = "this user may not listen on "+address, "take a port above 1023"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		problem.What, problem.Cure = "this machine does not have the address of "+address, "write one that it has, such as 127.0.0.1"
	case errors.As(err, &noSuchHost):
		problem.What, problem.Cure = "no address is known for "+noSuchHost.Name, "write an IP address such as 127.0.0.1"
	default:
		return settings.Problem{}, false
	}
	return problem, true
}

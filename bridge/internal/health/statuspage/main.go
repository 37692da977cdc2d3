// Command statuspage serves the real page of package health with made-up states, for the
// tests that look at it in a browser. It prints the address of each state as one JSON object
// and answers until it is told to end. It must not read a bridge's data.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/health"
	"ops-jrz1/bridge/internal/metrics"
	"ops-jrz1/bridge/internal/operator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "statuspage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	addresses := map[string]string{}
	var servers []*health.Server
	ended := make(chan error, len(states()))
	for name, shown := range states() {
		server, listening := health.Listen("127.0.0.1:0")
		if listening != nil {
			return listening
		}
		go func() { ended <- server.Serve(shown.config()) }()
		servers = append(servers, server)
		addresses[name] = "http://" + server.Addr().String()
	}
	if err := json.NewEncoder(os.Stdout).Encode(addresses); err != nil {
		return fmt.Errorf("say the addresses: %w", err)
	}
	<-ctx.Done()
	for _, server := range servers {
		err = errors.Join(err, server.Close(context.WithoutCancel(ctx)), <-ended)
	}
	return err
}

// state is what a page shows.
type state struct {
	status    operator.Status
	stuck     error
	rooms     []operator.RoomStatus
	roomsErr  error
	latencies []metrics.Latency
}

func (s state) config() health.Config {
	return health.Config{
		Status:    func(context.Context) (operator.Status, error) { return s.status, nil },
		Alive:     func() error { return s.stuck },
		Metrics:   http.NotFoundHandler(),
		Rooms:     func(context.Context) ([]operator.RoomStatus, error) { return s.rooms, s.roomsErr },
		Latencies: func() []metrics.Latency { return s.latencies },
		Log:       zap.NewNop(),
	}
}

package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/alerts"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

func alertsCommand() command {
	return command{
		name:    "alerts",
		summary: "bring the alerts of Prometheus into a Matrix room",
		help: `
Listens for the webhooks of Prometheus' Alertmanager until it is told to stop, and says each
alert in a Matrix room as the bridge's bot. The bot makes the room at the first alert and
invites --to. It needs the homeserver and not the bridge, so it says also that the bridge is
down. What the homeserver does not take Alertmanager sends again.`,
		setup: func(o *options) action {
			path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			address := o.text("", "listen", "127.0.0.1:29321", "ADDRESS", "where Alertmanager reaches it")
			to := o.text("", "to", "", "USER", "who is invited, like @you:your.server")
			return func(ctx context.Context, std streams) error {
				user := id.UserID(*to)
				if _, _, err := user.Parse(); err != nil {
					return exit.New(exit.Usage, "--to: %w; give the Matrix user who is to be told, like @you:your.server", err)
				}
				config, problems := settings.Read(*path)
				if problems != nil {
					return problems
				}
				return serveAlerts(ctx, std, config, *address, user)
			}
		},
	}
}

func serveAlerts(ctx context.Context, std streams, config *settings.Config, address string, user id.UserID) error {
	log, err := logging.New(config.Logging, std.err)
	if err != nil {
		return exit.New(exit.Config, "logging: %w", err)
	}
	bot := id.NewUserID(config.AppService.Bot.Username, config.Homeserver.Domain)
	client, err := mautrix.NewClient(config.Homeserver.Address, bot, config.AppService.ASToken)
	if err != nil {
		return exit.New(exit.Config, "homeserver.address: %w", err)
	}
	client.Client = &http.Client{Timeout: 20 * time.Second}
	client.DefaultHTTPRetries = 0
	client.Log = logging.Zerolog(log)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return exit.New(exit.Unavailable, "--listen: %w", err)
	}
	server := &http.Server{
		Handler:           alerts.Handler(alerts.Room{Client: client, User: user}.Post, time.Now, log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	log.Info("Waiting for alerts")
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

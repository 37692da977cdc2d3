package app

import (
	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// Notifier is told how far the bridge is.
type Notifier interface {
	// Ready: listener and database are there.
	Ready()
	// Status is one line for people.
	Status(line string)
	// Stopping: the end has begun.
	Stopping()
	// Alive: the process goes on. It is told every few seconds.
	Alive()
}

// Systemd tells the service manager (sd_notify). Without one it does nothing.
type Systemd struct{ Log *zap.Logger }

// Ready implements Notifier.
func (s Systemd) Ready() { s.send(daemon.SdNotifyReady) }

// Status implements Notifier.
func (s Systemd) Status(line string) { s.send("STATUS=" + line) }

// Stopping implements Notifier.
func (s Systemd) Stopping() { s.send(daemon.SdNotifyStopping) }

// Alive implements Notifier.
func (s Systemd) Alive() { s.send(daemon.SdNotifyWatchdog) }

func (s Systemd) send(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn("Failed to notify the service manager", zap.Error(err))
	}
}

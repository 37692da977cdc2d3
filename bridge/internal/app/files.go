package app

import (
	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/secret"
)

// files reads the homeserver's files with the application service's token.
func (a *App) files() (*matrixmedia.Repository, error) {
	address, err := mautrix.ParseAndNormalizeBaseURL(a.config.Homeserver.Address)
	if err != nil {
		return nil, exit.New(exit.Config, "%s: homeserver.address: %w", a.config.Path, err)
	}
	return matrixmedia.New(matrixmedia.Config{Homeserver: address, Token: secret.New(a.config.AppService.ASToken)}), nil
}

package app

import (
	"context"
	"strings"

	"ops-jrz1/bridge/internal/doctor"
)

// Examine has the doctor ask every hop, as `slack-bridge doctor` does, and returns what it
// prints.
func (a *App) Examine(ctx context.Context) (string, error) {
	var text strings.Builder
	err := doctor.Run(ctx, doctor.Options{Config: a.config.Path, Inside: true}).WriteText(&text)
	return text.String(), err
}

package slackapi

import (
	"context"
	"time"

	"ops-jrz1/bridge/internal/slackapi/limit"
)

type optionsKey struct{}

func options(ctx context.Context) limit.Options {
	o, _ := ctx.Value(optionsKey{}).(limit.Options)
	return o
}

// Background marks the calls made with the context as sync or backfill: they let
// calls that people wait for go first, and leave part of each burst to them.
func Background(ctx context.Context) context.Context {
	o := options(ctx)
	o.Lane = limit.Background
	return context.WithValue(ctx, optionsKey{}, o)
}

// WaitAtMost bounds how long each call made with the context waits for rate
// limits. A call that would have to wait longer returns at once, with an error of
// kind [RateLimited] that says for how long. Without it a call waits as long as
// its context lives. Of two bounds the shorter one holds.
func WaitAtMost(ctx context.Context, d time.Duration) context.Context {
	o := options(ctx)
	if o.Patience == 0 || d < o.Patience {
		o.Patience = d
	}
	return context.WithValue(ctx, optionsKey{}, o)
}

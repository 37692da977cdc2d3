package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/torture"
)

func TestParse(t *testing.T) {
	o, err := parse([]string{"-minutes", "2", "-seed", "7", "-db", "postgres", "-manners", "continuwuity", "-items", "102"})
	require.NoError(t, err)
	require.Equal(t, uint64(7), o.Seed)
	require.Equal(t, 2*time.Minute, o.Limit)
	require.True(t, o.Postgres)
	require.True(t, o.Continuwuity)
	require.Equal(t, torture.Storm, o.Weather)
	require.InDelta(t, 1, o.Rate, 0.001, "all of it in 85 % of the time")

	// As make calls it when nothing was said.
	o, err = parse([]string{"-minutes", "10", "-seed", "0", "-db", "sqlite", "-manners", "", "-bridge", ""})
	require.NoError(t, err)
	require.NotZero(t, o.Seed)
	require.Equal(t, torture.Storm, o.Weather)

	o, err = parse([]string{"-bridge", "other"})
	require.NoError(t, err)
	require.Equal(t, torture.KillsAlone, o.Weather)
}

func TestParseRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"another database": {[]string{"-db", "mysql"}, `-db "mysql": write sqlite or postgres`},
		"other manners":    {[]string{"-manners", "dendrite"}, `-manners "dendrite": write continuwuity`},
		"other faults":     {[]string{"-faults", "rain"}, `-faults "rain": write all, kills or none`},
		"no time":          {[]string{"-minutes", "0"}, "-minutes has to be greater than 0"},
		"a stray word":     {[]string{"please"}, "nothing may follow the flags"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(tc.args)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

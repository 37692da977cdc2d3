package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func generate(t *testing.T, data string) (string, error) {
	file := filepath.Join(t.TempDir(), "emoji.json")
	require.NoError(t, os.WriteFile(file, []byte(data), 0o600))
	var out bytes.Buffer
	err := run([]string{file}, &out)
	return out.String(), err
}

func TestTable(t *testing.T) {
	out, err := generate(t, `[
		{"unified":"261D-FE0F","short_names":["point_up"],"skin_variations":{"1F3FB":{"unified":"261D-1F3FB"}}},
		{"unified":"1F389","short_names":["tada"]},
		{"unified":"1F91D","short_names":["handshake","shake"],"skin_variations":{
			"1F3FB":{"unified":"1F91D-1F3FB"},"1F3FB-1F3FC":{"unified":"1FAF1-1F3FB-200D-1FAF2-1F3FC"}}}]`)
	require.NoError(t, err)
	require.Equal(t, source+"\n"+
		"1F389\ttada\t\n"+
		"1F91D\thandshake,shake\t1 1FAF1-*-200D-1FAF2-*\n"+
		"261D-FE0F\tpoint_up\t1\n", out)
}

func TestVariationsThatTheTableCannotSay(t *testing.T) {
	for name, data := range map[string]string{
		"one tone":  `[{"unified":"1F44D","short_names":["x"],"skin_variations":{"1F3FB":{"unified":"1F44D-200D-1F3FB"}}}]`,
		"two tones": `[{"unified":"1F44D","short_names":["x"],"skin_variations":{"1F3FB-1F3FC":{"unified":"1-1F3FB-2-1F3FC"},"1F3FC-1F3FB":{"unified":"3-1F3FC-2-1F3FB"}}}]`,
		"no JSON":   `x`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := generate(t, data)
			require.Error(t, err)
		})
	}
	require.Error(t, run(nil, &bytes.Buffer{}))
}

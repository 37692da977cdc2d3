package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/secret/secrettest"
)

const token = "xox" + "b-1111-2222-aaaabbbb"

func newLog(t *testing.T, level, format string) (*zap.Logger, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	log, err := logging.New(logging.Config{Level: level, Format: format}, &out)
	require.NoError(t, err)
	return log, &out
}

// entries reads JSON lines and takes their times off.
func entries(t *testing.T, out *bytes.Buffer) []map[string]any {
	t.Helper()
	var read []map[string]any
	for line := range strings.Lines(out.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		_, err := time.Parse(time.RFC3339Nano, entry["time"].(string))
		require.NoError(t, err)
		delete(entry, "time")
		read = append(read, entry)
	}
	return read
}

func TestJSON(t *testing.T) {
	log, out := newLog(t, "info", "auto")
	log.Debug("hidden")
	log.Named("slack").Info("connected", zap.String("team", "T1"), zap.Duration("after", 1500*time.Millisecond))
	log.Error("failed", zap.Error(errors.New("no route")))
	require.Equal(t, []map[string]any{
		{"level": "info", "logger": "slack", "msg": "connected", "team": "T1", "after": "1.5s"},
		{"level": "error", "msg": "failed", "error": "no route"},
	}, entries(t, out))
}

func TestConsoleIsColouredAndShort(t *testing.T) {
	log, out := newLog(t, "trace", "console")
	log.Log(logging.TraceLevel, "query", zap.Int("rows", 3))
	log.Warn("slow")
	plain := regexp.MustCompile(`\d\d:\d\d:\d\d\.\d\d\d`).ReplaceAllString(out.String(), "TIME")
	require.Equal(t, "TIME \x1b[90mtrace\x1b[0m query {\"rows\": 3}\nTIME \x1b[33mwarn \x1b[0m slow\n", plain)
}

func TestAutoIsJSONOutsideOfATerminal(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "log")
	require.NoError(t, err)
	log, err := logging.New(logging.Config{Level: "info", Format: "auto"}, file)
	require.NoError(t, err)
	log.Info("hello")
	data, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	require.Contains(t, string(data), `"msg":"hello"`)
}

func TestUnknownLevelAndFormat(t *testing.T) {
	_, err := logging.New(logging.Config{Level: "loud", Format: "json"}, &bytes.Buffer{})
	require.EqualError(t, err, `no log level "loud"; there are [trace debug info warn error]`)
	_, err = logging.New(logging.Config{Level: "info", Format: "xml"}, &bytes.Buffer{})
	require.EqualError(t, err, `no log format "xml"; there are [auto json console]`)
}

type object struct{ Header string }

func (o object) MarshalLogObject(encoder zapcore.ObjectEncoder) error {
	encoder.AddString("header", o.Header)
	return nil
}

// verbose is an error whose %+v says more, as errors with a stack do.
type verbose struct{}

func (verbose) Error() string              { return "short" }
func (verbose) Format(s fmt.State, _ rune) { fmt.Fprint(s, "long with "+token) }

func TestNoFieldShowsAToken(t *testing.T) {
	address, err := url.Parse("https://slack.test/?ticket=12345678abcdef")
	require.NoError(t, err)
	for name, field := range map[string]zap.Field{
		"string":         zap.String("header", "Bearer "+token),
		"secret by key":  zap.String("as_token", "plainoldtoken1234"),
		"bytes":          zap.ByteString("body", []byte("token="+token)),
		"binary":         zap.Binary("body", []byte(token)),
		"error":          zap.Error(fmt.Errorf("posting with %s: %w", token, errors.New("refused"))),
		"verbose error":  zap.Error(verbose{}),
		"several errors": zap.Errors("errors", []error{errors.New(token)}),
		"stringer":       zap.Stringer("url", address),
		"strings":        zap.Strings("args", []string{"-t", token}),
		"struct":         zap.Any("config", struct{ HSToken string }{token}),
		"struct by key": zap.Any("config", struct {
			Token string `json:"hs_token"`
		}{"plainoldtoken1234"}),
		"escaped in text": zap.String("body", `{"token":"`+token+`"}`),
		"map":             zap.Any("headers", map[string][]string{"Authorization": {token}}),
		"object":          zap.Object("request", object{token}),
		"inline object":   zap.Inline(object{token}),
		"dictionary":      zap.Dict("request", zap.String("header", token)),
		"unencodable type": zap.Any("channel", struct {
			C chan int
			T string
		}{nil, token}),
	} {
		t.Run(name, func(t *testing.T) {
			log, out := newLog(t, "info", "json")
			log.Info("a line", field)
			log.With(field).Info("a line")
			read := entries(t, out)
			require.Len(t, read, 2)
			require.Equal(t, read[0], read[1])
			secrettest.Check(t, "the log", out.String())
			require.NotContains(t, out.String(), "plainoldtoken")
			require.NotContains(t, out.String(), "aaaabbbb")
			require.NotEmpty(t, read[0])
		})
	}
}

func TestNoMessageShowsAToken(t *testing.T) {
	log, out := newLog(t, "info", "json")
	log.Info("logging in with " + token)
	zl := logging.Zerolog(log)
	zl.Warn().Str("token", token).Msgf("refused %s", token)
	zl.Warn().Any("request", map[string]any{"as_token": "plainoldtoken1234"}).Send()
	require.Len(t, entries(t, out), 3)
	secrettest.Check(t, "the log", out.String())
	require.NotContains(t, out.String(), "plainoldtoken")
}

func TestPlainFieldsStayAsTheyAre(t *testing.T) {
	log, out := newLog(t, "info", "json")
	log.Info("a line", zap.Int64("big", 1<<53+1), zap.Bool("on", true), zap.Any("list", []int{1, 2}),
		zap.Any("deep", map[string]any{"n": 1.5, "s": "text"}), zap.String("token", "hello"))
	require.JSONEq(t, `{"level":"info","msg":"a line","big":9007199254740993,"on":true,"list":[1,2],"deep":{"n":1.5,"s":"text"},"token":"hello"}`,
		regexp.MustCompile(`"time":"[^"]*",`).ReplaceAllString(out.String(), ""))
}

func TestZerologBecomesEntries(t *testing.T) {
	log, out := newLog(t, "debug", "json")
	zl := logging.Zerolog(log.Named("framework")).With().Str("portal", "T1-C1").Logger()
	zl.Trace().Msg("too low")
	zl.Info().Int("count", 3).Int64("big", 1<<53+1).Float64("f", 0.5).Bool("ok", true).Strs("rooms", []string{"a"}).
		Dict("deep", zerolog.Dict().Str("k", "v")).Msg("synced")
	zl.Err(errors.New("boom")).Msg("failed")
	zl.Log().Msg("no level")
	zl.WithLevel(zerolog.FatalLevel).Msg("bad end")
	zl.Warn().Str("portal", "T1-C2").Send()
	require.Equal(t, []map[string]any{
		{"level": "info", "logger": "framework", "msg": "synced", "portal": "T1-C1", "count": 3., "big": float64(1<<53 + 1), "f": .5, "ok": true, "rooms": []any{"a"}, "deep": map[string]any{"k": "v"}},
		{"level": "error", "logger": "framework", "msg": "failed", "portal": "T1-C1", "error": "boom"},
		{"level": "info", "logger": "framework", "msg": "no level", "portal": "T1-C1"},
		{"level": "fatal", "logger": "framework", "msg": "bad end", "portal": "T1-C1"},
		{"level": "warn", "logger": "framework", "msg": "", "portal": "T1-C2"},
	}, entries(t, out))
	require.Contains(t, out.String(), `"portal":"T1-C1","count":3,"big":9007199254740993,"f":0.5`, "in order, without loss")
}

func TestZerologErrorsThatAreTriedAgain(t *testing.T) {
	for level, want := range map[string][]map[string]any{
		"info":  nil,
		"debug": {{"level": "debug", "msg": "failed", "error": "not yet: ratelimited"}},
	} {
		t.Run(level, func(t *testing.T) {
			log, out := newLog(t, level, "json")
			framework := logging.Zerolog(log)
			framework.Err(errors.New(logging.NotYet + "ratelimited")).Msg("failed")
			require.Equal(t, want, entries(t, out))
		})
	}
}

func TestZerologKeepsTheTimeOfTheEvent(t *testing.T) {
	log, out := newLog(t, "info", "json")
	zl := logging.Zerolog(log)
	zl.Info().Str(zerolog.TimestampFieldName, "2026-11-22T01:02:03.5Z").Msg("then")
	require.Contains(t, out.String(), `"time":"2026-11-22T01:02:03.5Z"`)
	require.Equal(t, 1, strings.Count(out.String(), `"time"`))
}

func TestZerologLevelFollowsTheLog(t *testing.T) {
	for level, want := range map[string]zerolog.Level{
		"trace": zerolog.TraceLevel, "debug": zerolog.DebugLevel, "info": zerolog.InfoLevel,
		"warn": zerolog.WarnLevel, "error": zerolog.ErrorLevel,
	} {
		log, _ := newLog(t, level, "json")
		require.Equal(t, want, logging.Zerolog(log).GetLevel())
	}
	require.Equal(t, zerolog.Disabled, logging.Zerolog(zap.NewNop()).GetLevel())
}

func TestZerologTakesBrokenLines(t *testing.T) {
	log, out := newLog(t, "info", "json")
	zl := logging.Zerolog(log)
	for _, broken := range []string{"{", "nonsense", `"open`, "1,,"} {
		zl.Warn().RawJSON("payload", []byte(broken)).Msg("sent " + token)
	}
	read := entries(t, out)
	require.Len(t, read, 4)
	for _, entry := range read {
		require.Equal(t, "warn", entry["level"])
		require.Contains(t, entry["msg"], "payload", "the raw line is kept")
		require.NotEmpty(t, entry["log_error"])
	}
	secrettest.Check(t, "the log", out.String())
}

func TestLinesOfManyGoroutinesStayWhole(t *testing.T) {
	log, out := newLog(t, "info", "json")
	zl := logging.Zerolog(log)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 50 {
				log.Info("zap")
				zl.Info().Msg("zerolog")
			}
		})
	}
	writers.Wait()
	require.Len(t, entries(t, out), 800)
}

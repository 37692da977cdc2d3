// Package logging owns the process's one log: a zap logger that writes JSON, or a
// coloured console on a terminal, and blacks out everything shaped like a token
// before it is written. The Matrix framework logs with zerolog; Zerolog turns its
// events into entries of the same log. The package must not decide what is worth
// logging, and nothing else may write to the log's file.
package logging

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/mattn/go-isatty"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Config says what is logged and how it is written.
type Config struct {
	// Level is the lowest level written, one of Levels.
	Level string `yaml:"level"`
	// Format is one of Formats: json, console, or auto, which is a coloured console
	// on a terminal and JSON anywhere else.
	Format string `yaml:"format"`
	// Levels are other levels for some of Hops. An empty one is Level.
	Levels map[string]string `yaml:"levels"`
}

// Hops returns the names of the loggers that can have a level of their own.
func Hops() []string {
	return []string{"slackws", "slackapi", "matrixin", "delivery", "inbox", "database", "framework", "health"}
}

// TraceLevel is below zap's lowest: every query and every request.
const TraceLevel = zapcore.DebugLevel - 1

// Levels returns the names of levels, the lowest first.
func Levels() []string { return []string{"trace", "debug", "info", "warn", "error"} }

// Formats returns the names of formats.
func Formats() []string { return []string{"auto", "json", "console"} }

// New returns a logger that writes to w. A level or format that is not known is an
// error.
func New(config Config, w io.Writer) (*zap.Logger, error) {
	level, err := parseLevel(config.Level)
	if err != nil {
		return nil, err
	}
	encoder, err := newEncoder(config.Format, w)
	if err != nil {
		return nil, err
	}
	levels, err := newLevels(level, config.Levels)
	if err != nil {
		return nil, err
	}
	sink := zapcore.Lock(zapcore.AddSync(w))
	core := zapcore.NewCore(encoder, sink, levels.lowest())
	return zap.New(leveled{redacting{core}, levels}, zap.ErrorOutput(sink)), nil
}

func parseLevel(name string) (zapcore.Level, error) {
	at := slices.Index(Levels(), name)
	if at < 0 {
		return 0, fmt.Errorf("no log level %q; there are %v", name, Levels())
	}
	return TraceLevel + zapcore.Level(at), nil
}

func newEncoder(format string, w io.Writer) (zapcore.Encoder, error) {
	config := zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "logger", MessageKey: "msg", StacktraceKey: "stack",
		EncodeTime:     zapcore.RFC3339NanoTimeEncoder,
		EncodeLevel:    encodeLevel,
		EncodeDuration: zapcore.StringDurationEncoder,
		EncodeName:     zapcore.FullNameEncoder,
	}
	switch format {
	case "json":
		return zapcore.NewJSONEncoder(config), nil
	case "console":
		return newConsoleEncoder(config), nil
	case "auto":
		if file, isFile := w.(*os.File); isFile && isatty.IsTerminal(file.Fd()) {
			return newConsoleEncoder(config), nil
		}
		return zapcore.NewJSONEncoder(config), nil
	default:
		return nil, fmt.Errorf("no log format %q; there are %v", format, Formats())
	}
}

func newConsoleEncoder(config zapcore.EncoderConfig) zapcore.Encoder {
	config.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	config.EncodeLevel = encodeColourLevel
	config.ConsoleSeparator = " "
	return zapcore.NewConsoleEncoder(config)
}

// levelName names a level as the configuration does.
func levelName(level zapcore.Level) string {
	if level <= TraceLevel {
		return "trace"
	}
	return level.String()
}

func encodeLevel(level zapcore.Level, out zapcore.PrimitiveArrayEncoder) {
	out.AppendString(levelName(level))
}

// encodeColourLevel writes a level in its colour and as wide as the others.
func encodeColourLevel(level zapcore.Level, out zapcore.PrimitiveArrayEncoder) {
	const grey, blue, green, yellow, red = 90, 34, 32, 33, 31
	colour := red
	switch {
	case level <= TraceLevel:
		colour = grey
	case level == zapcore.DebugLevel:
		colour = blue
	case level == zapcore.InfoLevel:
		colour = green
	case level == zapcore.WarnLevel:
		colour = yellow
	}
	out.AppendString(fmt.Sprintf("\x1b[%dm%-5s\x1b[0m", colour, levelName(level)))
}

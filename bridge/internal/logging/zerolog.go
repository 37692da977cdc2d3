package logging

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Zerolog returns a zerolog logger whose events become entries of log, with their
// level, message and fields. Its level is the lowest that log writes, so that the
// events below it cost nothing. zerolog's Fatal and Panic still end the program or
// panic, after the entry was written.
func Zerolog(log *zap.Logger) zerolog.Logger {
	core := log.Core()
	return zerolog.New(&bridge{core: core, name: log.Name()}).Level(lowestLevel(core, log.Name()))
}

// lowestLevel returns zerolog's name for the lowest level that a core writes of a logger.
func lowestLevel(core zapcore.Core, logger string) zerolog.Level {
	for level := zerolog.TraceLevel; level <= zerolog.ErrorLevel; level++ {
		if writes(core, logger, zapLevel(level)) {
			return level
		}
	}
	return zerolog.Disabled
}

// zapLevel translates a level. An event without one is information.
func zapLevel(level zerolog.Level) zapcore.Level {
	switch level {
	case zerolog.TraceLevel:
		return TraceLevel
	case zerolog.DebugLevel:
		return zapcore.DebugLevel
	case zerolog.WarnLevel:
		return zapcore.WarnLevel
	case zerolog.ErrorLevel:
		return zapcore.ErrorLevel
	case zerolog.FatalLevel:
		return zapcore.FatalLevel
	case zerolog.PanicLevel:
		return zapcore.PanicLevel
	default:
		return zapcore.InfoLevel
	}
}

// NotYet begins the text of an error that will be tried again, which the
// next attempt reports itself. What the framework says of it, as of an error like any
// other, is written for debugging only.
const NotYet = "not yet: "

// bridge is the zerolog.LevelWriter that gets each event as one line of JSON.
type bridge struct {
	core zapcore.Core
	name string
}

// Write implements io.Writer, for events without a level.
func (b *bridge) Write(line []byte) (int, error) { return b.WriteLevel(zerolog.NoLevel, line) }

// WriteLevel implements zerolog.LevelWriter.
func (b *bridge) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	entry := zapcore.Entry{Level: zapLevel(level), LoggerName: b.name, Time: time.Now()}
	if !writes(b.core, b.name, entry.Level) {
		return len(line), nil
	}
	fields, err := decodeEvent(line)
	if err != nil {
		entry.Message = string(bytes.TrimSpace(line))
		fields = []zap.Field{zap.NamedError("log_error", err)}
	} else {
		fields = takeReserved(fields, &entry)
	}
	if entry.Level == zapcore.ErrorLevel && slices.ContainsFunc(fields, isNotYet) {
		entry.Level = zapcore.DebugLevel
		if !writes(b.core, b.name, entry.Level) {
			return len(line), nil
		}
	}
	return len(line), b.core.Write(entry, fields)
}

func isNotYet(field zap.Field) bool {
	return field.Key == zerolog.ErrorFieldName && strings.HasPrefix(field.String, NotYet)
}

// What people said, in the framework's words: eventContent holds a whole Matrix
// event when a handler panics (mautrix, appservice, EventProcessor), requestBody
// what was sent to the homeserver, also at level error when that failed (mautrix,
// Client.LogRequestDone).
const (
	eventContent = "event_content"
	requestBody  = "req_body"
)

// takeReserved moves what zerolog writes as fields into the entry: message and
// time. The level is known already, and what people say is not for the log.
func takeReserved(fields []zap.Field, entry *zapcore.Entry) []zap.Field {
	return slices.DeleteFunc(fields, func(field zap.Field) bool {
		switch field.Key {
		case zerolog.MessageFieldName:
			entry.Message = field.String
			return field.Type == zapcore.StringType
		case zerolog.TimestampFieldName:
			at, err := time.Parse(time.RFC3339Nano, field.String)
			if err == nil {
				entry.Time = at
			}
			return err == nil
		default:
			return field.Key == zerolog.LevelFieldName || field.Key == eventContent || field.Key == requestBody
		}
	})
}

// decodeEvent reads the fields of an event in their order. Of a key that stands
// there twice the last value counts.
func decodeEvent(line []byte) ([]zap.Field, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("no event of zerolog: %w", errors.Join(err, errNoObject))
	}
	var fields []zap.Field
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		fields = put(fields, toField(key.(string), value))
	}
	_, err := decoder.Token()
	return fields, err
}

var errNoObject = errors.New("not an object")

func put(fields []zap.Field, field zap.Field) []zap.Field {
	at := slices.IndexFunc(fields, func(f zap.Field) bool { return f.Key == field.Key })
	if at < 0 {
		return append(fields, field)
	}
	fields[at] = field
	return fields
}

func toField(key string, value any) zap.Field {
	switch v := value.(type) {
	case string:
		return zap.String(key, v)
	case bool:
		return zap.Bool(key, v)
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return zap.Int64(key, whole)
		}
		if number, err := v.Float64(); err == nil {
			return zap.Float64(key, number)
		}
		return zap.String(key, v.String())
	default:
		return zap.Reflect(key, v)
	}
}

// decodeJSON reads a value and keeps its numbers as they are written.
func decodeJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

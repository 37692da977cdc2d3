package logging

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ops-jrz1/bridge/internal/secret"
)

// redacting is a core that blacks out tokens in messages and fields before they
// reach the core below. Redacting the encoded line instead would miss what the
// encoding escapes, and could break it.
type redacting struct{ zapcore.Core }

// With implements zapcore.Core.
func (r redacting) With(fields []zap.Field) zapcore.Core {
	return redacting{r.Core.With(redactFields(fields))}
}

// Check implements zapcore.Core.
func (r redacting) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if r.Enabled(entry.Level) {
		return checked.AddCore(entry, r)
	}
	return checked
}

// Write implements zapcore.Core.
func (r redacting) Write(entry zapcore.Entry, fields []zap.Field) error {
	entry.Message = secret.Redact(entry.Message)
	entry.Stack = secret.Redact(entry.Stack)
	return r.Core.Write(entry, redactFields(fields))
}

func redactFields(fields []zap.Field) []zap.Field {
	redacted := make([]zap.Field, 0, len(fields))
	for _, field := range fields {
		redacted = appendRedacted(redacted, field)
	}
	return redacted
}

// appendRedacted appends what a field becomes: itself if it cannot hold text.
func appendRedacted(out []zap.Field, field zap.Field) []zap.Field {
	switch field.Type {
	case zapcore.StringType:
		field.String = redactValue(field.Key, field.String)
		return append(out, field)
	case zapcore.BoolType, zapcore.DurationType, zapcore.TimeType, zapcore.TimeFullType,
		zapcore.Float64Type, zapcore.Float32Type, zapcore.Int64Type, zapcore.Int32Type, zapcore.Int16Type,
		zapcore.Int8Type, zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type,
		zapcore.NamespaceType, zapcore.SkipType:
		return append(out, field)
	default:
		return appendOpened(out, field)
	}
}

// appendOpened encodes a field into plain values and appends those, redacted. An
// error's verbose form, which repeats it with a stack, is left out.
func appendOpened(out []zap.Field, field zap.Field) []zap.Field {
	opened := zapcore.NewMapObjectEncoder()
	field.AddTo(opened)
	keys := make([]string, 0, len(opened.Fields))
	for key := range opened.Fields {
		if field.Type != zapcore.ErrorType || key != field.Key+"Verbose" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		out = append(out, zap.Any(key, redactAny(key, opened.Fields[key])))
	}
	return out
}

// redactValue blacks out a text, all of it when its key says that it is a secret.
func redactValue(key, text string) string {
	redacted := secret.Redact(text)
	if redacted != text {
		return redacted
	}
	if prefix := key + "="; secret.Redact(prefix+strings.TrimSpace(text)) != prefix+strings.TrimSpace(text) {
		return secret.Mask
	}
	return text
}

// redactAny walks a value of any type. What is no plain value is looked at as JSON,
// as the log would write it.
func redactAny(key string, value any) any {
	switch v := value.(type) {
	case nil, bool, int, int64, uint64, float64, json.Number:
		return v
	case string:
		return redactValue(key, v)
	case []byte:
		return redactValue(key, string(v))
	case map[string]any:
		for below := range v {
			v[below] = redactAny(below, v[below])
		}
		return v
	case []any:
		for i := range v {
			v[i] = redactAny(key, v[i])
		}
		return v
	default:
		return redactAny(key, plain(v))
	}
}

// plain turns a value into what its JSON reads as, or into its text.
func plain(value any) any {
	if encoded, err := json.Marshal(value); err == nil {
		if decoded, err := decodeJSON(encoded); err == nil {
			return decoded
		}
	}
	return fmt.Sprint(value)
}

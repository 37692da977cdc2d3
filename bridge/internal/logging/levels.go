package logging

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// levels are the lowest levels that are written, by the name of the logger.
type levels struct {
	others zapcore.Level
	named  map[string]zapcore.Level
}

func newLevels(others zapcore.Level, named map[string]string) (levels, error) {
	l := levels{others: others, named: map[string]zapcore.Level{}}
	for hop, name := range named {
		if !slices.Contains(Hops(), hop) {
			return l, fmt.Errorf("no log of the name %q; there are %v", hop, Hops())
		}
		if name == "" {
			continue
		}
		level, err := parseLevel(name)
		if err != nil {
			return l, fmt.Errorf("%s: %w", hop, err)
		}
		l.named[hop] = level
	}
	return l, nil
}

// lowest is the lowest level of any logger.
func (l levels) lowest() zapcore.Level {
	return slices.Min(append(slices.Collect(maps.Values(l.named)), l.others))
}

// of is the level of a logger, which may be a part of a hop's.
func (l levels) of(logger string) zapcore.Level {
	hop, _, _ := strings.Cut(logger, ".")
	if level, known := l.named[hop]; known {
		return level
	}
	return l.others
}

// leveled is a core that writes by the level of each entry's logger.
type leveled struct {
	zapcore.Core
	levels levels
}

// With implements zapcore.Core.
func (l leveled) With(fields []zap.Field) zapcore.Core { return leveled{l.Core.With(fields), l.levels} }

// Check implements zapcore.Core.
func (l leveled) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if entry.Level < l.levels.of(entry.LoggerName) {
		return checked
	}
	return checked.AddCore(entry, l)
}

// writes says whether a core writes entries of a level from a logger.
func writes(core zapcore.Core, logger string, level zapcore.Level) bool {
	return core.Check(zapcore.Entry{Level: level, LoggerName: logger}, nil) != nil
}

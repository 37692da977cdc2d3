package media

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a file's name in bytes: file systems take 255.
const maxName = 200

// Name is a file's name without what could lead out of a folder, change what is read of
// it or not be stored: no path, no control or direction characters, not too long. It is
// never empty and keeps its ending.
func Name(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r != '\u200d' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	if len(name) <= maxName {
		return name
	}
	ending := path.Ext(name)
	if len(ending) > 20 {
		ending = ""
	}
	name = strings.TrimRightFunc(cut(name, maxName-len(ending))+ending, unicode.IsSpace)
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}

// cut returns the first bytes of a text, whole characters only.
func cut(text string, most int) string {
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

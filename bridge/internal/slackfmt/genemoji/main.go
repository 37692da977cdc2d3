// Command genemoji makes the table of emoji names that package slackfmt embeds,
// from the data that Slack's own names come from. It is run by hand when the
// data has a new version:
//
//	npm pack emoji-datasource@16.0.0
//	tar xf emoji-datasource-16.0.0.tgz package/emoji.json
//	go run ./bridge/internal/slackfmt/genemoji package/emoji.json > bridge/internal/slackfmt/emoji.tsv
//
// Each line is: code points, names (the first is Slack's own), skin tones. The
// third column is empty, or "1" when a tone goes behind the first code point, and
// has the pattern for two tones after a space where two people are shown.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const source = "# emoji-datasource 16.0.0, MIT, see emoji.LICENSE; made by genemoji, not by hand"

type emoji struct {
	Unified        string   `json:"unified"`
	ShortNames     []string `json:"short_names"`
	SkinVariations map[string]struct {
		Unified string `json:"unified"`
	} `json:"skin_variations"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "genemoji:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("want one argument, the path of emoji.json, got %d", len(args))
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var all []emoji
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("read %s: %w", args[0], err)
	}
	slices.SortFunc(all, func(a, b emoji) int { return cmp.Compare(a.Unified, b.Unified) })
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, source)
	for _, e := range all {
		tones, err := tones(e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Unified, err)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Unified, strings.Join(e.ShortNames, ","), tones)
	}
	return w.Flush()
}

// tones describes the variations of an emoji and proves that the description
// gives back each of them.
func tones(e emoji) (string, error) {
	single, pair := "", ""
	for tone, variation := range e.SkinVariations {
		first, second, two := strings.Cut(tone, "-")
		if !two {
			single = "1"
			if want := oneTone(e.Unified, tone); variation.Unified != want {
				return "", fmt.Errorf("tone %s is %s, the rule says %s", tone, variation.Unified, want)
			}
			continue
		}
		if first != second {
			pair = strings.NewReplacer(first, "*", second, "*").Replace(variation.Unified)
		}
	}
	for tone, variation := range e.SkinVariations {
		first, second, two := strings.Cut(tone, "-")
		if want := strings.Replace(strings.Replace(pair, "*", first, 1), "*", second, 1); two && want != variation.Unified {
			return "", fmt.Errorf("tones %s are %s, the pattern says %s", tone, variation.Unified, want)
		}
	}
	return strings.TrimSuffix(strings.TrimSpace(single+" "+pair), " "), nil
}

// oneTone puts a tone behind the first code point, in the place of a variation
// selector.
func oneTone(unified, tone string) string {
	first, rest, found := strings.Cut(unified, "-")
	if !found {
		return first + "-" + tone
	}
	if rest = strings.TrimPrefix(rest+"-", "FE0F-"); rest == "" {
		return first + "-" + tone
	}
	return first + "-" + tone + "-" + strings.TrimSuffix(rest, "-")
}

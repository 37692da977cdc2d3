// Package slackexport reads the archive that Slack makes of a workspace (Slack help: "How
// to read Slack data exports"): its people, its conversations, and what was said in each,
// oldest first. It must not write anything, ask Slack for anything, or hold more than one
// conversation in memory.
package slackexport

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// ErrForm is in the chain of an error about an archive that is not an export, or a damaged
// one.
var ErrForm = errors.New("not an archive that Slack has exported")

// ErrOpen is in the chain of an error about a file that cannot be opened.
var ErrOpen = errors.New("cannot open the export")

// maxEntry bounds what is read of one file of an archive: a day of one conversation.
const maxEntry = 256 << 20

// Archive is an export that is open.
type Archive struct {
	zip *zip.ReadCloser
	// Users are the people of the workspace, bots among them.
	Users []slackevent.User
	// Conversations are those that the export holds, by kind and name.
	Conversations []Conversation
	// Unreadable are the entries of the lists of people and conversations that cannot be read.
	Unreadable []Entry
	days       map[string][]*zip.File
}

// Entry is an entry of a file, counted from 1.
type Entry struct {
	File   string
	Number int
}

// Conversation is a channel or a direct conversation of an export.
type Conversation struct {
	slackevent.Conversation
	// Members are the users in it when it was exported.
	Members []string
	// folder is where its days are.
	folder string
}

// Open opens an archive and reads who and what is in it, not what was said. The caller
// closes it.
func Open(file string) (*Archive, error) {
	reader, err := zip.OpenReader(file)
	switch pathError := (*fs.PathError)(nil); {
	case errors.As(err, &pathError):
		return nil, fmt.Errorf("%w %s: %w", ErrOpen, file, pathError.Err)
	case err != nil:
		return nil, fmt.Errorf("%s is %w: %w", file, ErrForm, err)
	}
	a := &Archive{zip: reader, days: map[string][]*zip.File{}}
	if err := a.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the export %s: %w", file, err), reader.Close())
	}
	return a, nil
}

// Team is the workspace that the archive was made of, "" if it does not say: the one that
// most of its people are of.
func (a *Archive) Team() (team string) {
	people := map[string]int{}
	for _, user := range a.Users {
		if people[user.TeamID]++; user.TeamID != "" && people[user.TeamID] > people[team] || team == "" {
			team = user.TeamID
		}
	}
	return team
}

// Close closes the archive.
func (a *Archive) Close() error { return a.zip.Close() }

// lists are the files that list conversations, and what those of each are. A full export
// has all of them, one of public channels the first only.
func lists() []list {
	return []list{
		{"channels.json", func(c *slackevent.Conversation) { c.IsChannel = true }},
		{"groups.json", func(c *slackevent.Conversation) { c.IsChannel, c.IsPrivate = true, true }},
		{"mpims.json", func(c *slackevent.Conversation) { c.IsMPIM = true }},
		{"dms.json", func(c *slackevent.Conversation) { c.IsIM = true }},
	}
}

type list struct {
	name string
	mark func(*slackevent.Conversation)
}

var dayName = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}\.json$`)

func (a *Archive) read() error {
	files := map[string]*zip.File{}
	for _, file := range a.zip.File {
		files[file.Name] = file
		if folder, name := path.Split(file.Name); dayName.MatchString(name) {
			folder = strings.TrimSuffix(folder, "/")
			a.days[folder] = append(a.days[folder], file)
		}
	}
	if files["users.json"] == nil || files["channels.json"] == nil {
		return fmt.Errorf("%w: it lacks users.json or channels.json", ErrForm)
	}
	for _, days := range a.days {
		slices.SortFunc(days, func(x, y *zip.File) int { return strings.Compare(x.Name, y.Name) })
	}
	unreadable, err := each(files["users.json"], func(raw json.RawMessage) error {
		var user slackevent.User
		if err := slackevent.Unmarshal(raw, &user); err != nil {
			return err
		}
		if user.ID == "" {
			return ErrForm
		}
		a.Users = append(a.Users, user)
		return nil
	})
	if err != nil {
		return err
	}
	a.Unreadable = unreadable
	for _, list := range lists() {
		if files[list.name] == nil {
			continue
		}
		unreadable, err := each(files[list.name], func(raw json.RawMessage) error { return a.addConversation(raw, list) })
		if err != nil {
			return err
		}
		a.Unreadable = append(a.Unreadable, unreadable...)
	}
	return nil
}

func (a *Archive) addConversation(raw json.RawMessage, list list) error {
	var found slackevent.Conversation
	if err := slackevent.Unmarshal(raw, &found); err != nil {
		return err
	}
	var in struct {
		Members []string `json:"members"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if found.ID == "" {
		return ErrForm
	}
	list.mark(&found)
	a.Conversations = append(a.Conversations, Conversation{found, in.Members, a.folderOf(found)})
	return nil
}

// folderOf is the folder of a conversation: it is called as the conversation, or by its id.
func (a *Archive) folderOf(conversation slackevent.Conversation) string {
	if conversation.Name != "" && a.days[conversation.Name] != nil {
		return conversation.Name
	}
	return conversation.ID
}

// Messages returns what was said in a conversation, oldest first, threads among it, each
// message once, and the entries of its days that cannot be read as messages.
func (a *Archive) Messages(conversation Conversation) (messages []*slackevent.Message, unreadable []Entry, err error) {
	for _, day := range a.days[conversation.folder] {
		odd, err := each(day, func(raw json.RawMessage) error {
			message, err := readMessage(raw)
			if err != nil {
				return err
			}
			message.Channel = conversation.ID
			messages = append(messages, message)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		unreadable = append(unreadable, odd...)
	}
	slices.SortStableFunc(messages, func(x, y *slackevent.Message) int { return compareTS(x.TS, y.TS) })
	return slices.CompactFunc(messages, func(x, y *slackevent.Message) bool { return x.TS == y.TS }), unreadable, nil
}

// readMessage reads a message that says when it was said, and in which thread if it is in one.
func readMessage(raw json.RawMessage) (*slackevent.Message, error) {
	message, err := slackevent.DecodeMessage(raw)
	if err != nil {
		return nil, err
	}
	if _, err := slackid.ParseTimestamp(message.TS); err != nil {
		return nil, err
	}
	if message.ThreadTS != "" {
		_, err = slackid.ParseTimestamp(message.ThreadTS)
	}
	return message, err
}

// compareTS orders two ts, which ParseTimestamp has taken.
func compareTS(x, y string) int {
	a, _ := slackid.ParseTimestamp(x)
	b, _ := slackid.ParseTimestamp(y)
	return a.Compare(b)
}

// each hands over the entries of a file that holds an array. Those that are not taken are
// returned; a file that is no array, or is cut short, is an error.
func each(file *zip.File, take func(json.RawMessage) error) (refused []Entry, err error) {
	if file.UncompressedSize64 > maxEntry {
		return nil, fmt.Errorf("%s: %w: it has %d bytes, and at most %d are read", file.Name, ErrForm, file.UncompressedSize64, maxEntry)
	}
	reader, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file.Name, ErrForm, err)
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	decoder := json.NewDecoder(io.LimitReader(reader, maxEntry))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('[') {
		return nil, fmt.Errorf("%s: %w: it is no list", file.Name, ErrForm)
	}
	for number := 1; decoder.More(); number++ {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", file.Name, ErrForm, err)
		}
		if take(raw) != nil {
			refused = append(refused, Entry{file.Name, number})
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file.Name, ErrForm, err)
	}
	return refused, nil
}

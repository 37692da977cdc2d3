package slackevent

import "time"

// Modes and the access state of a file that change what can be done with it (Slack
// docs: file object).
const (
	FileModeTombstone = "tombstone"
	FileModeHidden    = "hidden_by_limit"
	FileModeExternal  = "external"
	FileModeSnippet   = "snippet"
	FileModeHosted    = "hosted"
	// A post is a text with formatting. Slack docs name the mode post; what Slack sends is space.
	FileModePost         = "post"
	FileModeSpace        = "space"
	FileAccessCheckFirst = "check_file_info"
	FileAccessNotFound   = "file_not_found"
	FileAccessDenied     = "access_denied"

	// SubtypeVoice is the subtype of a file that was recorded in Slack as a voice clip.
	SubtypeVoice = "slack_audio"
)

// File is a file's description; in a message of a Slack Connect channel it may
// hold little more than ID, with FileAccess saying to ask files.info.
type File struct {
	ID         string    `json:"id"`
	Name       string    `json:"name,omitempty"`
	Title      string    `json:"title,omitempty"`
	Mimetype   string    `json:"mimetype,omitempty"`
	Filetype   string    `json:"filetype,omitempty"`
	PrettyType string    `json:"pretty_type,omitempty"`
	Size       int64     `json:"size,omitempty"` // bytes
	User       string    `json:"user,omitempty"`
	Username   string    `json:"username,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	AltText    string    `json:"alt_txt,omitempty"`

	// Mode is one of the FileMode constants, or another.
	Mode         string `json:"mode,omitempty"`
	FileAccess   string `json:"file_access,omitempty"`
	Subtype      string `json:"subtype,omitempty"`
	IsExternal   bool   `json:"is_external,omitempty"`
	ExternalType string `json:"external_type,omitempty"`
	ExternalURL  string `json:"external_url,omitempty"`
	Editable     bool   `json:"editable,omitempty"`

	// URLPrivate and URLPrivateDownload need the bot token as bearer. Without
	// access they answer with an HTML page, not an error.
	URLPrivate         string `json:"url_private,omitempty"`
	URLPrivateDownload string `json:"url_private_download,omitempty"`
	Permalink          string `json:"permalink,omitempty"`
	// Preview is the beginning of a snippet or a post, LinesMore how many lines follow. That of
	// a post may be markup: <document><p>…</p></document>.
	Preview            string `json:"preview,omitempty"`
	PreviewIsTruncated bool   `json:"preview_is_truncated,omitempty"`
	LinesMore          int    `json:"lines_more,omitempty"`

	OriginalW  int   `json:"original_w,omitempty"`
	OriginalH  int   `json:"original_h,omitempty"`
	DurationMS int64 `json:"duration_ms,omitempty"`
	// AudioWave is how loud a voice clip is over its time, from 0 to 100.
	AudioWave  []int  `json:"audio_wave_samples,omitempty"`
	Thumb360   string `json:"thumb_360,omitempty"`
	Thumb360W  int    `json:"thumb_360_w,omitempty"`
	Thumb360H  int    `json:"thumb_360_h,omitempty"`
	Thumb720   string `json:"thumb_720,omitempty"`
	ThumbVideo string `json:"thumb_video,omitempty"`

	Channels []string `json:"channels,omitempty"`
	Groups   []string `json:"groups,omitempty"`
	IMs      []string `json:"ims,omitempty"`
	// Shares says in which messages the file stands; often still empty right
	// after an upload.
	Shares Shares `json:"shares,omitzero"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (f *File) UnmarshalJSON(data []byte) error { return Unmarshal(data, f) }

// Shares lists a file's messages by channel id.
type Shares struct {
	Public  map[string][]Share `json:"public,omitempty"`
	Private map[string][]Share `json:"private,omitempty"`
}

// Share is one message that holds a file.
type Share struct {
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts,omitempty"`
}

// FileEvent is file_created, file_shared, file_unshared, file_change,
// file_public or file_deleted.
type FileEvent struct {
	Type       string   `json:"type"`
	FileID     string   `json:"file_id" shape:"strict"`
	UserID     string   `json:"user_id,omitempty"`
	ChannelID  string   `json:"channel_id,omitempty" shape:"strict"`
	ChannelIDs []string `json:"channel_ids,omitempty"`
	EventTS    string   `json:"event_ts,omitempty"`
}

// Conversation is the channel for file_shared and file_unshared, "" otherwise.
func (f *FileEvent) Conversation() string { return f.ChannelID }

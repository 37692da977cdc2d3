package slackevent

import "encoding/json"

// Attachment is a secondary part of a message: an old-style attachment of an
// app, the preview of a link, or another message that was shared (Slack docs:
// secondary message attachments).
type Attachment struct {
	ID       string `json:"id,omitempty"`
	Fallback string `json:"fallback,omitempty"`
	Color    string `json:"color,omitempty"`
	Pretext  string `json:"pretext,omitempty"`

	AuthorID      string `json:"author_id,omitempty"`
	AuthorName    string `json:"author_name,omitempty"`
	AuthorSubname string `json:"author_subname,omitempty"`
	AuthorLink    string `json:"author_link,omitempty"`
	AuthorIcon    string `json:"author_icon,omitempty"`

	Title     string          `json:"title,omitempty"`
	TitleLink string          `json:"title_link,omitempty"`
	Text      string          `json:"text,omitempty"`
	Fields    []Field         `json:"fields,omitempty"`
	MrkdwnIn  []string        `json:"mrkdwn_in,omitempty"`
	Blocks    json.RawMessage `json:"blocks,omitempty"`
	Actions   json.RawMessage `json:"actions,omitempty"`
	Files     []File          `json:"files,omitempty"`
	// Preview is the title and subtitle of an item of another app, List a list of
	// Slack's own. Filename and URL belong to files that an app attached.
	Preview  json.RawMessage `json:"preview,omitempty"`
	List     *File           `json:"list,omitempty"`
	Filename string          `json:"filename,omitempty"`
	URL      string          `json:"url,omitempty"`

	ImageURL    string `json:"image_url,omitempty"`
	ImageWidth  int    `json:"image_width,omitempty"`
	ImageHeight int    `json:"image_height,omitempty"`
	ThumbURL    string `json:"thumb_url,omitempty"`
	ThumbWidth  int    `json:"thumb_width,omitempty"`
	ThumbHeight int    `json:"thumb_height,omitempty"`
	VideoURL    string `json:"video_url,omitempty"`

	Footer     string `json:"footer,omitempty"`
	FooterIcon string `json:"footer_icon,omitempty"`
	// TS is the date shown in the footer, or the ts of a shared message.
	TS string `json:"ts,omitempty"`

	// FromURL is the link in the text that this is the preview of.
	FromURL     string `json:"from_url,omitempty"`
	OriginalURL string `json:"original_url,omitempty"`
	ServiceName string `json:"service_name,omitempty"`
	ServiceIcon string `json:"service_icon,omitempty"`
	ServiceURL  string `json:"service_url,omitempty"`

	// IsMsgUnfurl and IsShare say that this is a message of ChannelID, linked to
	// or forwarded; MessageBlocks holds what it said.
	IsMsgUnfurl   bool            `json:"is_msg_unfurl,omitempty"`
	IsReplyUnfurl bool            `json:"is_reply_unfurl,omitempty"`
	IsThreadRoot  bool            `json:"is_thread_root_unfurl,omitempty"`
	IsShare       bool            `json:"is_share,omitempty"`
	IsAppUnfurl   bool            `json:"is_app_unfurl,omitempty"`
	ChannelID     string          `json:"channel_id,omitempty"`
	ChannelName   string          `json:"channel_name,omitempty"`
	ChannelTeam   string          `json:"channel_team,omitempty"`
	MessageBlocks []MessageBlocks `json:"message_blocks,omitempty"`

	BotID string `json:"bot_id,omitempty"`
	AppID string `json:"app_id,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler by [Unmarshal].
func (a *Attachment) UnmarshalJSON(data []byte) error { return Unmarshal(data, a) }

// Field is one cell of the small table in an attachment.
type Field struct {
	Title string `json:"title,omitempty"`
	Value string `json:"value,omitempty"`
	Short bool   `json:"short,omitempty"`
}

// MessageBlocks is the content of a message that an attachment shows.
type MessageBlocks struct {
	Team    string `json:"team,omitempty"`
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"`
	Message struct {
		Blocks json.RawMessage `json:"blocks,omitempty"`
	} `json:"message"`
}

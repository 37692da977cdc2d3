package connector

import (
	"encoding/json"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixevent"
)

// isGallery says whether a message brings several files with one caption (MSC4274, "Inline
// media galleries via msgtypes").
func isGallery(msgType event.MessageType) bool {
	return msgType == "dm.filament.gallery" || msgType == "m.gallery"
}

// galleryFiles are the files of a gallery, in order.
func galleryFiles(evt *event.Event) (files []*matrixFile) {
	for _, item := range galleryItems(rawContent(evt)) {
		files = append(files, galleryFile(item))
	}
	return files
}

// galleryItems are the items of a content: each is like a message with one file, whose
// msgtype is called itemtype.
func galleryItems(raw map[string]any) (items []map[string]any) {
	listed, _ := raw["itemtypes"].([]any)
	for _, each := range listed {
		if item, ok := each.(map[string]any); ok {
			items = append(items, item)
		}
	}
	return items
}

// galleryFile is the file of an item. That of one that cannot be read has a name and no
// address, so that people are told of it.
func galleryFile(item map[string]any) *matrixFile {
	body, _ := item["body"].(string)
	unreadable := &matrixFile{name: fileName(&event.MessageEventContent{Body: body}, false)}
	encoded, err := json.Marshal(item)
	if err != nil {
		return unreadable
	}
	content := matrixevent.Fitting[event.MessageEventContent](encoded)
	if content == nil {
		return unreadable
	}
	kind, _ := item["itemtype"].(string)
	content.MsgType = event.MessageType(kind)
	file := fileOf(&event.Event{Type: event.EventMessage}, content, item)
	if file == nil {
		return unreadable
	}
	if content.GetCaption() != "" {
		file.title = shorten(cleanLine(content.GetCaption()), maxFileName)
	}
	return file
}

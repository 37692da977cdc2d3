package connector

import "slices"

// keptUpload is how far a message's files are, as its row keeps it.
type keptUpload struct {
	// The first file, or the only one, and the others.
	keptFile
	More []keptFile `json:"more,omitempty"`
	// Completing says that Slack may have been asked to show the files: that is kept before the
	// call. Completed says that Slack has answered that it will.
	Completing bool `json:"completing,omitempty"`
	Completed  bool `json:"completed,omitempty"`
}

// keptFile is how far one file is.
type keptFile struct {
	// File is its id in Slack, kept before any of its content is sent.
	File string `json:"file"`
	// Sent says that Slack has the content.
	Sent bool `json:"sent,omitempty"`
}

// at is how far the n-th file is.
func (k *keptUpload) at(n int) keptFile {
	switch {
	case k == nil || n > len(k.More):
		return keptFile{}
	case n == 0:
		return k.keptFile
	default:
		return k.More[n-1]
	}
}

// with returns an upload whose n-th file is as far as given, and which Slack was not asked to
// show.
func (k *keptUpload) with(n int, file keptFile) keptUpload {
	changed := keptUpload{}
	if k != nil {
		changed = keptUpload{keptFile: k.keptFile, More: slices.Clone(k.More)}
	}
	if n == 0 {
		changed.keptFile = file
		return changed
	}
	for len(changed.More) < n {
		changed.More = append(changed.More, keptFile{})
	}
	changed.More[n-1] = file
	return changed
}

// unsent returns an upload of which Slack has no content any more.
func (k *keptUpload) unsent() *keptUpload {
	again := keptUpload{keptFile: keptFile{File: k.File}}
	for _, file := range k.More {
		again.More = append(again.More, keptFile{File: file.File})
	}
	return &again
}

// sent are the ids of the files whose content Slack has.
func (k *keptUpload) sent() (files []string) {
	if k == nil {
		return nil
	}
	for _, file := range append([]keptFile{k.keptFile}, k.More...) {
		if file.Sent {
			files = append(files, file.File)
		}
	}
	return files
}

// all are the ids of the files, whatever Slack has of them.
func (k *keptUpload) all() (files []string) {
	for _, file := range append([]keptFile{k.keptFile}, k.More...) {
		if file.File != "" {
			files = append(files, file.File)
		}
	}
	return files
}

// has says whether a file in Slack is one of these.
func (k *keptUpload) has(file string) bool {
	return k != nil && (k.File == file || slices.ContainsFunc(k.More, func(more keptFile) bool { return more.File == file }))
}

// isWhole says whether Slack has the content of so many files.
func (k *keptUpload) isWhole(files int) bool { return len(k.sent()) == files }

package slackevent

import "maps"

// DecodedTypes are the event types that the table knows.
func DecodedTypes() []string {
	var types []string
	for eventType := range maps.Keys(decoders()) {
		types = append(types, eventType)
	}
	return types
}

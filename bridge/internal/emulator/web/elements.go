package web

import (
	"encoding/json"
	"slices"
	"strings"
)

// The elements that each place takes (Slack docs: Block Kit reference, and the
// types of @slack/types).
const (
	selects         = "static_select external_select users_select conversations_select channels_select "
	multiSelects    = "multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select "
	pickers         = "checkboxes radio_buttons datepicker datetimepicker timepicker " + selects + multiSelects
	inActions       = "button overflow workflow_button rich_text_input " + pickers
	inAccessory     = "button image overflow workflow_button " + pickers
	inContext       = "image plain_text mrkdwn"
	inContextAction = "feedback_buttons icon_button"
	inInput         = "plain_text_input rich_text_input email_text_input url_text_input number_input file_input " + pickers
)

// among returns a check of an element that must be of one of the types.
func among(place string) func(json.RawMessage) *flaw {
	return func(raw json.RawMessage) *flaw {
		o, f := objectOf(raw)
		if f != nil {
			return f
		}
		return elementIn(place, o)
	}
}

func elementIn(place string, o object) *flaw {
	kind, f := o.kind()
	switch {
	case f != nil:
		return f
	case !slices.Contains(strings.Fields(place), kind):
		return &flaw{"/type", "unsupported type: " + kind}
	case kind == "plain_text" || kind == "mrkdwn":
		return o.str("text", 3000, true)
	}
	check := elementChecks()[kind]
	if check == nil {
		check = func(object) *flaw { return nil }
	}
	return first(o.str("action_id", 255, false), o.text("placeholder", 150, false, "plain_text"), o.part("confirm", false, checkConfirm), check(o))
}

// elementChecks are what each type of element must have in addition to what all share.
func elementChecks() map[string]func(object) *flaw {
	return map[string]func(object) *flaw{
		"button": checkButton, "workflow_button": checkWorkflowButton, "image": checkImage, "overflow": checkOverflow,
		"icon_button": checkIconButton, "feedback_buttons": checkFeedbackButtons,
		"checkboxes": checkChoices, "radio_buttons": checkChoices, "static_select": checkStatic, "multi_static_select": checkStatic,
		"number_input": func(o object) *flaw { return o.need("is_decimal_allowed") },
	}
}

func (o object) need(name string) *flaw {
	if _, ok := o[name]; !ok {
		return lacks(name)
	}
	return nil
}

func checkButton(o object) *flaw {
	return first(o.text("text", 75, true, "plain_text"), o.str("url", 3000, false), o.str("value", 2000, false),
		o.oneOf("style", false, "primary", "danger"), o.str("accessibility_label", 75, false))
}

func checkWorkflowButton(o object) *flaw {
	return first(o.text("text", 75, true, "plain_text"), o.need("workflow"), o.oneOf("style", false, "primary", "danger"))
}

func checkIconButton(o object) *flaw {
	return first(o.str("icon", 255, true), o.text("text", 75, true, "plain_text"), o.str("value", 2000, false))
}

func checkFeedbackButtons(o object) *flaw {
	side := func(b object) *flaw { return first(b.text("text", 75, true, "plain_text"), b.str("value", 2000, true)) }
	return first(o.part("positive_button", true, side), o.part("negative_button", true, side))
}

// checkImage checks an image, as an element or as a block.
func checkImage(o object) *flaw {
	if _, byFile := o["slack_file"]; !byFile {
		if f := o.str("image_url", 3000, true); f != nil {
			return f
		}
	}
	return o.str("alt_text", 2000, true)
}

func checkConfirm(o object) *flaw {
	return first(o.text("title", 100, false, "plain_text"), o.text("text", 300, true, "plain_text", "mrkdwn"),
		o.text("confirm", 30, false, "plain_text"), o.text("deny", 30, false, "plain_text"), o.oneOf("style", false, "primary", "danger"))
}

// option returns a check of an option whose text is of one of the kinds.
func option(kinds ...string) func(json.RawMessage) *flaw {
	return func(raw json.RawMessage) *flaw {
		o, f := objectOf(raw)
		if f != nil {
			return f
		}
		return first(o.text("text", 75, true, kinds...), o.str("value", 150, true), o.text("description", 75, false, kinds...), o.str("url", 3000, false))
	}
}

func checkOverflow(o object) *flaw { return o.each("options", 1, 5, option("plain_text")) }

func checkChoices(o object) *flaw { return o.each("options", 1, 10, option("plain_text", "mrkdwn")) }

// checkStatic checks a menu whose options come with it, in groups or without.
func checkStatic(o object) *flaw {
	if _, grouped := o["option_groups"]; !grouped {
		return o.each("options", 1, 100, option("plain_text"))
	}
	return o.each("option_groups", 1, 100, func(raw json.RawMessage) *flaw {
		group, f := objectOf(raw)
		if f != nil {
			return f
		}
		return first(group.text("label", 75, true, "plain_text"), group.each("options", 1, 100, option("plain_text")))
	})
}

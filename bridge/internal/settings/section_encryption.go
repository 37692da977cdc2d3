package settings

// encryptionKeys are the rows of the section encryption.
func encryptionKeys() *key {
	return &key{
		name: "encryption", into: func(c *Config) any { return &c.Encryption },
		doc: lines("Encryption between Matrix people and the bridge."),
		keys: []*key{
			{
				name: "allow", kind: kindBool, value: "false",
				doc: lines("Can the bridge be in encrypted rooms?"),
			},
			{
				name: "default", kind: kindBool, value: "false",
				doc: lines("Should it encrypt every room it makes?"),
			},
			{
				name: "require", kind: kindBool, value: "false",
				doc: lines("Should it drop what people send unencrypted?"),
			},
			{
				name: "appservice", kind: kindBool, value: "false",
				doc: lines(
					"Should keys come with the transactions (MSC3202) instead of by /sync? Needs",
					"appservice.ephemeral_events and the homeserver's support.",
				),
			},
			{
				name: "msc4190", kind: kindBool, value: "false",
				doc: lines(
					"Should the bot's device be made as MSC4190 says? Needed with continuwuity, and",
					"with every homeserver that has delegated its authentication.",
				),
			},
			{
				name: "self_sign", kind: kindBool, value: "false",
				doc: lines("Should the bot verify itself with a recovery key of its own?"),
			},
			{
				name: "allow_key_sharing", kind: kindBool, value: "true",
				doc: lines("Should requests for keys be answered?"),
			},
			{
				name: "pickle_key", kind: kindText, value: "generate",
				secret: generatedSecret, neededFor: "encryption.allow",
				doc: lines("What the keys in the database are encrypted with. It must never change."),
			},
			{
				name: "delete_keys",
				doc:  lines("When message keys are deleted."),
				keys: []*key{
					{
						name: "dont_store_outbound", kind: kindBool, value: "false",
						doc: lines("Keep no incoming copy of the keys for what the bridge sends?"),
					},
					{
						name: "ratchet_on_decrypt", kind: kindBool, value: "false",
						doc: lines("Make keys unable to decrypt again what was decrypted?"),
					},
					{
						name: "delete_fully_used_on_decrypt", kind: kindBool, value: "false",
						doc: lines("Delete keys that have reached their last message?"),
					},
					{
						name: "delete_prev_on_new_session", kind: kindBool, value: "false",
						doc: lines("Delete a device's older keys when a new one comes?"),
					},
					{
						name: "delete_on_device_delete", kind: kindBool, value: "false",
						doc: lines("Delete the keys of a device that is deleted?"),
					},
					{
						name: "periodically_delete_expired", kind: kindBool, value: "false",
						doc: lines("Delete keys at twice their greatest age?"),
					},
					{
						name: "delete_outdated_inbound", kind: kindBool, value: "false",
						doc: lines("Delete keys that were stored without the time they came?"),
					},
				},
			},
			{
				name: "verification_levels",
				doc: lines(
					"How far a device must be verified: unverified, cross-signed-untrusted,",
					"cross-signed-tofu, cross-signed-verified or verified.",
				),
				keys: []*key{
					{
						name: "receive", kind: kindText, value: "unverified", check: isVerificationLevel,
						doc: lines("To be given the keys of what comes from Slack."),
					},
					{
						name: "send", kind: kindText, value: "unverified", check: isVerificationLevel,
						doc: lines("For its messages to be taken to Slack."),
					},
					{
						name: "share", kind: kindText, value: "cross-signed-tofu", check: isVerificationLevel,
						doc: lines("For its requests for keys to be answered."),
					},
				},
			},
			{
				name: "rotation",
				doc:  lines("How often the keys of new rooms change."),
				keys: []*key{
					{
						name: "enable_custom", kind: kindBool, value: "false",
						doc: lines("Use the two values below instead of the homeserver's usual ones?"),
					},
					{
						name: "milliseconds", kind: kindInt, value: "604800000", check: atLeast(1),
						doc: lines("After how many milliseconds a key changes."),
					},
					{
						name: "messages", kind: kindInt, value: "100", check: atLeast(1),
						doc: lines("After how many messages a key changes."),
					},
					{
						name: "disable_device_change_key_rotation", kind: kindBool, value: "false",
						doc: lines("Keep the keys when a person's devices change?"),
					},
				},
			},
		},
	}
}

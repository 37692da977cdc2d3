package connector

// What the bridge assumes of the framework (mautrix v0.30.0, bridgev2) beyond what its
// interfaces say. Before another version is taken, read each place again: `In` is where it is
// true there, `Used by` are files of this folder, or of the folder named, that rely on it, and
// `Pinned by` the tests that fail when it is not true any more. What the framework does not do
// well enough, so that the connector does it itself, is said where it does: nothing breaks there
// if the framework improves.
//
// Handling an event:
//
//   - With PortalEventBuffer at 0 an event is handled where it is given, and the result is that of
//     the handling.
//     In: portal.go, queueEvent
//     Used by: remote_event.go, matrix_handle.go, ../app/app.go
//     Pinned by: TestMessageBothWays
//   - A Handle… method gets the very object of the event that was given, so that what is known
//     of an attempt is found by it.
//     In: portal.go, handleMatrixMessage
//     Used by: matrix_attempt.go
//     Pinned by: TestMessageBothWays
//   - An event that is dropped has a result that is neither a success nor an error, or an error
//     that wraps ErrDatabaseError or ErrFailedToGetIntent.
//     In: portal.go, handleMatrixEvent and handleRemoteEvent
//     Used by: matrix_attempt.go, retry_policy.go
//     Pinned by: TestAMessageWaitsForTheDatabase, TestWhatPassesIsTriedUntilItDoes
//   - PostSave runs only if the message's row was written.
//     In: portal.go, handleMatrixMessage
//     Used by: matrix_message.go
//     Pinned by: TestAPostWhoseRowIsNotSaved
//   - An answer that is pending has no row written and no status sent.
//     In: portal.go, handleMatrixMessage
//     Used by: matrix_share.go
//     Pinned by: TestTheSenderIsToldOfAFileOnce
//   - The row of a message from Matrix holds what saveRow writes.
//     In: portal.go, fillDBMessage
//     Used by: matrix_share.go
//     Pinned by: TestTheRowOfAMessageWithoutItsFile
//   - A reply to an answer in a thread is in that thread.
//     In: portal.go, handleMatrixMessage
//     Used by: matrix_share_again.go
//     Pinned by: TestAFileInAThreadAfterARestore
//   - ErrIgnoringRemoteEvent ends an event without a notice in the room.
//     In: portal.go, handleRemoteMessage
//     Used by: remote_event.go, slack_edit.go, slack_message.go
//     Pinned by: TestALookUpThatFailsKeepsTheRow
//   - Of an event of unknown type only PreHandle and PostHandle run, under the portal's lock.
//     In: portal.go, handleRemoteEvent
//     Used by: remote_event.go
//     Pinned by: TestAChannelWithAnotherID, TestTwoLoginsResyncOneChannel
//   - What MutateContext returns is the context of every request that the event makes.
//     In: portal.go, handleRemoteEvent
//     Used by: remote_event.go, sendplan.go
//     Pinned by: TestPartsOfAnEditedMessage
//   - PostHandle of an edit runs after its parts are sent.
//     In: portal.go, handleRemoteEvent
//     Used by: slack_edit.go
//     Pinned by: TestAnEditInSlackThatShortensTakesTheRestAway
//
// Portals, rooms and logins:
//
//   - A portal without a room handles a resync, asks for its chat info, and makes no room if it has
//     got one by then or if the event is canceled.
//     In: portal.go, handleRemoteEvent and createMatrixRoomInLoop
//     Used by: room_plumb.go
//     Pinned by: TestPlumbing, TestWhatIsNotPlumbed
//   - A portal's fields change under its lock only, and RoomCreated is set after the id of its room.
//     In: portal.go, createMatrixRoomInLoop
//     Used by: room_of.go, chatinfo.go
//     Pinned by: TestReadWithoutThePortalsLock, TestARoomIsLookedUpWhileItChanges
//   - A portal that is deleted is read from the database the next time it is asked for.
//     In: portal.go, Delete
//     Used by: slack_moved.go
//     Pinned by: TestAChannelWithAnotherID
//   - The room of a tombstone's successor is joined and becomes the portal's.
//     In: portal.go, handleMatrixTombstone
//     Used by: matrix_upgrade.go
//     Pinned by: TestARoomThatIsUpgraded, TestAPlumbedRoomThatFollows
//   - A login's owner is brought into a room with each event of its conversation until it is noted
//     that they are in it, and an invitation that is refused as superfluous is not noted.
//     In: space.go, MarkInPortal; ../appservice/intent.go, EnsureInvited
//     Used by: room_guard.go
//     Pinned by: TestWhoIsLetIn, TestWhoIsKeptOutComesInLater
//   - A login that is loaded remembers the rooms that its owner is in.
//     In: userlogin.go, NewLogin
//     Used by: login.go
//     Pinned by: TestANewLoginKnowsItsRooms
//   - A ghost says that it is a bot's only where the homeserver keeps whole profiles.
//     In: ghost.go, prepareContactInfo
//     Used by: catchup_members.go
//     Pinned by: TestABotThatPostedStays
//   - Whole profiles are replaced only where ReplaceEntireProfile says so.
//     In: ghost.go, pushProfileChanges
//     Used by: user_status.go
//     Pinned by: TestAStatusWhereProfilesAreReplaced
//   - The framework's tables hold of people what the connector's list of tables says.
//     In: database/upgrades
//     Used by: erase.go
//     Pinned by: TestEveryTableIsDecidedOn
//
// Commands:
//
//   - A handler that is added replaces one of the same name, and aliases are looked up first.
//     In: commands/processor.go, AddHandler and handleCommand
//     Used by: matrix_mute.go, command_chat.go, command_plumb.go, room_plumbed.go
//     Pinned by: TestMuteCommands
//   - Whatever begins with the prefix is a command, after the fallbacks of old clients are taken
//     out.
//     In: queue.go, QueueMatrixEvent
//     Used by: command.go
//     Pinned by: TestWhatOnlyLooksLikeACommandIsPosted, TestCommandsBehindAFallback
//   - A message that answers a login's field of type token is redacted.
//     In: commands/login.go
//     Used by: login.go, login_redact.go
//     Pinned by: TestATokenThatStaysReadable
//
// The process:
//
//   - The syncer embeds the crypto machine in a field called OlmMachine.
//     In: matrix/crypto.go, cryptoSyncer
//     Used by: ../app/encryption.go
//     Pinned by: ../app TestOddFieldsOfDecryptedEvents, ../app TestAnotherSyncerIsAnError
//   - A database says to which program and version its tables belong.
//     In: go.mau.fi/util/dbutil
//     Used by: ../database/database.go
//     Pinned by: ../database TestDatabaseOfAnotherProgram

// @slack/web-api runs unmodified: answers, error codes, scopes, rate limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ErrorCode, LogLevel, WebAPIPlatformError, WebClient, WebClientEvent } from '@slack/web-api';

import { ids, startEmulator } from './lib/emulator.mjs';

// startClient returns an emulator and a client with the bot's token.
async function startClient(t, options) {
  const emulator = await startEmulator(t, options);
  return { emulator, client: clientOf(emulator, emulator.botToken) };
}

function clientOf(emulator, token, more = {}) {
  return new WebClient(token, { slackApiUrl: emulator.apiURL, logLevel: LogLevel.ERROR, ...more });
}

// refused expects a platform error of a code and returns its data.
async function refused(call, code) {
  const error = await call.then(() => assert.fail(`the call succeeded; expected ${code}`), (e) => e);
  assert.ok(error instanceof WebAPIPlatformError, String(error));
  assert.equal(error.code, ErrorCode.PlatformError);
  assert.equal(error.data.error, code);
  return error.data;
}

test('auth.test names the bot and tells its scopes', async (t) => {
  const { client } = await startClient(t);
  const who = await client.auth.test();
  assert.deepEqual(
    [who.user_id, who.bot_id, who.team_id, who.team], [ids.bot, ids.botID, 'T0ACME0001', 'Acme'],
  );
  assert.ok(who.response_metadata.scopes.includes('chat:write'));
});

test('a message is posted, changed, read and deleted', async (t) => {
  const { emulator, client } = await startClient(t);
  const channel = ids.general;
  const posted = await client.chat.postMessage({
    channel, text: 'a *text*', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'a *text*' } }],
    metadata: { event_type: 'test', event_payload: { n: 1 } },
  });
  const { ts } = posted;
  assert.equal(posted.message.user, ids.bot);
  await client.chat.update({ channel, ts, text: 'another text' });
  const { messages } = await client.conversations.history({ channel, limit: 1, include_all_metadata: true });
  assert.equal(messages[0].text, 'another text');
  assert.deepEqual(messages[0].edited.user, ids.bot);
  assert.deepEqual(messages[0].metadata, { event_type: 'test', event_payload: { n: 1 } });
  const { permalink } = await client.chat.getPermalink({ channel, message_ts: ts });
  assert.equal(permalink, `https://acme.slack.com/archives/${channel}/p${ts.replace('.', '')}`);
  await client.chat.delete({ channel, ts });
  assert.ok(!(await emulator.messages(channel)).some((m) => m.ts === ts));
});

test('filesUploadV2 shares files, and they are read again', async (t) => {
  const { emulator, client } = await startClient(t);
  await emulator.post('/apps/change', { add_scopes: ['files:read', 'files:write'] });
  const { ts: root } = await client.chat.postMessage({ channel: ids.general, text: 'root' });
  const sent = await client.filesUploadV2({
    channel_id: ids.general, thread_ts: root, initial_comment: 'two files',
    file_uploads: [
      { file: Buffer.from('one'), filename: 'one.txt', alt_text: 'the first' },
      { content: 'print(2)', filename: 'two.py', snippet_type: 'python', title: 'Second' },
    ],
  });
  assert.equal(sent.files[0].files.length, 2);
  const message = await emulator.awaitMessage(ids.general, 'the share', (m) => m.files?.length === 2);
  assert.deepEqual([message.text, message.thread_ts, message.files[1].title, message.files[1].mode], ['two files', root, 'Second', 'snippet']);
  const { file } = await client.files.info({ file: message.files[0].id });
  assert.equal(file.alt_txt, 'the first');
  assert.equal(file.shares.public[ids.general][0].ts, message.ts);
  const response = await fetch(file.url_private_download, { headers: { authorization: `Bearer ${emulator.botToken}` } });
  assert.equal(await response.text(), 'one');
  assert.equal((await client.files.list({ channel: ids.general })).files.length, 2);
  await client.files.delete({ file: file.id });
  await refused(client.files.info({ file: file.id }), 'file_deleted');
});

test('a post under another name keeps it', async (t) => {
  const { emulator, client } = await startClient(t);
  const { ts } = await client.chat.postMessage({ channel: ids.general, text: 'hi', username: 'Zoe (Matrix)', icon_emoji: ':rocket:' });
  const m = await emulator.message(ids.general, ts);
  assert.deepEqual([m.subtype, m.username, m.icons.emoji, m.user], ['bot_message', 'Zoe (Matrix)', ':rocket:', undefined]);
});

test('refusals carry the codes that Slack documents', async (t) => {
  const { emulator, client } = await startClient(t);
  const { ts } = await emulator.say(ids.ann, ids.general, 'hers');
  await client.reactions.add({ channel: ids.general, timestamp: ts, name: 'eyes' });
  const at = { channel: ids.general, ts };
  for (const [code, call] of Object.entries({
    channel_not_found: () => client.chat.postMessage({ channel: 'C0NOWHERE1', text: 'x' }),
    not_in_channel: () => client.conversations.history({ channel: ids.lounge }),
    no_text: () => client.chat.postMessage({ channel: ids.general }),
    cant_update_message: () => client.chat.update({ ...at, text: 'mine' }),
    cant_delete_message: () => client.chat.delete(at),
    message_not_found: () => client.chat.update({ ...at, ts: '1500000000.000000', text: 'x' }),
    thread_not_found: () => client.conversations.replies({ channel: ids.general, ts: '1500000000.000000' }),
    no_reaction: () => client.reactions.remove({ channel: ids.general, timestamp: ts, name: 'tada' }),
    invalid_name: () => client.reactions.add({ channel: ids.general, timestamp: ts, name: 'no-such-emoji' }),
    user_not_found: () => client.users.info({ user: 'U0NOBODY01' }),
    invalid_cursor: () => client.users.list({ cursor: 'nonsense' }),
    already_reacted: () => client.reactions.add({ channel: ids.general, timestamp: ts, name: 'eyes' }),
    is_archived: () => client.conversations.join({ channel: 'C0OLD00001' }),
    unknown_method: () => client.apiCall('chat.whisper', {}),
  })) {
    await t.test(code, () => refused(call(), code));
  }
});

test('a missing scope is told with what is needed and what is there', async (t) => {
  const { emulator, client } = await startClient(t);
  await emulator.post('/apps/change', { remove_scopes: ['reactions:write'] });
  const { ts } = await emulator.say(ids.ann, ids.general, 'a text');
  const data = await refused(client.reactions.add({ channel: ids.general, timestamp: ts, name: 'tada' }), 'missing_scope');
  assert.equal(data.needed, 'reactions:write');
  assert.ok(data.provided.split(',').includes('chat:write'));
  assert.ok(!data.provided.includes('reactions:write'));
  assert.deepEqual(data.response_metadata.acceptedScopes, ['reactions:write']);
});

test('dead and wrong tokens are told apart', async (t) => {
  const { emulator, client } = await startClient(t);
  await refused(clientOf(emulator, '').auth.test(), 'not_authed');
  await refused(clientOf(emulator, ['xoxb', '1', 'nobody'].join('-')).auth.test(), 'invalid_auth');
  await refused(clientOf(emulator, emulator.appToken).users.list({}), 'not_allowed_token_type');
  await refused(client.apps.connections.open(), 'not_allowed_token_type');
  await emulator.post('/apps/revoke', { kind: 'bot' });
  await refused(client.auth.test(), 'token_revoked');
});

test('a 429 is obeyed: the client waits Retry-After seconds and succeeds', async (t) => {
  const { emulator, client } = await startClient(t);
  const waits = [];
  client.on(WebClientEvent.RATE_LIMITED, (seconds) => waits.push(seconds));
  await emulator.post('/faults/calls', { method: 'users.info', times: 1, status: 429, retry_after: 2 });
  const began = Date.now();
  const { user } = await client.users.info({ user: ids.ann });
  assert.equal(user.name, 'ann');
  assert.deepEqual(waits, [2]);
  assert.ok(Date.now() - began >= 2000);
});

test('a client that does not wait is told how long it should', async (t) => {
  const { emulator } = await startClient(t);
  const hasty = clientOf(emulator, emulator.botToken, { rejectRateLimitedCalls: true });
  await emulator.post('/faults/calls', { method: 'users.info', times: 1, status: 429, retry_after: 7 });
  const error = await hasty.users.info({ user: ids.ann }).then(() => assert.fail('succeeded'), (e) => e);
  assert.equal(error.code, ErrorCode.RateLimitedError);
  assert.equal(error.retryAfter, 7);
});

test('the limit of one post a second and channel slows a burst down and loses nothing', async (t) => {
  const { emulator, client } = await startClient(t, { rateScale: 1 });
  let limited = 0;
  client.on(WebClientEvent.RATE_LIMITED, (seconds) => { assert.equal(seconds, 1); limited++; });
  const texts = [1, 2, 3, 4, 5, 6].map((n) => `post ${n}`);
  for (const text of texts) await client.chat.postMessage({ channel: ids.random, text });
  assert.ok(limited > 0, 'a burst of six is beyond the budget');
  assert.deepEqual((await emulator.messages(ids.random)).map((m) => m.text).slice(-6), texts);
});

test('an answer of 503 is tried again', async (t) => {
  const { emulator, client } = await startClient(t);
  await emulator.post('/faults/calls', { method: 'team.info', times: 1, status: 503 });
  const { team } = await client.team.info();
  assert.equal(team.domain, 'acme');
});

for (const [method, list, options] of [
  ['users.list', 'members', {}],
  ['users.conversations', 'channels', { types: 'public_channel,private_channel,mpim,im' }],
  ['conversations.members', 'members', { channel: ids.general }],
  ['conversations.history', 'messages', { channel: ids.general }],
]) {
  test(`${method} gives the same over pages of two as at once`, async (t) => {
    const { client } = await startClient(t);
    const gather = async (limit) => {
      const found = [];
      for await (const page of client.paginate(method, { ...options, limit })) found.push(...page[list]);
      return found;
    };
    const whole = await gather(200);
    assert.ok(whole.length > 2);
    assert.deepEqual(await gather(2), whole);
  });
}

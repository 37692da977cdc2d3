// @slack/socket-mode runs unmodified: hello, acks, redelivery, disconnects.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { test } from 'node:test';

import { LogLevel, SocketModeClient } from '@slack/socket-mode';

import { ids, startEmulator } from './lib/emulator.mjs';
import { Inbox, until } from './lib/wait.mjs';

// quick makes the client's pauses between attempts short; pings come three times
// as often.
const quick = 600;

// startSocket returns an emulator and a started client whose messages are in an
// inbox, not yet acked.
async function startSocket(t, more = {}) {
  const emulator = await startEmulator(t);
  const client = socketOf(emulator, more);
  const inbox = new Inbox();
  client.on('message', (envelope) => inbox.put(envelope));
  await client.start();
  return { emulator, client, inbox };
}

function socketOf(emulator, more) {
  const client = new SocketModeClient({
    appToken: emulator.appToken, clientOptions: { slackApiUrl: emulator.apiURL },
    clientPingTimeout: quick, logger: silent(), ...more,
  });
  emulator.withEnd(() => client.disconnect());
  return client;
}

function silent() {
  const nothing = () => {};
  return { debug: nothing, info: nothing, warn: nothing, error: nothing, setName: nothing, setLevel: nothing, getLevel: () => LogLevel.ERROR };
}

test('start resolves with the connection after hello', async (t) => {
  const emulator = await startEmulator(t);
  const client = socketOf(emulator, {});
  const opened = await client.start();
  assert.match(opened.url, /^ws:\/\/127\.0\.0\.1:\d+\/link\/\?ticket=/);
  assert.equal((await emulator.sockets()).length, 1);
});

test('start fails at once with a token that is dead', async (t) => {
  const emulator = await startEmulator(t);
  await emulator.post('/apps/revoke', { kind: 'app', code: 'account_inactive' });
  const client = socketOf(emulator, {});
  await assert.rejects(client.start(), /account_inactive/);
});

test('an event that is acked comes once', async (t) => {
  const { emulator, inbox } = await startSocket(t);
  await emulator.say(ids.ann, ids.general, 'once');
  const got = await inbox.take('the message');
  assert.deepEqual([got.event.text, got.retry_num, got.retry_reason], ['once', 0, '']);
  assert.deepEqual([got.body.type, got.body.team_id, got.body.api_app_id], ['event_callback', 'T0ACME0001', ids.app]);
  await got.ack();
  const record = await emulator.delivery('message', 'acked');
  assert.equal(record.attempts.length, 1);
  await emulator.step(400);
  assert.equal(inbox.size, 0);
});

test('an event that is never acked comes four times, then no more', async (t) => {
  const { emulator, inbox } = await startSocket(t);
  await emulator.say(ids.ann, ids.general, 'again');
  const attempts = [];
  for (const pause of [0, 0, 60, 300]) {
    if (pause) await emulator.step(pause);
    const got = await inbox.take(`attempt ${attempts.length}`);
    attempts.push([got.body.event_id, got.retry_num, got.retry_reason]);
    await emulator.step(3); // the ack's deadline
  }
  const [id] = attempts[0];
  assert.deepEqual(attempts, [[id, 0, ''], [id, 1, 'timeout'], [id, 2, 'timeout'], [id, 3, 'timeout']]);
  const { attempts: recorded } = await emulator.delivery('message', 'dropped');
  assert.equal(recorded.length, 4);
});

test('an event that is acked at its second attempt comes no more', async (t) => {
  const { emulator, inbox } = await startSocket(t);
  await emulator.say(ids.ann, ids.general, 'twice');
  await inbox.take('the first attempt');
  await emulator.step(3);
  const second = await inbox.take('the second attempt');
  assert.equal(second.retry_num, 1);
  await second.ack();
  await emulator.delivery('message', 'acked');
  await emulator.step(400);
  assert.equal(inbox.size, 0);
});

test('each event goes to one of two sockets', async (t) => {
  const { emulator, inbox } = await startSocket(t);
  const other = socketOf(emulator, {});
  const others = new Inbox();
  other.on('message', (envelope) => others.put(envelope));
  await other.start();
  await emulator.awaitSockets(2);
  const texts = ['a', 'b', 'c', 'd'];
  for (const text of texts) await emulator.say(ids.ann, ids.general, text);
  await until('all events', () => inbox.size + others.size === texts.length);
  assert.ok(inbox.size > 0 && others.size > 0, `${inbox.size} and ${others.size}`);
});

test('the pings of both sides are answered, and the socket stays', async (t) => {
  // The client tells of control frames by these channels only.
  const seen = { ping: new Inbox(), pong: new Inbox() };
  for (const [kind, inbox] of Object.entries(seen)) {
    const put = ({ payload }) => inbox.put(payload.toString());
    const frames = channel(`undici:websocket:${kind}`);
    frames.subscribe(put);
    t.after(() => frames.unsubscribe(put));
  }
  const { emulator } = await startSocket(t);
  const [before] = await emulator.sockets();
  for (let i = 0; i < 6; i++) assert.match(await seen.pong.take('a pong'), /^Ping from client \(\d+\)$/);
  await emulator.step(5);
  assert.ok(await seen.ping.take('a ping of the server'));
  const [after] = await emulator.awaitSockets(1);
  assert.equal(after.id, before.id);
});

for (const reason of ['warning', 'refresh_requested', 'something_new']) {
  test(`a disconnect for ${reason} makes the client open another socket`, async (t) => {
    const { emulator, client, inbox } = await startSocket(t);
    const [first] = await emulator.sockets();
    const connected = new Inbox();
    client.on('connected', (opened) => connected.put(opened));
    await emulator.post('/faults/disconnect', { reason });
    await connected.take('the next hello');
    const [second] = await emulator.awaitSockets(1);
    assert.notEqual(second.id, first.id);
    await emulator.say(ids.ann, ids.general, 'still there?');
    await (await inbox.take('the message')).ack();
    await emulator.delivery('message', 'acked');
  });
}

test('the client comes back after a cut', async (t) => {
  const { emulator, client } = await startSocket(t);
  const connected = new Inbox();
  client.on('connected', () => connected.put(true));
  client.on('error', () => {});
  await emulator.post('/faults/cut', {});
  await connected.take('the next hello');
  await emulator.awaitSockets(1);
});

test('the client gives up a half-open socket when no pong comes', async (t) => {
  const { emulator, client } = await startSocket(t);
  const connected = new Inbox();
  client.on('connected', () => connected.put(true));
  client.on('error', () => {});
  await emulator.post('/faults/half-open', {});
  await emulator.awaitSockets(1);
  await connected.take('the next hello');
  await emulator.awaitSockets(2); // Slack does not know that the first is gone
});

test('the eleventh socket is turned away with too_many_websockets', async (t) => {
  const { emulator } = await startSocket(t);
  for (let i = 1; i < 10; i++) await socketOf(emulator, {}).start();
  await emulator.awaitSockets(10);
  const eleventh = socketOf(emulator, { autoReconnectEnabled: false });
  const frames = new Inbox();
  eleventh.on('ws_message', (data) => frames.put(JSON.parse(data)));
  await assert.rejects(eleventh.start());
  const frame = await frames.take('its only frame');
  assert.deepEqual([frame.type, frame.reason], ['disconnect', 'too_many_websockets']);
  assert.equal((await emulator.sockets()).length, 10);
});

test('link_disabled keeps the client out until Socket Mode is on again', async (t) => {
  const { emulator, client } = await startSocket(t);
  const connected = new Inbox();
  client.on('connected', () => connected.put(true));
  await emulator.post('/faults/disconnect', { reason: 'link_disabled' });
  await emulator.awaitSockets(0);
  await until('a refused attempt', async () => (await emulator.get('/calls?method=apps.connections.open'))
    .some((call) => call.error === 'socket_mode_not_enabled'));
  assert.equal(connected.size, 0);
  await emulator.post('/apps/change', { socket_mode: true });
  await connected.take('the next hello');
  await emulator.awaitSockets(1);
});

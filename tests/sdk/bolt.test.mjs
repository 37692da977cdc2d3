// @slack/bolt runs unmodified: with another API URL and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import bolt from '@slack/bolt';

import { ids, startEmulator } from './lib/emulator.mjs';
import { Inbox, until } from './lib/wait.mjs';

const { App, LogLevel } = bolt;

// startApp runs a Bolt app on an emulator of its own. listen adds the handlers
// before the app starts, so that nothing is missed.
async function startApp(t, listen) {
  const emulator = await startEmulator(t);
  const app = new App({
    socketMode: true, token: emulator.botToken, appToken: emulator.appToken,
    clientOptions: { slackApiUrl: emulator.apiURL }, logLevel: LogLevel.ERROR,
  });
  const errors = [];
  app.error(async (error) => { errors.push(error); });
  listen(app);
  await app.start();
  emulator.withEnd(async () => {
    await app.stop();
    assert.deepEqual(errors, [], 'an error in a handler');
  });
  await emulator.awaitSockets(1);
  return { emulator, app };
}

test('a message reaches its handler, and say answers in the channel', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.message('hello', async ({ message, say }) => { await say(`Hey there <@${message.user}>!`); });
  });
  await emulator.say(ids.ann, ids.general, 'hello');
  const answer = await emulator.awaitMessage(ids.general, 'the answer', (m) => m.text === `Hey there <@${ids.ann}>!`);
  assert.equal(answer.user, ids.bot);
  assert.equal(answer.bot_id, ids.botID);
  assert.equal(answer.app_id, ids.app);
  const { attempts } = await emulator.delivery('message', 'acked');
  assert.equal(attempts.length, 1, 'acked at the first attempt');
});

test('the app does not hear its own messages', async (t) => {
  const heard = new Inbox();
  const { emulator } = await startApp(t, (app) => {
    app.message(async ({ message, say }) => {
      heard.put(message.text);
      if (message.text === 'one') await say('two');
    });
  });
  await emulator.say(ids.ann, ids.general, 'one');
  await emulator.awaitMessage(ids.general, 'the answer', (m) => m.text === 'two');
  await emulator.say(ids.ann, ids.general, 'three');
  assert.equal(await heard.take('the first message'), 'one');
  assert.equal(await heard.take('the next message'), 'three');
});

test('a direct message is answered where it was said', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.message(async ({ message, say }) => { await say(`${message.channel_type}: ${message.text}`); });
  });
  await emulator.say(ids.ann, ids.annBot, 'psst');
  await emulator.awaitMessage(ids.annBot, 'the answer', (m) => m.text === 'im: psst');
});

test('a mention reaches its handler', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.event('app_mention', async ({ event, say }) => { await say({ text: 'You called?', thread_ts: event.ts }); });
  });
  await emulator.post('/apps/change', { add_events: ['app_mention'], add_scopes: ['app_mentions:read'] });
  const asked = await emulator.say(ids.bob, ids.random, `<@${ids.bot}> are you there?`);
  const answer = await emulator.awaitMessage(ids.random, 'the answer', (m) => m.text === 'You called?');
  assert.equal(answer.thread_ts, asked.ts);
});

test('a reaction reaches its handler, and the app reacts back', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.event('reaction_added', async ({ event, client }) => {
      if (event.user === ids.bot) return; // its own, below
      await client.reactions.add({ channel: event.item.channel, timestamp: event.item.ts, name: 'eyes' });
    });
  });
  const { ts } = await emulator.say(ids.ann, ids.general, 'look at this');
  await emulator.post('/reactions/add', { user: ids.bob, channel: ids.general, ts, name: 'tada' });
  const reacted = await emulator.awaitMessage(ids.general, 'the reaction', (m) => m.ts === ts && m.reactions?.length === 2);
  assert.deepEqual(reacted.reactions, [
    { name: 'tada', users: [ids.bob], count: 1 },
    { name: 'eyes', users: [ids.bot], count: 1 },
  ]);
});

test('a thread reply is answered in its thread', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.message(async ({ message, say }) => {
      if (message.thread_ts) await say({ text: `re: ${message.text}`, thread_ts: message.thread_ts });
    });
  });
  const root = await emulator.say(ids.ann, ids.general, 'a question');
  await emulator.say(ids.bob, ids.general, 'an answer', { thread_ts: root.ts });
  const answer = await emulator.awaitMessage(ids.general, 'the answer', (m) => m.text === 're: an answer');
  assert.equal(answer.thread_ts, root.ts);
  assert.equal((await emulator.message(ids.general, root.ts)).reply_count, 2);
});

test('an edit and a deletion reach their handlers', async (t) => {
  const changes = new Inbox();
  const { emulator } = await startApp(t, (app) => {
    app.event('message', async ({ event }) => { if (event.subtype) changes.put(event); });
  });
  const { ts } = await emulator.say(ids.ann, ids.general, 'teh text');
  await emulator.post('/messages/edit', { user: ids.ann, channel: ids.general, ts, text: 'the text' });
  await emulator.post('/messages/delete', { user: ids.ann, channel: ids.general, ts });
  const changed = await changes.take('the edit');
  assert.equal(changed.subtype, 'message_changed');
  assert.equal(changed.message.text, 'the text');
  assert.equal(changed.previous_message.text, 'teh text');
  const deleted = await changes.take('the deletion');
  assert.equal(deleted.subtype, 'message_deleted');
  assert.equal(deleted.deleted_ts, ts);
});

test('a slash command and an action are acked with what they may carry', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.command('/echo', async ({ command, ack }) => { await ack(`you said ${command.text}`); });
    app.action('approve', async ({ ack }) => { await ack(); });
  });
  const team = { id: 'T0ACME0001', domain: 'acme' };
  await emulator.post('/faults/event', {
    envelope: 'slash_commands', type: 'command', accepts_response_payload: true,
    payload: {
      token: 'none', team_id: team.id, team_domain: team.domain, channel_id: ids.general, channel_name: 'general', user_id: ids.ann,
      user_name: 'ann', command: '/echo', text: 'hi', api_app_id: ids.app, is_enterprise_install: 'false', trigger_id: '1.2.3',
    },
  });
  await emulator.delivery('command', 'acked');
  const shown = await until('the answer', async () => (await emulator.get(`/users/${ids.ann}/ephemerals`)).at(0));
  assert.equal(shown.message.text, 'you said hi');
  assert.equal(shown.channel, ids.general);
  await emulator.post('/faults/event', {
    envelope: 'interactive', type: 'action',
    payload: {
      type: 'block_actions', user: { id: ids.ann, username: 'ann', team_id: team.id }, api_app_id: ids.app, token: 'none', team,
      container: { type: 'message' }, trigger_id: '1.2.3', channel: { id: ids.general, name: 'general' },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'b', value: 'yes', action_ts: '1700000000.000000' }],
    },
  });
  await emulator.delivery('action', 'acked');
});

test('respond answers a slash command later', async (t) => {
  const { emulator } = await startApp(t, (app) => {
    app.command('/later', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'for all', response_type: 'in_channel' });
      await respond('for you');
    });
  });
  await emulator.post('/apps/change', { add_scopes: ['commands'], add_commands: ['/later'] });
  await emulator.post('/commands/run', { user: ids.ann, channel: ids.general, command: '/later', text: 'on' });
  const said = await emulator.awaitMessage(ids.general, 'the answer to all', (m) => m.text === 'for all');
  assert.equal(said.bot_id, ids.botID);
  const shown = await until('the answer to one', async () => (await emulator.get(`/users/${ids.ann}/ephemerals`)).at(0));
  assert.equal(shown.message.text, 'for you');
});

test('the app reads all people and channels over several pages', async (t) => {
  const { emulator, app } = await startApp(t, () => {});
  await emulator.post('/switches', { web: { empty_pages: true } });
  for (let i = 0; i < 5; i++) await emulator.post('/channels/create', { user: ids.ann, value: `project-${i}` });
  const state = await emulator.get('/state');
  const gather = async (method, list, options) => {
    const found = [];
    let pages = 0;
    for await (const page of app.client.paginate(method, { limit: 2, ...options })) {
      pages++;
      assert.ok(page[list].length <= 2);
      found.push(...page[list].map((item) => item.id));
    }
    assert.ok(pages > found.length / 2, `${method}: ${pages} pages`);
    return found.sort();
  };
  assert.deepEqual(await gather('users.list', 'members', {}), state.users.map((u) => u.id).sort());
  assert.deepEqual(
    await gather('conversations.list', 'channels', { types: 'public_channel' }),
    state.channels.filter((c) => c.kind === 'public_channel').map((c) => c.id).sort(),
  );
});

for (const [name, fault, path, body] of [
  ['after refresh_requested', 'its socket closes', '/faults/disconnect', { reason: 'refresh_requested' }],
  ['after a cut', 'its socket is cut', '/faults/cut', {}],
]) {
  test(`the app reconnects ${name}, and what was said meanwhile comes by redelivery`, async (t) => {
    const heard = new Inbox();
    const { emulator } = await startApp(t, (app) => { app.message(async ({ message }) => heard.put(message.text)); });
    const [before] = await emulator.sockets();
    await emulator.post(path, body);
    await emulator.awaitSockets(0);
    await emulator.say(ids.ann, ids.general, `said when ${fault}`);
    const [after] = await emulator.awaitSockets(1);
    assert.notEqual(after.id, before.id);
    await emulator.step(60); // the second attempt's time, wherever the first went
    assert.equal(await heard.take('the message'), `said when ${fault}`);
    await emulator.say(ids.ann, ids.general, 'afterwards');
    assert.equal(await heard.take('the next message'), 'afterwards');
  });
}

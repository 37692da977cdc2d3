// The emulator's page: the drawer of faults, with the official SDKs as the apps
// that suffer them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { WebClient, WebClientEvent } from '@slack/web-api';

import { withBrowser } from './lib/browser.mjs';
import { ids, startEmulator } from './lib/emulator.mjs';
import { Inbox, until } from './lib/wait.mjs';

const open = withBrowser();

// startDrawer opens the page with its faults, and with an app whose socket is
// open.
async function startDrawer(t) {
  const emulator = await startEmulator(t);
  const nothing = () => {};
  const socket = new SocketModeClient({
    appToken: emulator.appToken, clientOptions: { slackApiUrl: emulator.apiURL }, clientPingTimeout: 600,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing, setName: nothing, setLevel: nothing, getLevel: () => LogLevel.ERROR },
  });
  const events = new Inbox();
  socket.on('error', nothing);
  socket.on('message', async (envelope) => { await envelope.ack(); events.put(envelope.event.text); });
  emulator.withEnd(() => socket.disconnect());
  await socket.start();
  const page = await open(emulator, { as: 'ann', c: ids.random });
  await page.getByRole('button', { name: 'Faults' }).click();
  const drawer = page.getByRole('complementary', { name: 'Faults' });
  const [{ id }] = await emulator.awaitSockets(1);
  await drawer.locator('.sockets', { hasText: id }).waitFor();
  return { emulator, page, drawer, events, id };
}

const press = (drawer, section, name) => drawer.locator('section', { has: drawer.page().getByRole('heading', { name: section }) })
  .getByRole('button', { name, exact: true }).click();

for (const name of ['Cut', 'Refresh']) {
  test(`${name} costs an app its socket, and the drawer shows the next one`, async (t) => {
    const { emulator, drawer, id } = await startDrawer(t);
    await press(drawer, 'Sockets', name);
    await drawer.locator('.sockets', { hasText: id }).waitFor({ state: 'detached' });
    const [next] = await until('another socket', async () => {
      const open = await emulator.sockets();
      return open.length === 1 && open[0].id !== id && open;
    });
    await drawer.locator('.sockets', { hasText: next.id }).waitFor();
    const log = drawer.getByRole('log', { name: 'What apps do' });
    await log.getByText(`socket ${id}`).first().waitFor();
    await log.getByText('apps.connections.open').first().waitFor();
  });
}

test('Socket Mode is switched off and on', async (t) => {
  const { emulator, drawer } = await startDrawer(t);
  await press(drawer, 'Sockets', 'Switch Socket Mode off (link_disabled)');
  await drawer.getByText('none is open').waitFor();
  await drawer.getByRole('log').getByText('socket_mode_not_enabled').first().waitFor();
  await press(drawer, 'Sockets', 'Switch Socket Mode on');
  const [{ id }] = await emulator.awaitSockets(1);
  await drawer.locator('.sockets', { hasText: id }).waitFor();
});

test('planned answers reach the next calls of the chosen method only', async (t) => {
  const { emulator, drawer } = await startDrawer(t);
  const client = new WebClient(emulator.botToken, { slackApiUrl: emulator.apiURL, logLevel: LogLevel.ERROR, rejectRateLimitedCalls: true });
  const limited = [];
  client.on(WebClientEvent.RATE_LIMITED, (seconds) => limited.push(seconds));
  await drawer.getByLabel('Method').selectOption('users.info');
  await press(drawer, 'Next Web API calls', '429, wait 5 s');
  await drawer.getByRole('button', { name: '429, wait 5 s' }).blur();
  await until('the plan', async () => {
    await client.auth.test();
    return client.users.info({ user: ids.ann }).then(() => false, (e) => e.retryAfter === 5);
  });
  assert.deepEqual(limited, [5]);
  await drawer.getByRole('log').getByText('users.info').first().waitFor();
  assert.equal((await client.users.info({ user: ids.ann })).user.name, 'ann');
});

test('an event is sent twice', async (t) => {
  const { emulator, drawer, events } = await startDrawer(t);
  await Promise.all([drawer.page().waitForResponse(/faults\/envelopes/), press(drawer, 'Next events', 'Twice')]);
  await emulator.say(ids.bob, ids.random, 'echo');
  assert.deepEqual([await events.take('the event'), await events.take('the event again')], ['echo', 'echo']);
  await drawer.getByRole('log').getByText('acked').first().waitFor();
});

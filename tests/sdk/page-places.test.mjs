// The emulator's page: channels, direct messages, members, and the way back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withBrowser } from './lib/browser.mjs';
import { ids, startEmulator } from './lib/emulator.mjs';
import { said, send } from './lib/page.mjs';

const open = withBrowser();
const list = (page) => page.getByRole('navigation');
const entries = (page) => list(page).locator('.entry .title').allTextContents();

test('a person sees the public channels and what they are in', async (t) => {
  const emulator = await startEmulator(t);
  const bob = await open(emulator, { as: 'bob' });
  assert.deepEqual(await entries(bob), ['general', 'lounge', 'random', 'Ann', 'Ann, Matrix Bridge', 'old-project']);
  await bob.getByLabel('You are').selectOption('Cleo');
  await list(bob).getByRole('button', { name: 'private leadership' }).waitFor();
  assert.deepEqual(await entries(bob), ['general', 'leadership', 'lounge', 'random', 'old-project']);
});

test('a channel is made with its members and the bot', async (t) => {
  const emulator = await startEmulator(t);
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((as) => open(emulator, { as })));
  await ann.getByRole('button', { name: 'New channel' }).click();
  const dialog = ann.getByRole('dialog', { name: 'New channel' });
  await dialog.getByLabel('Name').fill('plan-x');
  await dialog.getByLabel('Private: only members see it').check();
  await dialog.getByLabel('bob').check();
  await dialog.getByLabel('Matrix Bridge (app)').check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await ann.getByRole('heading', { name: 'plan-x' }).waitFor();
  await send(ann, 'first');
  const entry = list(bob).getByRole('button', { name: 'private plan-x' });
  await entry.click();
  await said(bob, 'first').waitFor();
  const channel = await emulator.get('/channels/plan-x');
  assert.equal(channel.kind, 'private_channel');
  assert.deepEqual(channel.members, [ids.ann, ids.bob, ids.bot]);
});

test('the bot is added to a channel with one button', async (t) => {
  const emulator = await startEmulator(t);
  const bob = await open(emulator, { as: 'bob', c: ids.lounge });
  await bob.getByRole('button', { name: 'Add Matrix Bridge' }).click();
  await said(bob, '@Matrix Bridge has joined the channel').waitFor();
  await bob.getByRole('button', { name: 'Add Matrix Bridge' }).waitFor({ state: 'detached' });
  assert.ok((await emulator.get('/channels/lounge')).members.includes(ids.bot));
  await bob.getByRole('button', { name: '3 members' }).click();
  await bob.getByRole('dialog').getByRole('button', { name: 'Remove Matrix Bridge' }).click();
  await bob.getByRole('button', { name: 'Add Matrix Bridge' }).waitFor();
  assert.ok(!(await emulator.get('/channels/lounge')).members.includes(ids.bot));
});

test('a person outside reads a public channel and writes after joining', async (t) => {
  const emulator = await startEmulator(t);
  const ann = await open(emulator, { as: 'ann', c: ids.lounge });
  assert.equal(await ann.getByRole('textbox', { name: /^Message / }).count(), 0);
  await ann.getByRole('button', { name: 'Join' }).click();
  await send(ann, 'here I am');
  await emulator.awaitMessage(ids.lounge, 'the message', (m) => m.text === 'here I am' && m.user === ids.ann);
  await ann.getByRole('button', { name: '3 members' }).click();
  await ann.getByRole('dialog').getByRole('button', { name: 'Invite…' }).click();
  await ann.getByRole('dialog', { name: 'Invite' }).getByLabel('Dan Diaz').check();
  await ann.getByRole('dialog', { name: 'Invite' }).getByRole('button', { name: 'Invite' }).click();
  await ann.getByRole('button', { name: '4 members' }).waitFor();
});

test('a direct message with the bot is opened and answered', async (t) => {
  const emulator = await startEmulator(t);
  const cleo = await open(emulator, { as: 'cleo' });
  await cleo.getByRole('button', { name: 'New message' }).click();
  await cleo.getByRole('dialog').getByLabel('Matrix Bridge (app)').check();
  await cleo.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await cleo.getByRole('heading', { name: 'Matrix Bridge' }).waitFor();
  await send(cleo, 'just you and me');
  const { channels } = await emulator.get('/state');
  const dm = channels.find((c) => c.kind === 'im' && c.members.includes(ids.cleo) && c.members.includes(ids.bot));
  await emulator.awaitMessage(dm.id, 'the message', (m) => m.text === 'just you and me');
});

test('the address leads back to person, conversation and thread', async (t) => {
  const emulator = await startEmulator(t);
  const { ts } = await emulator.say(ids.bob, ids.random, 'a root');
  await emulator.say(ids.cleo, ids.random, 'a reply', { thread_ts: ts });
  const page = await open(emulator, { as: 'cleo', c: ids.random });
  await said(page, 'a root').getByRole('button', { name: '1 reply' }).click();
  await said(page.getByRole('complementary'), 'a reply').waitFor();
  await page.reload();
  await said(page.getByRole('complementary'), 'a reply').waitFor();
  assert.equal(await page.getByLabel('You are').inputValue(), ids.cleo);
  assert.equal(await page.getByRole('heading', { level: 2, name: 'random' }).count(), 1);
});

test('a new person is added and acts', async (t) => {
  const emulator = await startEmulator(t);
  const page = await open(emulator, {});
  await page.getByRole('button', { name: 'Add person…' }).click();
  await page.getByRole('dialog').getByLabel('User name').fill('eve');
  await page.getByRole('dialog').getByLabel('Display name').fill('Eve E.');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.locator('#me option:checked', { hasText: 'Eve E.' }).waitFor({ state: 'attached' });
  await send(page, 'hi, I am new');
  await emulator.awaitMessage(ids.general, 'the message', (m) => m.text === 'hi, I am new');
});

test('names that change are changed everywhere', async (t) => {
  const emulator = await startEmulator(t);
  const page = await open(emulator, { as: 'bob' });
  await emulator.post('/users/profile', { user: ids.ann, display_name: 'Dr. Archer' });
  await emulator.post('/channels/rename', { user: ids.ann, channel: ids.random, value: 'chatter' });
  await emulator.post('/channels/topic', { user: ids.ann, channel: ids.general, value: 'New *topic*' });
  await emulator.post('/team', { name: 'Acme & Sons' });
  await page.locator('.message .who strong', { hasText: 'Dr. Archer' }).first().waitFor();
  await list(page).getByRole('button', { name: 'chatter' }).waitFor();
  await page.locator('.topic', { hasText: 'New *topic*' }).waitFor();
  await page.getByRole('heading', { level: 1, name: 'Acme & Sons' }).waitFor();
});

test('a draft stays where it was begun', async (t) => {
  const emulator = await startEmulator(t);
  const page = await open(emulator, { as: 'ann', c: ids.general });
  await page.getByRole('textbox', { name: 'Message general' }).fill('unfinished');
  await list(page).getByRole('button', { name: 'random' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Message random' }).inputValue(), '');
  await list(page).getByRole('button', { name: 'general' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Message general' }).inputValue(), 'unfinished');
});

test('the page comes back when the emulator does', async (t) => {
  const emulator = await startEmulator(t);
  const page = await open(emulator, { as: 'ann', c: ids.random });
  page.expectTrouble(/Failed to load resource/);
  await emulator.stop();
  await page.getByRole('status').getByText('connecting…').waitFor();
  await emulator.startAgain();
  await page.getByRole('status').getByText('live').waitFor();
  await emulator.say(ids.bob, ids.random, 'said by the second');
  await said(page, 'said by the second').waitFor();
  await send(page, 'and answered');
  await emulator.awaitMessage(ids.random, 'the answer', (m) => m.text === 'and answered');
});

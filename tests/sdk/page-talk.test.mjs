// The emulator's page: what two people do in it is seen by both, live.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WebClient } from '@slack/web-api';

import { withBrowser } from './lib/browser.mjs';
import { ids, startEmulator } from './lib/emulator.mjs';
import { said, send, useTool } from './lib/page.mjs';
import { until } from './lib/wait.mjs';

const open = withBrowser();

// two opens the page twice: as Ann and as Bob.
async function two(t, channel = ids.random) {
  const emulator = await startEmulator(t);
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((as) => open(emulator, { as, c: channel })));
  return { emulator, ann, bob };
}

test('what one person writes is there for another at once', async (t) => {
  const { emulator, ann, bob } = await two(t);
  await send(ann, 'Hello *Bob*, @cleo and #general :tada:');
  const message = said(bob, 'Hello Bob, @Cleo and #general');
  await message.waitFor();
  assert.equal(await message.locator('strong', { hasText: /^Ann$/ }).count(), 1, 'the author');
  assert.equal(await message.locator('.body strong').textContent(), 'Bob');
  assert.deepEqual(await message.locator('.mention').allTextContents(), ['@Cleo', '#general']);
  assert.equal(await message.locator('.emoji').textContent(), '🎉');
  const stored = await emulator.awaitMessage(ids.random, 'the message', (m) => m.user === ids.ann);
  assert.equal(stored.text, `Hello *Bob*, <@${ids.cleo}> and <#${ids.general}> :tada:`);
});

test('an edit is seen with its mark, and a deletion takes the message away', async (t) => {
  const { ann, bob } = await two(t);
  await send(ann, 'teh text & <more> for @bob');
  await said(bob, 'teh text').waitFor();
  await useTool(said(ann, 'teh text'), 'Edit');
  const area = ann.getByRole('textbox', { name: 'Edit the message' });
  assert.equal(await area.inputValue(), 'teh text & <more> for @bob');
  await area.fill('the text & <more> for @bob');
  await area.press('Enter');
  const edited = said(bob, 'the text & <more> for @bob');
  await edited.waitFor();
  assert.equal(await edited.locator('.edited').textContent(), '(edited)');
  await useTool(said(ann, 'the text'), 'Delete');
  await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await edited.waitFor({ state: 'detached' });
  await said(ann, 'the text').waitFor({ state: 'detached' });
});

test('a deleted message that was answered leaves its mark and its thread', async (t) => {
  const { ann, bob } = await two(t);
  await send(ann, 'regrettable');
  await useTool(said(bob, 'regrettable'), 'Reply in thread');
  await send(bob.getByRole('complementary'), 'too late', 'Reply…');
  await said(ann, 'regrettable').getByRole('button', { name: '1 reply' }).waitFor();
  await useTool(said(ann, 'regrettable'), 'Delete');
  await ann.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  const mark = said(ann, 'This message was deleted.');
  await mark.getByRole('button', { name: '1 reply' }).click();
  await said(ann.getByRole('complementary'), 'too late').waitFor();
  assert.equal(await mark.first().getByRole('group').count(), 0, 'nothing can be done with it');
  await said(bob.getByRole('main'), 'This message was deleted.').waitFor();
});

test('what one person alone is shown is there for them and for no one else', async (t) => {
  const { emulator, ann, bob } = await two(t);
  const client = new WebClient(emulator.botToken, { slackApiUrl: emulator.apiURL });
  await client.chat.postEphemeral({ channel: ids.random, user: ids.ann, text: 'a word in your ear' });
  const whisper = said(ann, 'a word in your ear');
  await whisper.waitFor();
  assert.match(await whisper.textContent(), /only you can see this/);
  assert.equal(await whisper.getByRole('group').count(), 0, 'nothing can be done with it');
  await send(ann, 'aloud');
  await said(bob, 'aloud').waitFor();
  assert.equal(await said(bob, 'a word in your ear').count(), 0);
});

test('a slash command goes to its app, and no one sees it', async (t) => {
  const { emulator, ann, bob } = await two(t);
  await emulator.post('/apps/change', { add_scopes: ['commands'], add_commands: ['/matrix'] });
  await send(ann, '/matrix status');
  const used = await until('the envelope', async () => (await emulator.get('/deliveries?event=/matrix')).at(0));
  assert.equal(used.type, 'slash_commands');
  await send(ann, 'done');
  await said(bob, 'done').waitFor();
  assert.equal(await said(bob, '/matrix').count(), 0);
});

test('files that are shared are seen as pictures and links, and lost ones as such', async (t) => {
  const { emulator, ann, bob } = await two(t);
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
  await ann.getByRole('main').getByRole('textbox', { name: /^Message / }).fill('two of them');
  await ann.getByRole('main').getByLabel('Share files').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: dot }, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('read me') },
  ]);
  const message = said(bob, 'two of them');
  const image = message.getByRole('img', { name: 'dot.png' });
  await image.waitFor();
  assert.ok(await image.evaluate((img) => img.decode().then(() => img.naturalWidth > 0)));
  const link = message.getByRole('link', { name: 'notes.txt (7 bytes)' });
  assert.equal(await (await bob.request.get(await link.getAttribute('href').then((href) => new URL(href, emulator.url).href))).text(), 'read me');
  const { files } = await emulator.awaitMessage(ids.random, 'the message', (m) => m.files?.length === 2);
  await emulator.post('/files/delete', { user: ids.ann, file: files[1].id });
  await message.getByText('This file was deleted.').waitFor();
});

test('a file that is dropped on the conversation is shared in it', async (t) => {
  const { ann, bob } = await two(t);
  const data = await ann.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['dropped'], 'drop.txt', { type: 'text/plain' }));
    return transfer;
  });
  await ann.getByRole('main').getByRole('log').dispatchEvent('drop', { dataTransfer: data });
  await said(bob, 'drop.txt').getByRole('link', { name: 'drop.txt (7 bytes)' }).waitFor();
});

test('only the author may edit and delete', async (t) => {
  const { ann, bob } = await two(t);
  await send(ann, 'mine');
  const seen = said(bob, 'mine');
  await seen.hover();
  assert.deepEqual(await seen.getByRole('group').getByRole('button').allTextContents(), ['React', 'Reply in thread']);
});

test('reactions are counted and can be taken back', async (t) => {
  const { ann, bob } = await two(t);
  await send(ann, 'who is in?');
  await useTool(said(bob, 'who is in?'), 'React');
  await bob.getByRole('dialog').getByLabel('Search by name').fill('raised_hand');
  await bob.getByRole('dialog').getByRole('button', { name: 'raised_hand', exact: true }).click();
  const annSees = said(ann, 'who is in?').locator('.reactions button');
  await annSees.waitFor();
  assert.equal(await annSees.getAttribute('aria-label'), 'hand, 1, bob');
  assert.equal(await annSees.getAttribute('aria-pressed'), 'false');
  await annSees.click();
  const bobSees = said(bob, 'who is in?').getByRole('button', { name: 'hand, 2, bob, Ann' });
  await bobSees.waitFor();
  assert.equal(await bobSees.getAttribute('aria-pressed'), 'true');
  await bobSees.click();
  await said(ann, 'who is in?').getByRole('button', { name: 'hand, 1, Ann' }).waitFor();
});

test('a thread is written and read next to the conversation', async (t) => {
  const { ann, bob } = await two(t);
  await send(ann, 'lunch?');
  await useTool(said(bob, 'lunch?'), 'Reply in thread');
  const thread = bob.getByRole('complementary', { name: 'Thread' });
  await send(thread, 'pizza', 'Reply…');
  await said(thread, 'pizza').waitFor();
  assert.equal(await said(bob.getByRole('main'), 'pizza').count(), 0, 'a reply stays out of the conversation');
  await said(ann, 'lunch?').getByRole('button', { name: '1 reply' }).click();
  const other = ann.getByRole('complementary', { name: 'Thread' });
  await said(other, 'pizza').waitFor();
  await other.getByLabel('Show in the conversation too').check();
  await send(other, 'at noon', 'Reply…');
  await said(thread, 'at noon').waitFor();
  await said(bob.getByRole('main'), 'at noon').waitFor();
  await said(bob.getByRole('main'), 'lunch?').getByRole('button', { name: '2 replies' }).waitFor();
});

test("a bot's posts stand under the name and face they came with", async (t) => {
  const { emulator, ann, bob } = await two(t);
  const bot = new WebClient(emulator.botToken, { slackApiUrl: emulator.apiURL });
  const post = (text, more = {}) => bot.chat.postMessage({ channel: ids.random, text, ...more });
  await post('in my own name');
  await post('with initials', { username: 'Zoe Quinn' });
  await post('with an emoji', { username: 'Fox', icon_emoji: ':fox_face:' });
  await post('with a working picture', { username: 'Picture', icon_url: `${emulator.url}/icon.svg` });
  await post('with a missing picture', { username: 'No Picture', icon_url: `${emulator.url}/none.png` });
  await post('with a foreign picture', { username: 'El Sewhere', icon_url: 'https://pictures.example/a.png' });
  for (const page of [ann, bob]) page.expectTrouble(/404/);
  const face = async (text) => {
    const message = said(ann, text);
    await message.waitFor();
    await until(`the pictures of "${text}"`, () => message.locator('.avatar img').evaluateAll((all) => all.every((i) => i.complete)));
    return [await message.locator('.who strong').textContent(), await message.locator('.app').count(),
      await message.locator('.avatar').textContent(), await message.locator('.avatar img').count()];
  };
  assert.deepEqual(await face('in my own name'), ['Matrix Bridge', 1, 'MB', 0]);
  assert.deepEqual(await face('with initials'), ['Zoe Quinn', 1, 'ZQ', 0]);
  assert.deepEqual(await face('with an emoji'), ['Fox', 1, '🦊', 0]);
  assert.deepEqual(await face('with a working picture'), ['Picture', 1, 'P', 1]);
  assert.deepEqual(await face('with a missing picture'), ['No Picture', 1, 'NP', 0]);
  assert.deepEqual(await face('with a foreign picture'), ['El Sewhere', 1, 'ES', 0]);
});

test('what is said elsewhere is counted until the reader looks', async (t) => {
  const { emulator, ann, bob } = await two(t);
  await bob.getByRole('button', { name: 'general' }).click();
  await send(ann, 'one');
  await send(ann, 'two');
  const entry = bob.getByRole('navigation').locator('[data-channel=C0RANDOM01]');
  await entry.locator('.count', { hasText: '2 unread' }).waitFor();
  assert.equal(await bob.title(), '(2) Acme – slack-emulator');
  await entry.click();
  await said(bob, 'two').waitFor();
  await entry.locator('.count').waitFor({ state: 'detached' });
  assert.equal(await bob.title(), 'Acme – slack-emulator');
  assert.equal((await emulator.messages(ids.random)).at(-1).text, 'two');
});

test('a refusal of the emulator is shown', async (t) => {
  const { emulator, ann } = await two(t);
  ann.expectTrouble(/409/);
  await emulator.post('/channels/archive', { user: ids.cleo, channel: ids.random });
  await ann.getByText('This channel is archived.').waitFor();
  await ann.getByRole('button', { name: 'general' }).click();
  await ann.getByRole('button', { name: /members/ }).click();
  await ann.getByRole('button', { name: 'Leave' }).click();
  await ann.getByRole('alert').getByText('cant_leave_general').waitFor();
});

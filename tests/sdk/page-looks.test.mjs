// The emulator's page on a phone, in the dark, by keyboard, and with a long
// history.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blemishes } from './lib/blemishes.mjs';
import { withBrowser } from './lib/browser.mjs';
import { ids, startEmulator } from './lib/emulator.mjs';
import { said, send } from './lib/page.mjs';
import { until } from './lib/wait.mjs';

const open = withBrowser();

test('a phone shows one thing at a time, and nothing wider than itself', async (t) => {
  const emulator = await startEmulator(t);
  await emulator.say(ids.ann, ids.general, `a long word: ${'x'.repeat(300)}\n\`\`\`${'y '.repeat(200)}\`\`\``);
  const page = await open(emulator, { as: 'bob' }, { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true });
  const visible = async () => {
    const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(width <= 360, `${width} pixels wide`);
    const panes = await Promise.all(['#sidebar', '#main', '#panel'].map((id) => page.locator(id).isVisible()));
    return panes.map(Number).join('');
  };
  assert.equal(await visible(), '100');
  await page.getByRole('button', { name: 'general' }).tap();
  assert.equal(await visible(), '010');
  await said(page, 'a long word').waitFor();
  assert.ok(await said(page, 'a long word').evaluate((el) => el.getBoundingClientRect().bottom <= innerHeight), 'the newest message is in sight');
  await said(page, 'handbook').locator('.text').tap();
  await said(page, 'handbook').getByRole('button', { name: 'React' }).tap();
  await page.getByRole('dialog').getByRole('button', { name: 'fire', exact: true }).tap();
  await said(page, 'handbook').getByRole('button', { name: 'fire, 1, bob' }).waitFor();
  await said(page, 'handbook').getByRole('button', { name: '2 replies' }).tap();
  assert.equal(await visible(), '001');
  await send(page.getByRole('complementary'), 'from my phone', 'Reply…');
  await said(page.getByRole('complementary'), 'from my phone').waitFor();
  await page.getByRole('button', { name: 'Back', exact: true }).tap();
  assert.equal(await visible(), '010');
  await page.getByRole('button', { name: 'Back to the list' }).tap();
  assert.equal(await visible(), '100');
  await page.getByRole('button', { name: 'Faults' }).tap();
  assert.equal(await visible(), '001');
});

for (const colorScheme of ['light', 'dark']) {
  test(`everything can be read and has a name, in a ${colorScheme} scheme`, async (t) => {
    const emulator = await startEmulator(t);
    const text = `a \`code\` <https://example.org> <@${ids.ann}> <@${ids.bob}>\n&gt; quoted`;
    const { ts } = await emulator.say(ids.ann, ids.general, 'first');
    await emulator.post('/messages/edit', { user: ids.ann, channel: ids.general, ts, text });
    const page = await open(emulator, { as: 'ann' }, { colorScheme });
    await emulator.say(ids.bob, ids.random, 'unread');
    await page.locator('.count').waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'), colorScheme === 'light');
    assert.deepEqual(await blemishes(page), [], 'the conversation');
    await page.getByRole('button', { name: '2 replies' }).click();
    await page.getByRole('complementary', { name: 'Thread' }).waitFor();
    assert.deepEqual(await blemishes(page), [], 'the thread');
    await page.getByRole('button', { name: 'Faults' }).click();
    await page.getByRole('complementary', { name: 'Faults' }).waitFor();
    assert.deepEqual(await blemishes(page), [], 'the faults');
    for (const name of ['New channel', '5 members']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor();
      assert.deepEqual(await blemishes(page), [], name);
      await page.keyboard.press('Escape');
    }
  });
}

test('a message is written, edited and deleted by keyboard alone', async (t) => {
  const emulator = await startEmulator(t);
  const page = await open(emulator, { as: 'ann', c: ids.random });
  const keys = async (...all) => { for (const key of all) await page.keyboard.press(key); };
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.getAttribute('aria-label'));
  await until('the composer', async () => (await focused()) === 'Message random');
  await page.keyboard.type('two');
  await keys('Shift+Enter');
  await page.keyboard.type('lines');
  await keys('Enter');
  await emulator.awaitMessage(ids.random, 'the message', (m) => m.text === 'two\nlines');
  await said(page, 'lines').waitFor();
  const back = async (name) => {
    for (let i = 0; i < 20 && (await focused()) !== name; i++) await keys('Shift+Tab');
    assert.equal(await focused(), name);
    await keys('Enter');
  };
  await back('Edit');
  await page.keyboard.type(' more');
  await keys('Escape');
  assert.equal(await focused(), 'Edit');
  await keys('Enter');
  await page.keyboard.type(' more');
  await keys('Enter');
  await emulator.awaitMessage(ids.random, 'the edit', (m) => m.text === 'two\nlines more');
  await page.locator('.edited').waitFor();
  await page.getByRole('textbox', { name: 'Message random' }).focus();
  await back('Delete');
  await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
  await keys('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Delete');
});

test('a long history begins with its end and goes back on request', async (t) => {
  const emulator = await startEmulator(t);
  for (let i = 1; i <= 250; i++) await emulator.say(ids.bob, ids.random, `line ${i}`);
  const page = await open(emulator, { as: 'ann', c: ids.random });
  await said(page, 'line 250').waitFor();
  const timeline = page.getByRole('log');
  const inSight = (message) => message.evaluate((el) => {
    const [box, frame] = [el, el.closest('[role=log]')].map((e) => e.getBoundingClientRect());
    return box.top >= frame.top && box.bottom <= frame.bottom;
  });
  assert.ok(await inSight(said(page, 'line 250')));
  assert.equal(await page.locator('.message').count(), 200);
  await emulator.say(ids.bob, ids.random, 'the newest');
  await said(page, 'the newest').waitFor();
  await until('the newest in sight', () => inSight(said(page, 'the newest')));
  await timeline.evaluate((el) => { el.scrollTop = 0; });
  const reading = await page.locator('.message .text').first().textContent();
  await emulator.say(ids.bob, ids.random, 'another');
  await said(page, 'another').waitFor();
  assert.equal(await inSight(said(page, 'another')), false, 'who reads old messages is left there');
  await page.getByRole('button', { name: 'Earlier messages' }).click();
  await page.getByText('line 1', { exact: true }).waitFor();
  const place = page.locator('.message', { has: page.getByText(reading, { exact: true }) });
  assert.ok(await inSight(place), 'and keeps the place');
});

// The picture of the README: one conversation on the emulator's page and in a Matrix
// client's view, carried by the bridge. The room begins with what was said before there was
// a bridge. The test fails when one side lacks what the other has. UPDATE_PICTURE=1 writes docs/picture.png, which looks right with a font that
// has emoji (Debian: fonts-noto-color-emoji).
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { startBrowser } from './lib/browser.mjs';
import { startDemo } from './lib/demo.mjs';
import { ids } from './lib/emulator.mjs';
import { MatrixClient } from './lib/matrix.mjs';
import { said } from './lib/page.mjs';
import { roomPage } from './lib/room.mjs';
import { until } from './lib/wait.mjs';

const browser = startBrowser();
const height = 620;
const width = { slack: 940, matrix: 560 };
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test('one conversation, seen from both sides', { timeout: 600_000 }, async (t) => {
  const demo = await startDemo(t);
  const matrix = await MatrixClient.login(demo);
  const room = await matrix.room('#general');
  const slack = (path, body) => post(`${demo.slack}/emulator/v1${path}`, { channel: ids.general, ...body });
  const seen = (text) => until(`"${text}" in Matrix`, async () => (await matrix.view(room)).find((m) => m.text.includes(text)));
  const inSlack = (text) => until(`"${text}" in Slack`, async () => {
    const all = await (await fetch(`${demo.slack}/emulator/v1/channels/${ids.general}/messages`)).json();
    return all.find((m) => m.text?.includes(text));
  });

  // Who opens the room for the first time sees what was said in it before.
  const before = await until('what was said before', async () => {
    const all = await matrix.view(room);
    return all.length >= 3 && all;
  });
  assert.deepEqual(before.map((m) => [m.name, m.text, m.replies]), [
    ['Ann', 'Welcome to Acme! 👋', 0], ['bob', 'Where do I find the handbook?', 2], ['deploys (bot)', 'Deployed web to production', 0],
  ]);
  assert.equal(before[0].reactions['🎉'], 2);

  const release = await slack('/messages/post', { user: ids.ann, text: 'Version *1.4* is out: it fixes the login page. See <https://acme.example/handbook|the handbook>.' });
  const announced = await seen('is out');
  await matrix.send(room, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: announced.id, key: '🎉' } });
  await slack('/messages/post', { user: ids.cleo, thread_ts: release.ts, text: 'Finally!' });
  await matrix.send(room, 'm.room.message', {
    msgtype: 'm.text', body: 'Thank you! People here ask:\n\n* does it run on ARM?\n* when is the next one?',
    format: 'org.matrix.custom.html', formatted_body: '<strong>Thank you!</strong> People here ask:<ul><li>does it run on ARM?</li><li>when is the next one?</li></ul>',
  });
  const asked = await inSlack('run on ARM');
  await slack('/reactions/add', { user: ids.bob, ts: asked.ts, name: 'eyes' });
  await slack('/messages/post', { user: ids.bob, text: 'ARM works since `1.3`, and the next one comes in March.' });

  const last = await seen('in March');
  const messages = await until('everything in Matrix', async () => {
    const all = await matrix.view(room);
    const [first, second] = [all.find((m) => m.id === announced.id), all.find((m) => m.text.includes('run on ARM'))];
    return first.reactions['🎉'] && first.replies === 1 && second?.reactions['👀'] && all;
  });
  assert.deepEqual(messages.slice(-3).map((m) => m.name), ['Ann', 'you', 'bob']);
  assert.match(last.html, /<code>1.3<\/code>/);

  const context = await browser.newContext({ viewport: { width: width.slack, height }, locale: 'en-GB' });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${demo.slack}/#${new URLSearchParams({ as: 'ann', c: ids.general })}`);
  for (const text of ['is out', 'run on ARM', 'in March']) await said(page, text).waitFor();
  await said(page, 'is out').getByRole('button', { name: /tada/ }).waitFor();
  const left = await page.screenshot();

  const view = await context.newPage();
  await view.setViewportSize({ width: width.matrix, height });
  await view.setContent(roomPage('#general', 'Company-wide announcements', messages));
  for (const text of ['find the handbook', 'Deployed', 'is out', 'run on ARM', 'in March']) await said(view, text).waitFor();
  const right = await view.screenshot();

  const both = await context.newPage();
  await both.setViewportSize({ width: width.slack + width.matrix + 36, height: height + 56 });
  const frame = (title, picture) => `<figure><figcaption>${title}</figcaption><img src="data:image/png;base64,${picture.toString('base64')}"></figure>`;
  await both.setContent(`<style>body{margin:12px;display:flex;gap:12px;background:#e9ecf1;font:600 15px system-ui}
    figure{margin:0}figcaption{padding:4px 2px 8px}img{display:block;border-radius:8px}</style>${frame('Slack', left)}${frame('Matrix', right)}`);
  const picture = await both.screenshot();
  await mkdir(at('build'), { recursive: true });
  await writeFile(at('build/picture.png'), picture);
  if (process.env.UPDATE_PICTURE) await writeFile(at('docs/picture.png'), picture);
});

async function post(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text || 'null');
}

// What people see of files, custom emoji and faces that the bridge has carried: in a browser
// on the emulator's page, and by matrix-js-sdk in the room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';

import { startBrowser } from './lib/browser.mjs';
import { startDemo } from './lib/demo.mjs';
import { ids } from './lib/emulator.mjs';
import { JsSdkClient } from './lib/js-sdk.mjs';
import { said } from './lib/page.mjs';
import { until } from './lib/wait.mjs';

const browser = startBrowser();

// The kinds of files, with the msgtype that each has in Matrix.
const kinds = [
  { name: 'cat.png', msgtype: 'm.image', type: 'image/png', content: picture(400, [200, 120, 40]) },
  { name: 'waves.mp4', msgtype: 'm.video', type: 'video/mp4', content: Buffer.from('\0\0\0\x18ftypmp42 the rest of a film') },
  { name: 'song.mp3', msgtype: 'm.audio', type: 'audio/mpeg', content: Buffer.from('ID3 the rest of a song') },
  { name: 'report.pdf', msgtype: 'm.file', type: 'application/pdf', content: Buffer.from('%PDF-1.4 the rest of a report') },
];

test('files, emoji and faces, seen from both sides', { timeout: 600_000 }, async (t) => {
  let you;
  t.after(() => you?.stop());
  const demo = await startDemo(t);
  you = await JsSdkClient.login(demo);
  const room = await you.room('#general');
  const slack = (path, body) => post(`${demo.slack}/emulator/v1${path}`, body);
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, locale: 'en-GB' });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${demo.slack}/#${new URLSearchParams({ as: 'ann', c: ids.general })}`);
  await page.getByRole('status').getByText('live').waitFor();

  await t.test('a file of each kind from Slack', async () => {
    for (const { name, msgtype, content } of kinds) {
      await slack('/messages/post', { channel: ids.general, user: ids.ann, files: [{ name: `slack-${name}`, content: content.toString('base64') }] });
      const seen = await you.message(room, name, (c) => (c.filename ?? c.body) === `slack-${name}`);
      assert.equal(seen.msgtype, msgtype);
      assert.deepEqual(await you.download(seen.url), content);
    }
  });

  await t.test('a file of each kind from Matrix', async () => {
    for (const { name, msgtype, type, content } of kinds) {
      const url = await you.upload(content, type);
      await you.send(room, { msgtype, body: `this is ${name}`, filename: `matrix-${name}`, url, info: { mimetype: type, size: content.length } });
      const message = said(page, `this is ${name}`);
      await message.waitFor();
      if (msgtype === 'm.image') await drawn(message.locator('img.picture'));
      else await message.getByRole('link', { name: `matrix-${name}` }).waitFor();
    }
  });

  await t.test('a gallery from Matrix', async () => {
    const itemtypes = [];
    for (const name of ['left.png', 'right.png']) {
      itemtypes.push({ itemtype: 'm.image', body: name, url: await you.upload(picture(90, [20, 160, 90]), 'image/png') });
    }
    await you.send(room, { msgtype: 'dm.filament.gallery', body: 'two of them', itemtypes });
    const pictures = said(page, 'two of them').locator('img.picture');
    for (const n of [0, 1]) await drawn(pictures.nth(n));
  });

  await t.test('a custom emoji', async () => {
    const content = picture(64, [90, 60, 220]);
    await slack('/emoji', { name: 'acme', content: content.toString('base64') });
    await slack('/messages/post', { channel: ids.general, user: ids.ann, text: 'we are :acme:' });
    const seen = await you.message(room, 'the emoji', (c) => c.body === 'we are :acme:' && /<img/.test(c.formatted_body ?? ''));
    const [, address] = /<img[^>]* src="(mxc:[^"]+)"/.exec(seen.formatted_body);
    assert.match(seen.formatted_body, /data-mx-emoticon/);
    assert.deepEqual(await you.download(address), content);

    await you.send(room, {
      msgtype: 'm.text', body: 'so are we :acme:', format: 'org.matrix.custom.html',
      formatted_body: `so are we <img data-mx-emoticon src="${address}" alt=":acme:" title=":acme:" height="32">`,
    });
    await drawn(said(page, 'so are we').locator('img.emoji'));
  });

  await t.test("a person's face", async () => {
    await you.setFace(await you.upload(picture(300, [220, 40, 90]), 'image/png'));
    const message = await until('a message with the face', async () => {
      const text = `do you see me now? ${Date.now()}`;
      await slack('/messages/post', { channel: ids.general, user: ids.ann, text: 'not yet' }); // else one face is for several messages
      await you.send(room, { msgtype: 'm.text', body: text });
      const sent = said(page, text);
      await sent.waitFor();
      return await sent.locator('.avatar img').count() && sent;
    });
    await drawn(message.locator('.avatar img'));
  });
});

// drawn waits until a browser has drawn a picture.
async function drawn(img) {
  await img.waitFor();
  await until('the picture to be drawn', () => img.evaluate((el) => el.complete && el.naturalWidth > 0));
}

// picture is a PNG of one colour (Portable Network Graphics Specification, "Datastream
// structure").
function picture(side, [red, green, blue]) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8); // eight bits, colours
  const row = Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: side }, () => [red, green, blue]).flat())]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

async function post(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text || 'null');
}

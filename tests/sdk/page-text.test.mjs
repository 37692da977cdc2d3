// The emulator's page: what messages are made of is shown, and nothing that
// people write becomes part of the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LogLevel, WebClient } from '@slack/web-api';

import { withBrowser } from './lib/browser.mjs';
import { ids, startEmulator } from './lib/emulator.mjs';
import { said } from './lib/page.mjs';

const open = withBrowser();

// shown posts a message as the bot and returns its body on the page.
async function shown(t, text, more = {}) {
  const emulator = await startEmulator(t);
  const page = await open(emulator, { as: 'ann', c: ids.random });
  const bot = new WebClient(emulator.botToken, { slackApiUrl: emulator.apiURL, logLevel: LogLevel.ERROR });
  const { ts } = await bot.chat.postMessage({ channel: ids.random, text, ...more });
  const message = page.locator(`.message[data-ts="${ts}"]`);
  await message.waitFor();
  return { page, message, body: message.locator('.body') };
}

const tags = (body) => body.evaluate((el) => [...el.querySelectorAll('*')]
  .filter((e) => !['DIV', 'SPAN'].includes(e.tagName)).map((e) => `${e.tagName.toLowerCase()} ${e.textContent}`));

const text = '*bold* _italic_ ~strike~ `code` <https://example.org/a?b=1&amp;c=2|a link> &lt;kept&gt; 2*3*4\n&gt; quoted\n```two\nlines```';
const wanted = ['strong bold', 'em italic', 's strike', 'code code', 'a a link', 'blockquote quoted', 'pre two\nlines'];

for (const [form, more] of [
  ['as rich text', {}],
  ['as a section of mrkdwn', { blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }],
  ['as an attachment', { attachments: [{ text, color: '#2eb67d' }], text: '' }],
]) {
  test(`formatting is shown ${form}`, async (t) => {
    const { body } = await shown(t, form === 'as an attachment' ? undefined : text, more);
    assert.deepEqual(await tags(body), wanted);
    assert.equal(await body.locator('a').getAttribute('href'), 'https://example.org/a?b=1&c=2');
    assert.match(await body.textContent(), /<kept> 2\*3\*4/);
  });
}

test('mentions, dates, emoji and groups are shown by name', async (t) => {
  const { body } = await shown(t, `<@${ids.bob}> <#${ids.general}> <!here> <!subteam^S0OPS00001> :wave::skin-tone-3: :nothing: <!date^1700000000^{date}|then>`);
  assert.deepEqual(await body.locator('.mention').allTextContents(), ['@bob', '#general', '@here', '@ops']);
  assert.equal(await body.locator('.emoji').textContent(), '👋🏼');
  assert.match(await body.textContent(), /:nothing:/);
  assert.equal(await body.locator('time').getAttribute('datetime'), '2023-11-14T22:13:20.000Z');
});

test('the mention of a channel leads there', async (t) => {
  const { page, body } = await shown(t, `see <#${ids.general}>`);
  await body.locator('a.mention').click();
  await page.getByRole('heading', { level: 2, name: 'general' }).waitFor();
});

test('blocks of every kind are shown or named', async (t) => {
  const { body } = await shown(t, 'fallback', {
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'A header :tada:' } },
      { type: 'section', text: { type: 'plain_text', text: 'plain *text*' }, fields: [{ type: 'mrkdwn', text: '*a field*' }] },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'small' }] },
      { type: 'divider' },
      { type: 'actions', elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'Press' } }] },
      { type: 'image', image_url: 'https://pictures.example/a.png', alt_text: 'a far picture' },
      { type: 'rich_text', elements: [{ type: 'rich_text_list', style: 'ordered', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'item' }] }] }] },
      { type: 'video', alt_text: 'v', title: { type: 'plain_text', text: 'v' }, video_url: 'https://v.example/', thumbnail_url: 'https://v.example/t.png' },
    ],
  });
  const all = await body.textContent();
  for (const part of ['A header 🎉', 'plain *text*', 'a field', 'small', 'Press', '[a far picture]', 'item', '[video block]']) {
    assert.ok(all.includes(part), `${part} in ${all}`);
  }
  assert.ok(!all.includes('fallback'));
  assert.equal(await body.locator('hr').count(), 1);
  assert.equal(await body.locator('ol li').textContent(), 'item');
});

const hostile = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>';

test('markup in texts, names, topics and blocks stays text', async (t) => {
  const emulator = await startEmulator(t);
  await emulator.post('/channels/topic', { user: ids.ann, channel: ids.random, value: hostile });
  await emulator.post('/users/profile', { user: ids.bob, display_name: hostile });
  await emulator.post('/team', { name: hostile });
  const raw = { raw: true };
  await emulator.say(ids.ann, ids.random, `raw ${hostile}`, raw);
  await emulator.say(ids.bob, ids.random, `typed ${hostile}`);
  await emulator.say('', ids.random, 'named', { user: undefined, bot: 'B0DEPLOY01', username: hostile });
  await emulator.say(ids.ann, ids.random, 'x', { blocks: [
    { type: hostile }, { type: 'constructor' }, { type: '__proto__' }, null, 7,
    { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: `block ${hostile}`, style: { constructor: true } }, { type: 'toString' }] }] },
  ] });
  await emulator.say(ids.ann, ids.random, 'y', { blocks: 'none', attachments: { a: 1 } });
  const page = await open(emulator, { as: 'ann', c: ids.random });
  for (const what of ['raw', 'typed', 'block']) await said(page, `${what} ${hostile}`).waitFor();
  await said(page, 'named').waitFor();
  assert.equal(await page.locator('.message .who strong', { hasText: hostile }).count(), 2);
  assert.equal(await page.locator('main img, main script, nav img, nav script').count(), 0);
  assert.ok((await page.title()).startsWith(hostile));
});

test('a link leads to web and mail addresses only', async (t) => {
  const elements = ['javascript:document.title=1', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'https://ok.example/', 'mailto:a@ok.example']
    .map((url) => ({ type: 'link', url, text: `to ${url}` }));
  const { body } = await shown(t, 'links', { blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }] });
  assert.deepEqual(await body.locator('a').evaluateAll((all) => all.map((a) => [a.getAttribute('href'), a.rel])),
    [['https://ok.example/', 'noopener noreferrer'], ['mailto:a@ok.example', 'noopener noreferrer']]);
});

test('the policy forbids what could run or load anything else', async (t) => {
  const emulator = await startEmulator(t);
  const response = await fetch(`${emulator.url}/`);
  const policy = response.headers.get('content-security-policy');
  for (const rule of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(rule), rule);
  }
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  const page = await open(emulator, { as: 'ann' });
  page.expectTrouble(/Content Security Policy/, /Trusted(HTML|Script)/);
  const outcome = await page.evaluate(() => {
    const tried = [];
    try { document.body.innerHTML = '<b>no</b>'; tried.push('innerHTML'); } catch { /* as it should be */ }
    const script = document.createElement('script');
    try { script.textContent = 'document.title = "ran"'; document.body.append(script); } catch { /* as it should be */ }
    return [...tried, document.title];
  });
  assert.deepEqual(outcome, ['Acme – slack-emulator']);
});

// The bridge's page of its state (operator.address): on a phone, by keyboard, in the dark,
// and without seeing colours.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blemishes } from './lib/blemishes.mjs';
import { startBrowser } from './lib/browser.mjs';
import { texts } from './lib/contrast.mjs';
import { startStatusPages } from './lib/status-page.mjs';

const browser = startBrowser();
const states = ['well', 'troubled', 'starting'];

// unfold opens all that can be opened.
async function unfold(page) {
  for (const summary of await page.locator('summary').all()) await summary.click();
}

test('on a phone nothing is wider than the page, and all of it can be read', async (t) => {
  const show = await startStatusPages(t, browser);
  for (const state of states) {
    for (const width of [320, 360]) {
      const page = await show(state, { viewport: { width, height: 700 }, isMobile: true, hasTouch: true });
      await unfold(page);
      const wide = await page.evaluate((limit) => [...document.querySelectorAll('*')].flatMap((el) => {
        const { right } = el.getBoundingClientRect();
        const reach = Math.max(right, el instanceof HTMLElement ? el.scrollWidth : 0);
        return reach > limit ? [`${el.tagName} ${el.className} reaches ${reach}`] : [];
      }), width);
      assert.deepEqual(wide, [], `${state}, ${width} pixels wide`);
      const small = (await texts(page)).filter(({ size }) => size < 12);
      assert.deepEqual(small, [], `${state}, ${width} pixels wide`);
    }
  }
});

for (const colorScheme of ['light', 'dark']) {
  test(`every text has contrast, and everything a name, in a ${colorScheme} scheme`, async (t) => {
    const show = await startStatusPages(t, browser);
    for (const state of states) {
      const page = await show(state, { colorScheme, viewport: { width: 1280, height: 800 } });
      await unfold(page);
      const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor !== 'rgb(255, 255, 255)');
      assert.equal(dark, colorScheme === 'dark');
      const shown = await texts(page);
      assert.ok(shown.length > 10);
      assert.deepEqual(shown.filter(({ contrast }) => contrast < 4.5), [], state);
      assert.deepEqual(await blemishes(page), [], state);
    }
  });
}

// operable is all that a person can operate, in the order of the document.
const operable = 'a[href], area, audio, button, details > summary, iframe, input, select, textarea, video, [contenteditable], [tabindex]';

// focused says which of what can be operated has the focus, and how that is seen.
const focused = (page) => page.evaluate((all) => {
  const el = document.activeElement;
  const { outlineStyle, outlineWidth, outlineColor, color } = getComputedStyle(el);
  const box = el.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll(all)].indexOf(el),
    ringed: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 && outlineColor === color,
    inSight: box.top >= 0 && box.bottom <= innerHeight,
  };
}, operable);

test('everything is operated by keyboard, in the order of the page, and the focus is seen', async (t) => {
  const show = await startStatusPages(t, browser);
  for (const state of states) {
    const page = await show(state, { viewport: { width: 360, height: 700 } });
    const count = await page.locator(operable).count();
    assert.ok(count > 0);
    for (let place = 0; place < count; place++) {
      await page.keyboard.press('Tab');
      assert.deepEqual(await focused(page), { place, ringed: true, inSight: true }, state);
    }
    await page.keyboard.press('Tab');
    assert.notEqual((await focused(page)).place, count - 1, 'the focus leaves the page');
    for (const summary of await page.locator('summary').all()) {
      await summary.focus();
      await page.keyboard.press('Enter');
      assert.ok(await summary.locator('xpath=..').locator('li').first().isVisible());
    }
    await page.getByRole('link', { name: 'Look again' }).focus();
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  }
});

test('each state is told in words', async (t) => {
  const show = await startStatusPages(t, browser);
  const hops = async (page) => Object.fromEntries(await Promise.all((await page.getByRole('region', { name: 'Hops' }).getByRole('listitem').all())
    .map(async (hop) => [await hop.locator('strong').innerText(), await hop.locator('span').innerText()])));
  const [acme, other] = ['T0ACME0001-U0BRIDGE01', 'T0OTHER002-U0BRIDGE02'];

  const well = await show('well');
  await well.getByRole('heading', { name: 'All is well' }).waitFor();
  assert.equal(await well.title(), 'Well – Slack bridge');
  assert.deepEqual(await hops(well), {
    'the bridge itself': 'well', [`Slack → bridge, ${acme}`]: 'well', [`bridge → Slack, ${acme}`]: 'well', 'homeserver → bridge': 'well',
  });
  await well.getByRole('row', { name: '#general' }).waitFor();

  const troubled = await show('troubled');
  await troubled.getByRole('heading', { name: 'What keeps messages from crossing' }).waitFor();
  assert.equal(await troubled.title(), 'Not well – Slack bridge');
  assert.deepEqual(await hops(troubled), {
    'the bridge itself': 'not well', [`Slack → bridge, ${acme}`]: 'not well', [`bridge → Slack, ${acme}`]: 'well',
    [`Slack → bridge, ${other}`]: 'not well', [`bridge → Slack, ${other}`]: 'not well', 'homeserver → bridge': 'not well',
  });

  const starting = await show('starting');
  await starting.getByText('the bridge is starting: waiting for the homeserver').waitFor();
  assert.deepEqual(await hops(starting), { 'the bridge itself': 'not well', 'homeserver → bridge': 'well' });
});

// A real browser for the tests of pages. Afterwards a page must have logged no error,
// sent requests only to its own server, and seen no token.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { chromium } from 'playwright-core';

// waits bounds everything that a page is awaited for, in milliseconds.
export const waits = 15_000;

// startBrowser runs one browser for the tests of a file.
export function startBrowser() {
  let browser;
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  after(() => browser.close());
  return { newContext: (options) => browser.newContext(options) };
}

// withBrowser is startBrowser for the emulator's page: it returns open.
export function withBrowser() {
  const browser = startBrowser();
  return (emulator, place, options) => open(browser, emulator, place, options);
}

// open shows the emulator's page as a person: place is what is in its
// address, such as { as: 'ann', c: 'C0GENERAL1' }. It resolves when the page is
// live.
async function open(browser, emulator, place = {}, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(waits);
  const watched = watch(page, emulator);
  emulator.beforeEnd(async () => {
    const text = await page.content();
    await context.close();
    await watched.check(text);
  });
  await page.goto(`${emulator.url}/#${new URLSearchParams(place)}`);
  await page.getByRole('status').getByText('live').waitFor();
  return Object.assign(page, { expectTrouble: watched.expectTrouble });
}

// watch notes what a page of a server does until it is checked. The server has a url, and
// secrets, the tokens that there were.
export function watch(page, server) {
  const errors = [];
  const strangers = [];
  const bodies = [];
  let allowed = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== server.url) strangers.push(request.url());
    bodies.push(Promise.resolve([request.url(), request.postData() ?? '', JSON.stringify(request.headers())].join(' ')));
  });
  page.on('response', (response) => {
    if (!response.url().endsWith('/events')) bodies.push(response.text().catch(() => ''));
  });
  return {
    // expectTrouble lets errors pass that a test provokes.
    expectTrouble: (...patterns) => { allowed = patterns; },
    check: async (content) => {
      const known = (line) => allowed.some((pattern) => pattern.test(line));
      assert.deepEqual(errors.filter((line) => !known(line)), [], 'errors in the page');
      assert.deepEqual(strangers.filter((url) => !known(url)), [], 'requests to others than its server');
      const tokens = await server.secrets();
      for (const body of [content, ...await Promise.all(bodies)]) {
        for (const token of tokens) assert.ok(!body.includes(token), 'a token in the page or its requests');
      }
    },
  };
}

// One run of build/statuspage: the bridge's page of its state, well and in trouble.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { waits, watch } from './browser.mjs';

const binary = fileURLToPath(new URL('../../../build/statuspage', import.meta.url));

// startStatusPages serves each state until the test t ends and returns show, which opens
// the page of a state.
export async function startStatusPages(t, browser) {
  const child = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const shown = [];
  t.after(async () => {
    const checks = await Promise.allSettled(shown.map((check) => check()));
    child.kill('SIGTERM');
    const [code] = await ended;
    for (const { reason } of checks) if (reason) throw reason;
    assert.equal(code, 0);
  });
  const [line] = await Promise.race([once(child.stdout, 'data'), ended.then(([code]) => assert.fail(`the server ended with ${code}`))]);
  const urls = JSON.parse(line);
  return async (state, options) => {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(waits);
    const watched = watch(page, { url: urls[state], secrets: () => [] });
    shown.push(async () => {
      const [text, refused] = [await page.content(), await page.evaluate(() => globalThis.refused)];
      await context.close();
      await watched.check(text);
      assert.deepEqual(refused, [], 'what the policy did not let happen');
    });
    await page.addInitScript(() => {
      globalThis.refused = [];
      document.addEventListener('securitypolicyviolation', (e) => globalThis.refused.push(`${e.violatedDirective}: ${e.blockedURI}`));
    });
    await page.goto(urls[state]);
    return page;
  };
}

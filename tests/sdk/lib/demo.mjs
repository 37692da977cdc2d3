// One run of build/demo: a homeserver, the emulator and the bridge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { until } from './wait.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

// start is how long the demo may take: it builds the bridge.
const start = 300_000;

// startDemo runs the demo until the test t ends, and returns the addresses that it
// prints, with the name and the password of the Matrix person.
export async function startDemo(t) {
  const child = spawn('build/demo', { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { out += text; });
  t.after(async () => {
    child.kill('SIGINT');
    await ended;
  });
  await until('the demo is up', () => {
    assert.equal(child.exitCode, null, `the demo did not start:\n${out}`);
    return out.includes('Ctrl-C stops everything');
  }, start);
  const [, slack] = /Slack: +(\S+?)\/\n/.exec(out);
  const [, matrix] = /Matrix: +(\S+)/.exec(out);
  const [, user, password] = /user (\S+), password (\S+)/.exec(out);
  return { slack, matrix, user, password };
}

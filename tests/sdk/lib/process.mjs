// One run of build/slack-emulator. It must know nothing of what the emulator
// serves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './wait.mjs';

const binary = fileURLToPath(new URL('../../../build/slack-emulator', import.meta.url));

export class Process {
  #child;
  #dir;
  #ended;
  #log = '';

  // start resolves when the emulator answers.
  async start(...args) {
    this.#dir = await mkdtemp(join(tmpdir(), 'slack-emulator-'));
    const ready = join(this.#dir, 'ready');
    this.#child = spawn(binary, ['--log-level', 'debug', '--ready-file', ready, '--tokens-file', join(this.#dir, 'tokens.json'), ...args],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => { this.#log += text; });
    this.#ended = once(this.#child, 'close');
    await until('the emulator answers', () => {
      assert.equal(this.#child.exitCode, null, `the emulator did not start:\n${this.#log}`);
      return readFile(ready, 'utf8').catch(() => '');
    });
  }

  // tokens reads the tokens file, which follows the tokens.
  async tokens() { return JSON.parse(await readFile(join(this.#dir, 'tokens.json'), 'utf8')); }

  // stop ends the process. It must end with 0, and have logged neither one of the
  // secrets nor an error that Slack does not document.
  async stop(secrets) {
    this.#child.kill('SIGTERM');
    const [code] = await this.#ended;
    await rm(this.#dir, { recursive: true });
    assert.equal(code, 0, `the emulator ended with ${code}:\n${this.#log}`);
    for (const secret of secrets) assert.ok(!this.#log.includes(secret), 'a token in the log of the emulator');
    assert.ok(!this.#log.includes('does not document'), `an error that Slack does not document:\n${this.#log}`);
  }
}

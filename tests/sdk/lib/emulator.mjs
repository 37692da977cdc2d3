// Runs build/slack-emulator as a process and speaks its control API. It must
// know nothing of SDKs or browsers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './wait.mjs';

const binary = fileURLToPath(new URL('../../../build/slack-emulator', import.meta.url));

// The ids of the default seed.
export const ids = {
  app: 'A0BRIDGE01', bot: 'U0BRIDGE01', botID: 'B0BRIDGE01',
  ann: 'U0ANN00001', bob: 'U0BOB00001', cleo: 'U0CLEO0001', dan: 'U0DAN00001',
  general: 'C0GENERAL1', random: 'C0RANDOM01', lounge: 'C0LOUNGE01', annBot: 'D0ANNBOT01',
};

// startEmulator runs an emulator until the test t ends. Afterwards the process
// must have ended with 0 and its log must hold no token. Rate limits are off
// unless rateScale says otherwise; seed is the text of a seed file.
export async function startEmulator(t, { rateScale = 0, seed } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'slack-emulator-'));
  const args = ['--rate-scale', String(rateScale), '--log-level', 'debug',
    '--ready-file', join(dir, 'ready'), '--tokens-file', join(dir, 'tokens.json')];
  const child = spawn(binary, seed ? [...args, '--seed', seed] : args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const ended = once(child, 'close');
  const emulator = new Emulator(join(dir, 'tokens.json'));
  t.after(async () => {
    const clients = emulator.endClients();
    child.kill('SIGTERM'); // at once: on its side a closed socket lingers for the client, as Slack's does
    await clients;
    const [code] = await ended;
    const tokens = await emulator.tokens();
    await rm(dir, { recursive: true });
    assert.equal(code, 0, `the emulator ended with ${code}:\n${log}`);
    for (const token of tokens) assert.ok(!log.includes(token), 'a token in the log of the emulator');
    assert.ok(!log.includes('does not document'), `an error that Slack does not document:\n${log}`);
  });
  await until('the emulator answers', async () => {
    assert.equal(child.exitCode, null, `the emulator did not start:\n${log}`);
    return readFile(join(dir, 'ready'), 'utf8').catch(() => '');
  });
  await emulator.readTokens();
  return emulator;
}

// Emulator is a running emulator.
export class Emulator {
  #file;
  #seen = new Set();
  #clients = [];

  constructor(file) { this.#file = file; }

  // beforeEnd calls end just before the emulator is told to end.
  beforeEnd(end) { this.#clients.push(end); }

  endClients() { return Promise.all(this.#clients.map((end) => end())); }

  // readTokens reads the tokens file; it has the newest tokens.
  async readTokens() {
    const file = JSON.parse(await readFile(this.#file, 'utf8'));
    this.url = file.base_url;
    this.apiURL = file.api_url;
    this.botToken = file.bot_token;
    this.appToken = file.app_token;
    for (const token of [file.bot_token, file.app_token]) if (token) this.#seen.add(token); // a revoked one is ""
  }

  // tokens returns every token that was ever read.
  async tokens() {
    await this.readTokens();
    return this.#seen;
  }

  // get reads a resource of the control API.
  get(path) { return this.#call(path, {}); }

  // post runs a verb of the control API.
  post(path, body = {}) {
    return this.#call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async #call(path, init) {
    const response = await fetch(`${this.url}/emulator/v1${path}`, init);
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    return JSON.parse(text);
  }

  // say posts as a person and returns the message.
  say(user, channel, text, more = {}) { return this.post('/messages/post', { user, channel, text, ...more }); }

  // messages are all that was said in a conversation, replies included.
  messages(channel) { return this.get(`/channels/${channel}/messages`); }

  message(channel, ts) { return this.get(`/channels/${channel}/messages/${ts}`); }

  // awaitMessage waits for a message of which is is true.
  awaitMessage(channel, what, is) {
    return until(`${what} in ${channel}`, async () => (await this.messages(channel)).find(is));
  }

  sockets() { return this.get('/sockets'); }

  // awaitSockets waits until so many sockets are open.
  awaitSockets(n) {
    return until(`${n} open sockets`, async () => {
      const open = await this.sockets();
      return open.length === n && open;
    });
  }

  // delivery waits for the record of an event's envelope in an outcome.
  delivery(event, outcome) {
    return until(`an envelope of ${event} that is ${outcome}`, async () => {
      const all = await this.get(`/deliveries?event=${event}`);
      return all.find((d) => d.outcome === outcome);
    });
  }

  // step moves the schedules forward by seconds.
  step(seconds) { return this.post('/clock', { step_ms: seconds * 1000 }); }
}

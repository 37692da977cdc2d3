// A running emulator as tests use it: addresses, tokens, and its control API.
import assert from 'node:assert/strict';

import { Process } from './process.mjs';
import { until } from './wait.mjs';

// The ids of the default seed.
export const ids = {
  app: 'A0BRIDGE01', bot: 'U0BRIDGE01', botID: 'B0BRIDGE01',
  ann: 'U0ANN00001', bob: 'U0BOB00001', cleo: 'U0CLEO0001', dan: 'U0DAN00001',
  general: 'C0GENERAL1', random: 'C0RANDOM01', lounge: 'C0LOUNGE01', annBot: 'D0ANNBOT01',
};

// startEmulator runs an emulator until the test t ends. Rate limits are off unless
// rateScale says otherwise.
export async function startEmulator(t, { rateScale = 0 } = {}) {
  const emulator = new Emulator(rateScale);
  await emulator.start();
  t.after(() => emulator.end());
  return emulator;
}

class Emulator {
  #rateScale;
  #process;
  #secrets = new Set();
  #before = [];
  #with = [];

  constructor(rateScale) { this.#rateScale = rateScale; }

  async start(...args) {
    this.#process = new Process();
    await this.#process.start('--rate-scale', String(this.#rateScale), ...args);
    await this.readTokens();
  }

  // stop ends the process while its clients go on.
  async stop() {
    await this.readTokens();
    await this.#process.stop(this.#secrets);
    this.#process = null;
  }

  // startAgain starts another process on the same address.
  startAgain() { return this.start('--listen', new URL(this.url).host); }

  // beforeEnd calls end before the emulator is told to end, withEnd at the same
  // moment: a socket that a client closes lingers on the emulator's side, as it
  // does on Slack's.
  beforeEnd(end) { this.#before.push(end); }

  withEnd(end) { this.#with.push(end); }

  async end() {
    const before = await Promise.allSettled(this.#before.map((end) => end()));
    const rest = await Promise.allSettled([...this.#with.map((end) => end()), this.#process && this.stop()]);
    for (const { reason } of [...before, ...rest]) if (reason) throw reason;
  }

  // readTokens reads the tokens that are in force.
  async readTokens() {
    const file = await this.#process.tokens();
    this.url = file.base_url;
    this.apiURL = file.api_url;
    this.botToken = file.bot_token;
    this.appToken = file.app_token;
    for (const token of [file.bot_token, file.app_token]) if (token) this.#secrets.add(token); // a revoked one is ""
  }

  // secrets returns every token that there was.
  async secrets() {
    if (this.#process) await this.readTokens();
    return this.#secrets;
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

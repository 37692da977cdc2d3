// The control API as the page uses it: requests and the stream of events. No
// token is ever sent or received.

const root = '/emulator/v1';

// Refusal is the emulator's no: a code such as not_in_channel.
export class Refusal extends Error {
  constructor(code, message) {
    super(message && !message.startsWith(code) ? `${code}: ${message}` : message || code);
    this.code = code;
  }
}

export const get = (path) => call(path, {});

export function post(path, body = {}) {
  return call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function call(path, init) {
  let response;
  try {
    response = await fetch(root + path, init);
  } catch {
    throw new Refusal('unreachable', 'the emulator does not answer');
  }
  const answer = await response.json().catch(() => ({ error: `HTTP ${response.status}` }));
  if (!response.ok) throw new Refusal(answer.error, answer.message);
  return answer;
}

// part escapes a path's part.
export const part = encodeURIComponent;

const kinds = ['slack', 'call', 'socket_opened', 'socket_closed', 'envelope_sent', 'envelope_acked'];

// listen hands every event to take(kind, body). opened is called each time that
// the stream begins, lost when it breaks; the browser connects again by itself.
export function listen(take, opened, lost) {
  const stream = new EventSource(`${root}/events`);
  stream.addEventListener('open', opened);
  stream.addEventListener('error', lost);
  for (const kind of kinds) stream.addEventListener(kind, (e) => take(kind, JSON.parse(e.data)));
}

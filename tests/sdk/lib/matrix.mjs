// A Matrix client in a few lines: what a person does in one, and what they see of a
// room. It must not know that there is a bridge.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import { until } from './wait.mjs';

export class MatrixClient {
  #url;
  #token;

  // login logs a person in.
  static async login({ matrix, user, password }) {
    const client = new MatrixClient();
    client.#url = matrix;
    const answer = await client.#call('POST', '/login', { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password });
    client.#token = answer.access_token;
    return client;
  }

  async #call(method, path, body) {
    const response = await fetch(`${this.#url}/_matrix/client/v3${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.#token && { authorization: `Bearer ${this.#token}` }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${method} ${path.split('?')[0]}: ${text}`);
    return JSON.parse(text);
  }

  // room accepts every invitation and returns the id of the room with a name.
  room(name) {
    return until(`the room ${name}`, async () => {
      const { rooms = {} } = await this.#call('GET', '/sync');
      for (const id of Object.keys(rooms.invite ?? {})) await this.#call('POST', `/rooms/${encodeURIComponent(id)}/join`, {});
      for (const id of Object.keys(rooms.join ?? {})) {
        const { name: shown } = await this.#call('GET', `/rooms/${encodeURIComponent(id)}/state/m.room.name`).catch(() => ({}));
        if (shown === name) return id;
      }
      return '';
    }, 60_000);
  }

  // send sends an event and returns its id.
  async send(room, type, content) {
    const answer = await this.#call('PUT', `/rooms/${encodeURIComponent(room)}/send/${type}/${randomUUID()}`, content);
    return answer.event_id;
  }

  // view returns the messages of a room as a client shows them: who, what, and the
  // reactions. Replies in threads are counted with the message that begins them.
  async view(room) {
    const id = encodeURIComponent(room);
    const [{ chunk }, { joined }] = await Promise.all([
      this.#call('GET', `/rooms/${id}/messages?dir=b&limit=100`), this.#call('GET', `/rooms/${id}/joined_members`),
    ]);
    const messages = new Map();
    const called = new Map(); // as the room has it, also those who have left
    for (const event of chunk.reverse()) {
      const relation = event.content['m.relates_to'] ?? {};
      const about = messages.get(relation.event_id);
      if (event.type === 'm.room.member' && event.content.displayname) {
        called.set(event.state_key, event.content.displayname);
      } else if (event.type === 'm.reaction' && about) {
        about.reactions[relation.key] = (about.reactions[relation.key] ?? 0) + 1;
      } else if (event.type === 'm.room.message' && relation.rel_type === 'm.thread' && about) {
        about.replies += 1;
      } else if (event.type === 'm.room.message') {
        messages.set(event.event_id, {
          id: event.event_id, at: event.origin_server_ts, reactions: {}, replies: 0,
          name: joined[event.sender]?.display_name ?? called.get(event.sender) ?? event.sender,
          text: event.content.body, html: event.content.formatted_body,
        });
      }
    }
    return [...messages.values()];
  }
}

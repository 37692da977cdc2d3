// A person with matrix-js-sdk, as Element Web has it. It must not know that there is a
// bridge.
import assert from 'node:assert/strict';

import { ClientEvent, createClient } from 'matrix-js-sdk';

import { until } from './wait.mjs';

const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => quiet };

export class JsSdkClient {
  #client;
  #url;

  // login logs a person in and follows their rooms until stop.
  static async login({ matrix, user, password }) {
    const one = new JsSdkClient();
    one.#url = matrix;
    const answer = await createClient({ baseUrl: matrix, logger: quiet }).loginRequest({
      type: 'm.login.password', identifier: { type: 'm.id.user', user }, password,
    });
    one.#client = createClient({ baseUrl: matrix, logger: quiet, accessToken: answer.access_token, userId: answer.user_id, deviceId: answer.device_id });
    const ready = new Promise((resolve) => { one.#client.on(ClientEvent.Sync, (state) => { if (state === 'PREPARED') resolve(); }); });
    await one.#client.startClient({ initialSyncLimit: 50 });
    await ready;
    return one;
  }

  stop() { this.#client.stopClient(); }

  // room accepts every invitation and returns the id of the room with a name.
  room(name) {
    return until(`the room ${name}`, async () => {
      const rooms = this.#client.getRooms();
      for (const room of rooms) if (room.getMyMembership() === 'invite') await this.#client.joinRoom(room.roomId);
      return rooms.find((room) => room.getMyMembership() === 'join' && room.name === name)?.roomId;
    }, 60_000);
  }

  // message waits for a message of a room for which is holds, and returns its content.
  async message(room, what, is) {
    const found = await until(`${what} in Matrix`, () => this.#client.getRoom(room)?.getLiveTimeline().getEvents()
      .find((event) => event.getType() === 'm.room.message' && is(event.getContent())));
    return found.getContent();
  }

  send(room, content) { return this.#client.sendMessage(room, content); }

  // upload gives the homeserver a file and returns its address.
  async upload(content, type) {
    const answer = await this.#client.uploadContent(content, { type, includeFilename: false });
    return answer.content_uri;
  }

  setFace(address) { return this.#client.setAvatarUrl(address); }

  // download reads a file of the homeserver, as its users may.
  async download(address) {
    const from = this.#client.mxcUrlToHttp(address, undefined, undefined, undefined, false, true, true);
    assert.ok(from.startsWith(this.#url), from);
    const answer = await fetch(from, { headers: { authorization: `Bearer ${this.#client.getAccessToken()}` } });
    assert.equal(answer.status, 200, address);
    return Buffer.from(await answer.arrayBuffer());
  }
}

// What the page knows of the workspace, kept true by the event stream: an event
// says what to read anew, and that is read from the control API. Views listen for
// "state" (people, conversations), "messages" (detail: a conversation's id),
// "unread", "link" (detail: whether all is up to date and stays so) and "traffic"
// (what apps do).
import { get, listen, part } from './api.js';

// atOnce is up to how many changed messages are read one by one; beyond that the
// whole conversation is.
const atOnce = 8;

export class Store extends EventTarget {
  team = { name: '' };
  users = new Map();
  channels = new Map();
  apps = [];
  groups = new Map();
  sockets = [];
  customEmoji = new Map();
  standardEmoji = new Map();
  unread = new Map();
  traffic = [];
  live = false;
  #ephemerals = [];
  #messages = new Map();
  #changed = new Map();
  #stateChanged = false;
  #work = Promise.resolve();
  #scheduled = false;

  // start resolves when the workspace was read for the first time.
  start() {
    return new Promise((resolve) => {
      listen((kind, body) => this.#take(kind, body), async () => {
        this.live = true;
        for (const id of this.#messages.keys()) this.#changed.set(id, null);
        await this.reload();
        resolve();
        if (this.live) this.#tell('link', true);
      }, () => {
        this.live = false;
        this.#tell('link', false);
      });
    });
  }

  // messages are a conversation's and what the reader alone was shown in it, oldest
  // first; undefined until open has read them.
  messages(channel) {
    const all = this.#messages.get(channel);
    const own = this.#ephemerals.filter((e) => e.channel === channel && e.user === this.me).map((e) => e.message);
    return all && [...all.values(), ...own].sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  message(channel, ts) { return this.#messages.get(channel)?.get(ts); }

  // open reads a conversation, unless it is known already.
  open(channel) {
    this.read(channel);
    if (this.#messages.has(channel)) return;
    this.#messages.set(channel, new Map());
    this.#changed.set(channel, null);
    this.#schedule();
  }

  // read forgets that a conversation has news.
  read(channel) { if (this.unread.delete(channel)) this.#tell('unread'); }

  // reload reads people and conversations again.
  reload() {
    this.#stateChanged = true;
    return this.#schedule();
  }

  #take(kind, body) {
    if (kind === 'slack') {
      this.#happened(body);
      return;
    }
    this.traffic.push({ ...body, kind, at: new Date() });
    if (this.traffic.length > 200) this.traffic.shift();
    if (kind.startsWith('socket_')) {
      this.#stateChanged = true;
      this.#schedule();
    }
    this.#tell('traffic');
  }

  #happened({ type, channel, body }) {
    if (type === 'message') {
      const { subtype } = body;
      if (subtype === 'message_changed') this.#touch(channel, body.message.ts);
      else if (subtype === 'message_deleted') this.#touch(channel, body.deleted_ts, true);
      else {
        this.#touch(channel, body.ts);
        if (body.thread_ts && body.thread_ts !== body.ts) this.#touch(channel, body.thread_ts);
        this.#news(channel, body);
      }
    } else if (type === 'ephemeral') {
      this.#ephemerals.push({ channel, user: body.user, message: { ...body.message, ephemeral: true } });
      this.#tell('messages', channel);
    } else if (type === 'ephemeral_hidden') {
      this.#ephemerals = this.#ephemerals.filter((e) => e.user !== body.user || e.message.ts !== body.ts);
      this.#tell('messages', channel);
    } else if (type.startsWith('reaction_')) this.#touch(body.item.channel, body.item.ts);
    else if (!type.startsWith('message_metadata') && type !== 'app_mention') this.#stateChanged = true;
    this.#schedule();
  }

  // #touch notes that a message must be read again, or is gone.
  #touch(channel, ts, isGone = false) {
    if (!this.#messages.has(channel)) return;
    const known = this.#changed.get(channel);
    if (known === undefined) this.#changed.set(channel, new Map([[ts, isGone]]));
    else known?.set(ts, isGone);
  }

  // #news counts a message in a conversation that is not open.
  #news(channel, { user, thread_ts: thread, ts, subtype }) {
    const reply = thread && thread !== ts && subtype !== 'thread_broadcast';
    if (channel === this.current && !document.hidden) return;
    if (user === this.me || reply || (subtype && !['bot_message', 'thread_broadcast', 'me_message'].includes(subtype))) return;
    this.unread.set(channel, (this.unread.get(channel) ?? 0) + 1);
    this.#tell('unread');
  }

  // #schedule reads everything that changed, after what is being read now.
  #schedule() {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#work = this.#work.then(() => {
        this.#scheduled = false;
        return this.#refresh();
      }).catch((error) => this.#tell('trouble', error));
    }
    return this.#work;
  }

  async #refresh() {
    const changed = this.#changed;
    const state = this.#stateChanged;
    this.#changed = new Map();
    this.#stateChanged = false;
    if (state) await this.#readState();
    await Promise.all([...changed].map(([channel, list]) => this.#readMessages(channel, list)));
  }

  async #readState() {
    if (this.standardEmoji.size === 0) this.standardEmoji = new Map(Object.entries(await get('/emoji/standard')));
    const state = await get('/state');
    this.team = state.team;
    this.users = new Map((state.users ?? []).map((u) => [u.id, u]));
    this.channels = new Map((state.channels ?? []).map((c) => [c.id, { ...c, members: c.members ?? [] }]));
    this.apps = state.apps ?? [];
    this.groups = new Map((state.usergroups ?? []).map((g) => [g.id, g]));
    this.customEmoji = new Map(Object.entries(state.emoji ?? {}));
    this.sockets = state.sockets ?? [];
    this.#tell('state');
  }

  async #readMessages(channel, list) {
    const path = `/channels/${part(channel)}/messages`;
    if (!list || list.size > atOnce) {
      const all = await get(path).catch(gone);
      this.#messages.set(channel, new Map((all ?? []).map((m) => [m.ts, m])));
    } else {
      const known = this.#messages.get(channel);
      await Promise.all([...list].map(async ([ts, isGone]) => {
        const m = isGone ? null : await get(`${path}/${part(ts)}`).catch(gone);
        if (m) known.set(ts, m);
        else known.delete(ts);
      }));
    }
    this.#tell('messages', channel);
  }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

// gone turns the refusal of what is no longer there into nothing.
function gone(error) {
  if (['message_not_found', 'channel_not_found'].includes(error.code)) return null;
  throw error;
}

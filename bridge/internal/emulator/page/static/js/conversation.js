// The conversation in the middle and the thread at its side.
import { post } from './api.js';
import { Composer } from './composer.js';
import { ask, show } from './dialog.js';
import { button, h } from './dom.js';
import { isReply } from './message.js';
import { nameOf, signOf, titleOf } from './names.js';
import { others } from './sidebar.js';
import { Timeline } from './timeline.js';

// Conversation shows one conversation, or with a thread's ts that thread.
export class Conversation {
  #page;
  #thread;

  constructor(page, thread) {
    this.#page = page;
    this.#thread = thread;
    const title = titleOf(page.store, page.store.channels.get(page.channel), page.me);
    this.timeline = new Timeline(page, thread ? `Thread in ${title}` : `Messages in ${title}`, Boolean(thread));
    this.composer = new Composer(page, thread ? 'Reply…' : `Message ${title}`, thread);
    this.head = h('header', { class: 'head' });
    this.foot = h('div', { class: 'foot' });
    for (const el of [this.timeline.el, this.foot]) this.composer.over(el);
    this.nodes = [this.head, this.timeline.el, this.foot];
  }

  // update draws what changed; names says that names may have.
  update(names) {
    const { store, channel } = this.#page;
    const all = store.messages(channel) ?? [];
    const wanted = this.#thread
      ? all.filter((m) => m.ts === this.#thread || m.thread_ts === this.#thread)
      : all.filter((m) => !isReply(m) || m.subtype === 'thread_broadcast');
    this.timeline.update(wanted, names);
    if (names || !this.head.hasChildNodes()) this.#frame();
  }

  #frame() {
    const { store, channel: id, me } = this.#page;
    const channel = store.channels.get(id);
    this.head.replaceChildren(...(this.#thread ? threadHead(this.#page) : head(this.#page, channel)));
    const inside = channel.members.includes(me);
    const what = channel.archived ? h('p', {}, 'This channel is archived.')
      : inside ? this.composer.el
        : h('p', {}, 'You are not in this channel. ', button('Join', () => this.#page.act(() => post('/channels/join', { user: me, channel: id })), { class: 'main' }));
    if (this.foot.firstChild !== what) this.foot.replaceChildren(what);
  }
}

function threadHead(page) {
  return [button('Back', () => page.go({ thread: '', pane: 'main' }), { icon: 'back', class: 'plain phone' }),
    h('div', { class: 'grow' }, h('h2', {}, 'Thread')),
    button('Close the thread', () => page.go({ thread: '', pane: 'main' }), { icon: 'close', class: 'plain wide' })];
}

function head(page, channel) {
  const { store, me } = page;
  const direct = ['im', 'mpim'].includes(channel.kind);
  const open = !direct && !channel.archived && channel.members.includes(me);
  const absent = open ? store.apps.filter((a) => a.installed && !channel.members.includes(a.bot_user)) : [];
  return [
    button('Back to the list', () => page.go({ pane: 'list' }), { icon: 'back', class: 'plain phone' }),
    h('div', { class: 'grow' }, h('h2', {}, signOf(channel), ' ', titleOf(store, channel, me)),
      h('p', { class: 'topic' }, channel.topic?.value || channel.purpose?.value || '')),
    absent.map((a) => button(`Add ${a.name}`, () => page.act(() => post('/channels/invite', { user: me, channel: channel.id, users: [a.bot_user] })))),
    open && button('Topic', () => topic(page, channel), { class: 'wide' }),
    button(`${channel.members.length} members`, () => members(page, channel.id), { class: 'members', 'aria-haspopup': 'dialog' }),
  ].flat().filter(Boolean);
}

async function topic(page, channel) {
  const got = await ask('Topic', [{ name: 'value', label: 'Topic', value: channel.topic?.value ?? '', autofocus: true }], 'Set');
  if (got) await page.act(() => post('/channels/topic', { user: page.me, channel: channel.id, ...got }));
}

// members shows who is in a conversation, and lets a member bring others in.
async function members(page, id) {
  const { store, me } = page;
  const channel = store.channels.get(id);
  const open = !['im', 'mpim'].includes(channel.kind) && !channel.archived && channel.members.includes(me);
  const kick = (user, close) => { close(); page.act(() => post('/channels/kick', { user: me, channel: id, users: [user] })); };
  const invite = await show(`Members of ${titleOf(store, channel, me)}`, (close) => h('div', {},
    h('ul', { class: 'people' }, channel.members.map((user) => h('li', {}, nameOf(store.users.get(user)), store.users.get(user)?.is_bot && h('span', { class: 'app' }, 'app'),
      open && user !== me && button('Remove', () => kick(user, close), { 'aria-label': `Remove ${nameOf(store.users.get(user))}` })))),
    h('footer', {}, open && button('Leave', () => { close(); page.act(() => post('/channels/leave', { user: me, channel: id })); }),
      open && button('Invite…', () => close(true), { class: 'main' }))));
  if (!invite) return;
  const got = await ask('Invite', [{ name: 'users', label: 'Bring in', options: others(page, channel.members) }], 'Invite');
  if (got?.users.length) await page.act(() => post('/channels/invite', { user: me, channel: id, ...got }));
}

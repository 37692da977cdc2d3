// One message: who, when, what, its reactions, its thread, and what the reader
// may do with it.
import { post } from './api.js';
import { body } from './blocks.js';
import { editable, outgoing } from './compose.js';
import { ask, chooseEmoji } from './dialog.js';
import { button, h } from './dom.js';
import { emoji } from './inline.js';
import { authorOf, avatar, nameOf } from './names.js';

const bySlack = /^(channel|group)_(join|leave|topic|purpose|name|archive|unarchive)$|^tombstone$|^pinned_item$/;

export const written = (m) => !bySlack.test(m.subtype ?? '');
export const whenOf = (m) => new Date(Number(m.ts) * 1000);
export const isReply = (m) => Boolean(m.thread_ts) && m.thread_ts !== m.ts;

// messageItem makes the list item of a message. compact leaves out the name where
// the same author goes on; inThread leaves out what leads to the thread.
export function messageItem(page, m, { compact, inThread }) {
  const { store, me } = page;
  const author = authorOf(store, m);
  const own = written(m) && m.user === me && !m.bot_id;
  const when = whenOf(m);
  const time = h('time', { datetime: when.toISOString(), title: when.toLocaleString() }, clock(when, compact));
  const content = h('div', { class: 'body' }, m.ephemeral ? h('p', { class: 'context' }, 'only you can see this') : null, inThread || !isReply(m) ? null : h('p', { class: 'context' }, 'replied to a thread'),
    m.subtype === 'me_message' ? h('em', {}, body(store, me, m)) : body(store, me, m));
  if (m.edited) lastText(content).append(h('span', { class: 'edited', title: editedBy(store, m) }, '(edited)'));
  const item = h('li', { class: ['message', compact && 'compact', !written(m) && 'system'].filter(Boolean).join(' '), dataset: { ts: m.ts }, tabindex: '-1' },
    compact ? h('span', { class: 'margin' }, time) : avatar(store, author),
    h('div', { class: 'content' },
      compact ? h('span', { class: 'unseen' }, author.name) : h('p', { class: 'who' }, h('strong', {}, author.name), author.app && h('span', { class: 'app' }, 'app'), time),
      content, reactions(page, m), !inThread && threadLink(page, m)),
    written(m) && !m.ephemeral && toolbar(page, m, { own, inThread, edit: () => edit(page, m, item) }));
  return item;
}

// clock is the time of day; short leaves AM and PM out.
function clock(when, short) {
  const time = when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return short ? time.replace(/\s*[AP]M/i, '') : time;
}

// lastText is where a remark goes that follows a message's last words.
function lastText(content) {
  const last = content.lastElementChild?.matches('.rich') ? content.lastElementChild.lastElementChild : content.lastElementChild;
  return last?.matches('.text') ? last : content;
}

function editedBy(store, m) {
  return `edited by ${nameOf(store.users.get(m.edited.user))}, ${new Date(Number(m.edited.ts) * 1000).toLocaleString()}`;
}

function reactions(page, m) {
  if (!m.reactions?.length) return null;
  const { store, me } = page;
  return h('p', { class: 'reactions' }, m.reactions.map((r) => {
    const mine = r.users.includes(me);
    const names = r.users.map((id) => nameOf(store.users.get(id))).join(', ');
    return h('button', {
      type: 'button', title: `${names}: :${r.name}:`, 'aria-pressed': String(mine), 'aria-label': `${r.name}, ${r.count}, ${names}`,
      dataset: { key: `${m.ts} ${r.name}`, reaction: r.name },
      on: { click: () => page.act(() => post(mine ? '/reactions/remove' : '/reactions/add', { ...at(page, m), name: r.name })) },
    }, emoji(store, r.name), ` ${r.count}`);
  }));
}

function threadLink(page, m) {
  if (!m.reply_count || isReply(m)) return null;
  const last = m.latest_reply && clock(whenOf({ ts: m.latest_reply }));
  return h('p', {}, h('button', { type: 'button', class: 'thread-link', dataset: { key: `${m.ts} thread` }, on: { click: () => page.go({ thread: m.ts }) } },
    m.reply_count === 1 ? '1 reply' : `${m.reply_count} replies`, last && h('span', {}, `last at ${last}`)));
}

const at = (page, m) => ({ user: page.me, channel: page.channel, ts: m.ts });

function toolbar(page, m, { own, inThread, edit: startEdit }) {
  const react = async () => {
    const name = await chooseEmoji(page.store);
    if (name) await page.act(() => post('/reactions/add', { ...at(page, m), name }));
  };
  const remove = async () => {
    if (await ask('Delete this message?', [], 'Delete')) await page.act(() => post('/messages/delete', at(page, m)));
  };
  const key = (what) => ({ class: 'plain', dataset: { key: `${m.ts} ${what}` } });
  return h('div', { class: 'toolbar', role: 'group', 'aria-label': 'Message' },
    button('React', react, { icon: 'smile', ...key('react') }),
    !inThread && button('Reply in thread', () => page.go({ thread: m.thread_ts || m.ts }), { icon: 'thread', ...key('reply') }),
    own && button('Edit', startEdit, { icon: 'pencil', ...key('edit') }),
    own && button('Delete', remove, { icon: 'bin', ...key('delete') }));
}

// edit turns a message into a form until it is saved or cancelled.
function edit(page, m, item) {
  const area = h('textarea', { rows: 2, 'aria-label': 'Edit the message' }, editable(page.store, m.text));
  const done = () => {
    item.dataset.editing = 'done';
    page.redraw();
    document.querySelector(`[data-key="${m.ts} edit"]`)?.focus();
  };
  const save = async (e) => {
    e?.preventDefault();
    const text = outgoing(page.store, area.value);
    if (text && await page.act(() => post('/messages/edit', { ...at(page, m), text }))) done();
  };
  const keys = (e) => {
    if (e.key === 'Escape') done();
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) save(e);
  };
  area.addEventListener('keydown', keys);
  item.dataset.editing = 'true';
  item.replaceChildren(h('form', { class: 'edit', on: { submit: save } }, area,
    h('footer', {}, button('Cancel', done), h('button', { class: 'main' }, 'Save'))));
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

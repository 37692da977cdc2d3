// Block Kit and attachments as elements (Slack docs: Block Kit reference). A block
// of a kind that is not known here is named, never dropped.
import { h } from './dom.js';
import { filesOf } from './files.js';
import * as inline from './inline.js';
import { mrkdwn, plain } from './mrkdwn.js';
import { fromHere } from './names.js';

// body returns the nodes of a message's content.
export function body(store, me, m) {
  const blocks = list(m.blocks);
  const content = blocks.length ? blocks.map((b) => block(store, me, b)) : mrkdwn(store, me, m.text ?? '');
  return [...content, filesOf(m), ...list(m.attachments).map((a) => attachment(store, me, a))].filter(Boolean);
}

const list = (value) => (Array.isArray(value) ? value : []);

const kinds = {
  __proto__: null,
  rich_text: (store, me, b) => h('div', { class: 'rich' }, list(b.elements).map((e) => rich(store, me, e))),
  section: (store, me, b) => h('div', { class: 'section' },
    h('div', {}, b.text && text(store, me, b.text), list(b.fields).map((f) => h('div', { class: 'field' }, text(store, me, f)))),
    b.accessory && element(store, me, b.accessory)),
  header: (store, me, b) => h('p', { class: 'header' }, text(store, me, b.text)),
  context: (store, me, b) => h('div', { class: 'context' }, list(b.elements).map((e) => element(store, me, e))),
  divider: () => h('hr'),
  image: (store, me, b) => picture(b.image_url, b.alt_text),
  actions: (store, me, b) => h('div', { class: 'actions' }, list(b.elements).map((e) => element(store, me, e))),
  markdown: (store, me, b) => h('div', { class: 'text' }, b.text ?? ''),
};

function block(store, me, b) {
  return kinds[b?.type]?.(store, me, b) ?? unknown(`${b?.type ?? 'unknown'} block`);
}

const unknown = (what) => h('span', { class: 'unknown' }, `[${what}]`);

function text(store, me, t) {
  return t?.type === 'mrkdwn' ? mrkdwn(store, me, t.text ?? '') : plain(store, t?.text ?? '');
}

// element is a button, a picture or a text within a block.
function element(store, me, e) {
  if (e.type === 'image') return picture(e.image_url, e.alt_text);
  if (e.type === 'mrkdwn' || e.type === 'plain_text') return h('span', {}, text(store, me, e));
  if (e.type === 'button') return h('button', { type: 'button', disabled: true, title: 'Actions are not served here' }, text(store, me, e.text));
  return unknown(e.type);
}

function picture(url, alt) {
  return fromHere(url) ? h('img', { class: 'picture', src: url, alt: alt ?? '' }) : inline.link(url ?? '', `[${alt || 'picture'}]`);
}

const parts = {
  __proto__: null,
  rich_text_section: (store, me, e) => h('div', { class: 'text' }, run(store, me, e.elements)),
  rich_text_preformatted: (store, me, e) => h('pre', {}, run(store, me, e.elements)),
  rich_text_quote: (store, me, e) => h('blockquote', {}, run(store, me, e.elements)),
  rich_text_list: (store, me, e) => h(e.style === 'ordered' ? 'ol' : 'ul', { class: `indent-${Math.min(Number(e.indent) || 0, 4)}`, start: e.offset ? e.offset + 1 : undefined },
    list(e.elements).map((item) => h('li', {}, rich(store, me, item)))),
};

function rich(store, me, e) {
  return parts[e?.type]?.(store, me, e) ?? unknown(e?.type ?? 'unknown');
}

const spans = {
  __proto__: null,
  text: (store, me, e) => e.text ?? '',
  link: (store, me, e) => inline.link(e.url ?? '', ...(e.text ? [e.text] : [])),
  user: (store, me, e) => inline.user(store, me, e.user_id),
  channel: (store, me, e) => inline.channel(store, e.channel_id),
  usergroup: (store, me, e) => inline.group(store, e.usergroup_id),
  broadcast: (store, me, e) => inline.broadcast(e.range),
  emoji: (store, me, e) => inline.emoji(store, e.skin_tone ? `${e.name}::skin-tone-${e.skin_tone}` : e.name ?? ''),
  date: (store, me, e) => inline.date(e.timestamp, e.fallback),
  color: (store, me, e) => e.value ?? '',
};

// run is the inline elements of one rich text part.
function run(store, me, elements) {
  return list(elements).map((e) => inline.styled(spans[e?.type]?.(store, me, e) ?? unknown(e?.type ?? 'unknown'), e?.style));
}

function attachment(store, me, a) {
  const blocks = list(a.blocks);
  const title = a.title && h('p', { class: 'header' }, a.title_link ? inline.link(a.title_link, a.title) : a.title);
  return h('div', { class: 'attachment' },
    a.pretext && mrkdwn(store, me, a.pretext),
    a.author_name && h('p', { class: 'context' }, a.author_name),
    title,
    blocks.length ? blocks.map((b) => block(store, me, b)) : a.text ? mrkdwn(store, me, a.text) : !title && plain(store, a.fallback ?? ''),
    list(a.fields).map((f) => h('div', { class: 'field' }, h('strong', {}, f.title ?? ''), ' ', mrkdwn(store, me, String(f.value ?? '')))),
    a.image_url && picture(a.image_url, a.title),
    a.footer && h('p', { class: 'context' }, a.footer));
}

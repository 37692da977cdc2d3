// Slack's inline things as elements: emoji, mentions, links, dates. Both text
// with control sequences and rich text are made of them.
import { h } from './dom.js';
import { fromHere, nameOf } from './names.js';

// emoji shows one by name, with or without ::skin-tone-N.
export function emoji(store, name) {
  const [base, tone] = name.split('::');
  const glyph = store.standardEmoji.get(base);
  const label = `:${name}:`;
  if (glyph) {
    const skin = /^skin-tone-([2-6])$/.exec(tone ?? '');
    return h('span', { class: 'emoji', title: label }, glyph + (skin ? String.fromCodePoint(0x1f3fb + Number(skin[1]) - 2) : ''));
  }
  const custom = store.customEmoji.get(base);
  if (custom?.startsWith('alias:')) return emoji(store, custom.slice('alias:'.length));
  if (custom && fromHere(custom)) return h('img', { class: 'emoji', src: custom, alt: label, title: label });
  return h('span', { class: 'emoji-name' }, label);
}

export function user(store, me, id) {
  const known = store.users.get(id);
  return h('span', { class: id === me ? 'mention me' : 'mention' }, `@${known ? nameOf(known) : id}`);
}

export function channel(store, id, label) {
  const known = store.channels.get(id);
  return h('a', { class: 'mention', href: '#', dataset: { channel: id } }, `#${known?.name || label || id}`);
}

export function group(store, id, label) {
  const known = store.groups.get(id);
  return h('span', { class: 'mention' }, `@${known?.handle || label?.replace(/^@/, '') || id}`);
}

export const broadcast = (range) => h('span', { class: 'mention' }, `@${range}`);

// link leads only where a browser may safely go; anything else is text.
export function link(url, ...children) {
  const label = children.length ? children : [url.replace(/^mailto:/, '')];
  if (!/^(https?:|mailto:)/i.test(url)) return h('span', { title: url }, label);
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

// date shows a moment in the reader's own time zone.
export function date(timestamp, fallback) {
  const when = new Date(Number(timestamp) * 1000);
  if (Number.isNaN(when.getTime())) return h('span', {}, fallback ?? '');
  return h('time', { datetime: when.toISOString(), title: fallback }, when.toLocaleString());
}

const tags = { __proto__: null, bold: 'strong', italic: 'em', strike: 's', code: 'code', underline: 'u' };

// styled wraps a node in what its style asks for.
export function styled(node, style) {
  let out = node;
  for (const [name, on] of Object.entries(style ?? {})) {
    if (on && tags[name]) out = h(tags[name], {}, out);
  }
  return out;
}

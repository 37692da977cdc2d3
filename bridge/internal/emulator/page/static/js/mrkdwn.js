// Slack's text with control sequences and mrkdwn, as elements. What does not
// parse stays text.
import { h } from './dom.js';
import * as inline from './inline.js';

// A mention, a group, a date or a link; other things in angle brackets are text.
const sequence = /^<((?:@[UWB]|#[CGD]|!|[a-zA-Z][a-zA-Z0-9+.-]*:)[^<>]*)>/;
const emojiName = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const markers = { '*': 'bold', _: 'italic', '~': 'strike', '`': 'code' };

export function unescape(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

// mrkdwn returns the nodes of a text: code blocks, quotes and the rest.
export function mrkdwn(store, me, text) {
  const out = [];
  text.split(/```\n?([\s\S]+?)\n?```\n?/).forEach((piece, i) => {
    if (i % 2) out.push(h('pre', {}, unescape(piece)));
    else if (piece) out.push(...paragraphs(store, me, piece));
  });
  return out;
}

// plain returns the nodes of a text without formatting: emoji only.
export function plain(store, text) {
  return text.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/).map((piece, i) => (
    i % 2 && known(store, piece.slice(1, -1)) ? inline.emoji(store, piece.slice(1, -1)) : piece));
}

function paragraphs(store, me, text) {
  const out = [];
  for (const part of text.split(/((?:^(?:&gt;|>).*(?:\n|$))+)/m)) {
    if (/^(&gt;|>)/.test(part)) {
      out.push(h('blockquote', {}, spans(store, me, part.replace(/^(&gt;|>) ?/gm, '').replace(/\n$/, ''))));
    } else if (part) out.push(h('div', { class: 'text' }, spans(store, me, part)));
  }
  return out;
}

// spans parses one run of text.
function spans(store, me, text) {
  const out = [];
  let start = 0;
  const add = (at, length, node) => {
    if (at > start) out.push(unescape(text.slice(start, at)));
    out.push(node);
    start = at + length;
    return start;
  };
  for (let i = 0; i < text.length;) {
    const rest = text.slice(i, i + 4096);
    const control = sequence.exec(rest);
    const name = text[i] === ':' && emojiName.exec(rest);
    const style = markers[text[i]];
    const end = style && closing(text, i);
    if (control) i = add(i, control[0].length, controlNode(store, me, control[1]));
    else if (name && known(store, name[1])) i = add(i, name[0].length, inline.emoji(store, name[1]));
    else if (end) {
      const inner = text.slice(i + 1, end);
      const node = h('span', {}, style === 'code' ? unescape(inner) : spans(store, me, inner));
      i = add(i, end + 1 - i, inline.styled(node, { [style]: true }));
    } else i++;
  }
  if (start < text.length) out.push(unescape(text.slice(start)));
  return out;
}

function known(store, name) {
  const base = name.split('::')[0];
  return store.standardEmoji.has(base) || store.customEmoji.has(base);
}

// closing returns where the marker at text[i] is closed on the same line, or 0.
function closing(text, i) {
  const word = /[\p{L}\p{N}]/u;
  if (/[\s]/.test(text[i + 1] ?? ' ') || text[i + 1] === text[i] || word.test(text[i - 1] ?? '')) return 0;
  for (let j = i + 2; j < text.length && text[j] !== '\n'; j++) {
    if (text[j] === text[i] && text[j - 1] !== ' ' && !word.test(text[j + 1] ?? '')) return j;
  }
  return 0;
}

function controlNode(store, me, body) {
  const [target, label] = body.split('|', 2);
  if (target.startsWith('@')) return inline.user(store, me, target.slice(1));
  if (target.startsWith('#')) return inline.channel(store, target.slice(1), label);
  if (target.startsWith('!subteam^')) return inline.group(store, target.slice('!subteam^'.length), label);
  if (target.startsWith('!date^')) return inline.date(target.split('^')[1], label);
  if (target.startsWith('!')) return inline.broadcast(target.slice(1));
  return inline.link(unescape(target), ...(label ? [unescape(label)] : []));
}

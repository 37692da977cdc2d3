// Between what a person types and Slack's text: @name and #channel become
// mentions, and back for editing.
import { unescape } from './mrkdwn.js';

const everyone = ['here', 'channel', 'everyone'];

// outgoing is typed text as it is sent. The emulator escapes what is no control
// sequence, but it takes entities for what they stand for.
export function outgoing(store, typed) {
  const users = new Map();
  for (const u of store.users.values()) {
    for (const name of [u.profile?.display_name, u.name]) if (name) users.set(name.toLowerCase(), u.id);
  }
  const channels = new Map([...store.channels.values()].filter((c) => c.name).map((c) => [c.name, c.id]));
  const groups = new Map([...store.groups.values()].map((g) => [g.handle, g.id]));
  return typed.trim().replaceAll('&', '&amp;').replace(/(^|[\s(*_~])([@#])([\p{L}\p{N}._-]+)/gu, (whole, before, sign, word) => {
    for (let name = word; name; name = shorter(name)) {
      const tail = word.slice(name.length);
      const lower = name.toLowerCase();
      if (sign === '#' && channels.has(lower)) return `${before}<#${channels.get(lower)}>${tail}`;
      if (sign === '@' && everyone.includes(lower)) return `${before}<!${lower}>${tail}`;
      if (sign === '@' && groups.has(lower)) return `${before}<!subteam^${groups.get(lower)}>${tail}`;
      if (sign === '@' && users.has(lower)) return `${before}<@${users.get(lower)}>${tail}`;
    }
    return whole;
  });
}

// shorter drops the punctuation that may end a sentence rather than a name.
const shorter = (name) => (/[._-]$/.test(name) ? name.slice(0, -1) : '');

// editable is a message's text as a person would have typed it.
export function editable(store, text) {
  const plain = text.replace(/<([^<>|]+)(\|[^<>]*)?>/g, (whole, target, label) => {
    if (target.startsWith('@')) return `@${store.users.get(target.slice(1))?.name ?? target.slice(1)}`;
    if (target.startsWith('#')) return `#${store.channels.get(target.slice(1))?.name ?? target.slice(1)}`;
    if (target.startsWith('!subteam^')) return `@${store.groups.get(target.slice('!subteam^'.length))?.handle ?? ''}`;
    if (target.startsWith('!') && !target.includes('^')) return `@${target.slice(1)}`;
    return label || target.startsWith('!') ? whole : target;
  });
  return unescape(plain);
}

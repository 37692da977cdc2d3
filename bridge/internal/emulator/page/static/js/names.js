// What people, bots and conversations are called, and what they look like.
import { h, icon } from './dom.js';

// nameOf is a user's name as Slack shows it.
export function nameOf(user) {
  return user?.profile?.display_name || user?.real_name || user?.profile?.real_name || user?.name || 'unknown';
}

// people are the users that a person can act as.
export function people(store) {
  return [...store.users.values()].filter((u) => !u.is_bot && !u.deleted && u.id !== 'USLACKBOT');
}

// titleOf is a conversation's name in the eyes of a user.
export function titleOf(store, channel, me) {
  if (!['im', 'mpim'].includes(channel.kind)) return channel.name;
  const others = channel.members.filter((id) => id !== me);
  return others.length ? others.map((id) => nameOf(store.users.get(id))).join(', ') : `${nameOf(store.users.get(me))} (you)`;
}

// signOf is the little sign in front of a conversation's name.
export function signOf(channel) {
  if (channel.kind === 'private_channel') return h('span', {}, icon('lock'), h('span', { class: 'unseen' }, 'private '));
  return h('span', { 'aria-hidden': 'true' }, channel.kind === 'public_channel' ? '#' : channel.kind === 'mpim' ? '⁂' : '@');
}

// visible says whether a user sees a conversation in the list.
export const visible = (channel, me) => channel.kind === 'public_channel' || channel.members.includes(me);

// authorOf is who stands above a message: name, picture, emoji, and whether an
// app said it.
export function authorOf(store, m) {
  const bot = m.bot_profile;
  const user = store.users.get(m.user);
  if (m.username || (bot && !user)) {
    const icons = m.icons ?? {};
    return { name: m.username || bot.name, emoji: icons.emoji, image: imageIn(icons) ?? imageIn(bot?.icons), app: true, key: m.username || m.bot_id };
  }
  if (user) return { name: nameOf(user), image: imageIn(user.profile), app: Boolean(user.is_bot || m.bot_id), key: user.id };
  return { name: m.user === 'USLACKBOT' ? 'Slackbot' : 'unknown', app: Boolean(m.bot_id), key: m.user || m.bot_id || '' };
}

function imageIn(from) {
  if (!from) return undefined;
  return ['image_72', 'image_48', 'image_64', 'image_36', 'image_192'].map((size) => from[size]).find((url) => fromHere(url));
}

// fromHere says whether a picture comes from this machine; nothing else is loaded.
export function fromHere(url) {
  try {
    return new URL(url).hostname === '127.0.0.1';
  } catch {
    return false;
  }
}

// avatar is a picture, an emoji or initials on a colour of the name's own.
export function avatar(store, { name, image, emoji, key }) {
  const face = h('span', { class: 'avatar', 'aria-hidden': 'true' });
  face.style.setProperty('--hue', String(hueOf(store, key || name)));
  const glyph = emoji && store.standardEmoji.get(emoji.replaceAll(':', ''));
  face.append(glyph || initials(name));
  if (image && !glyph) {
    const img = h('img', { src: image, alt: '', on: { error: () => img.remove() } });
    face.append(img);
  }
  return face;
}

function initials(name) {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, ' ').trim().split(/\s+/);
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? [...words.at(-1)][0] : '';
  return (first + last).toUpperCase();
}

// hueOf keeps the members of a workspace apart; others get a colour of their name.
function hueOf(store, key) {
  const member = [...store.users.keys()].indexOf(key);
  if (member >= 0) return Math.round(member * 137.5 + 250) % 360;
  let sum = 7;
  for (const c of key) sum = (sum * 31 + c.codePointAt(0)) % 65_521;
  return sum % 360;
}

// The list of conversations of the person who acts.
import { post } from './api.js';
import { ask } from './dialog.js';
import { button, h, keepFocus } from './dom.js';
import { nameOf, people, signOf, titleOf, visible } from './names.js';

export function drawSidebar(page) {
  const { store, me } = page;
  const mine = [...store.channels.values()].filter((c) => visible(c, me));
  const byTitle = (a, b) => titleOf(store, a, me).localeCompare(titleOf(store, b, me));
  const channels = mine.filter((c) => ['public_channel', 'private_channel'].includes(c.kind) && !c.archived).sort(byTitle);
  const archived = mine.filter((c) => c.archived).sort(byTitle);
  const direct = mine.filter((c) => ['im', 'mpim'].includes(c.kind)).sort(byTitle);
  const lists = document.querySelector('#lists');
  keepFocus(lists, () => lists.replaceChildren(
    section(page, 'Channels', channels, button('New channel', () => newChannel(page), { icon: 'plus', class: 'plain' })),
    section(page, 'Direct messages', direct, button('New message', () => newDirect(page), { icon: 'plus', class: 'plain' })),
    archived.length ? section(page, 'Archived', archived) : '',
  ));
  drawPeople(page);
  document.querySelector('#team').textContent = store.team.name;
  const news = mine.reduce((sum, c) => sum + (store.unread.get(c.id) ?? 0), 0);
  document.title = `${news ? `(${news}) ` : ''}${store.team.name} – slack-emulator`;
}

function section(page, title, channels, more) {
  const id = `list-${title.replaceAll(' ', '-').toLowerCase()}`;
  return h('section', { 'aria-labelledby': id }, h('header', {}, h('h2', { id }, title), more),
    h('ul', {}, channels.map((c) => h('li', {}, entry(page, c)))));
}

function entry(page, channel) {
  const { store, me } = page;
  const title = titleOf(store, channel, me);
  const news = store.unread.get(channel.id);
  const bot = channel.kind === 'im' && channel.members.some((id) => id !== me && store.users.get(id)?.is_bot);
  return h('button', {
    type: 'button', class: ['entry', news && 'news', !channel.members.includes(me) && 'outside'].filter(Boolean).join(' '),
    dataset: { key: channel.id, channel: channel.id }, 'aria-current': channel.id === page.channel ? 'page' : undefined,
    on: { click: () => page.go({ channel: channel.id, thread: '', pane: 'main' }) },
  }, signOf(channel), h('span', { class: 'title' }, title), bot && h('span', { class: 'app' }, 'app'),
  news && h('span', { class: 'count' }, String(news), h('span', { class: 'unseen' }, ' unread')));
}

function drawPeople(page) {
  const select = document.querySelector('#me');
  const options = people(page.store).map((u) => h('option', { value: u.id }, u.is_restricted ? `${nameOf(u)} (guest)` : nameOf(u)));
  const now = options.map((o) => o.value + o.textContent).join();
  if (select.dataset.people !== now) {
    select.dataset.people = now;
    select.replaceChildren(...options);
  }
  select.value = page.me;
}

async function newChannel(page) {
  const got = await ask('New channel', [
    { name: 'value', label: 'Name', placeholder: 'plan-budget', required: true, autofocus: true },
    { name: 'private', label: 'Private: only members see it', type: 'checkbox' },
    { name: 'users', label: 'Bring in', options: others(page) },
  ], 'Create');
  if (!got) return;
  const made = await page.act(() => post('/channels/create', { user: page.me, ...got }));
  if (made) await page.arrive({ channel: made.id });
}

async function newDirect(page) {
  const got = await ask('New message', [{ name: 'with', label: 'To', options: others(page) }], 'Open');
  if (!got?.with.length) return;
  const made = await page.act(() => post('/ims/open', { user: page.me, with: got.with }));
  if (made) await page.arrive({ channel: made.id });
}

// others are the people who could be added, with their names.
export function others(page, but = [page.me]) {
  return [...page.store.users.values()].filter((u) => !u.deleted && u.id !== 'USLACKBOT' && !but.includes(u.id))
    .map((u) => [u.id, u.is_bot ? `${nameOf(u)} (app)` : nameOf(u)]);
}

// addPerson adds a person to the workspace and acts as them.
export async function addPerson(page) {
  const got = await ask('Add a person', [
    { name: 'name', label: 'User name', placeholder: 'eve', required: true, pattern: '[a-z0-9._\\-]+', autofocus: true },
    { name: 'display_name', label: 'Display name', placeholder: 'Eve' },
    { name: 'guest', label: 'A guest', type: 'checkbox' },
  ], 'Add');
  if (!got) return;
  const made = await page.act(() => post('/users/create', { ...got, real_name: got.display_name || got.name }));
  if (made) await page.arrive({ as: made.id, channel: '' });
}

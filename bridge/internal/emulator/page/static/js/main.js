// The page: puts the store and the views together, and knows who acts where.
import { Conversation } from './conversation.js';
import { h } from './dom.js';
import { Faults } from './faults.js';
import { people, visible } from './names.js';
import { readPlace, writePlace } from './place.js';
import { addPerson, drawSidebar } from './sidebar.js';
import { Store } from './store.js';

const find = (id) => document.querySelector(`#${id}`);

class Page {
  store = new Store();
  drafts = new Map();
  me = '';
  channel = '';
  thread = '';
  #shown = {};
  #faultsOpen = false;

  async start() {
    const { store } = this;
    store.addEventListener('trouble', ({ detail }) => this.notice(detail.message));
    find('me').addEventListener('change', (e) => this.go({ as: e.target.value, thread: '' }));
    find('add-person').addEventListener('click', () => addPerson(this));
    find('open-faults').addEventListener('click', () => this.#openFaults());
    addEventListener('hashchange', () => this.go(readPlace()));
    document.addEventListener('visibilitychange', () => { if (!document.hidden) store.read(this.channel); });
    await store.start();
    store.addEventListener('state', () => this.#draw(true));
    store.addEventListener('unread', () => drawSidebar(this));
    store.addEventListener('messages', ({ detail }) => { if (detail === this.channel) this.redraw(); });
    store.addEventListener('traffic', () => this.#shown.faults?.update());
    this.go(readPlace());
    store.addEventListener('link', ({ detail: live }) => this.#link(live));
    this.#link(store.live);
  }

  // go shows another place; what is not named stays. pane is what a phone shows.
  go({ as, channel, thread, pane }) {
    const { store } = this;
    const all = people(store);
    const wanted = as ?? this.me;
    this.me = (all.find((u) => u.id === wanted || u.name === wanted) ?? all[0])?.id ?? '';
    if (thread !== undefined) this.thread = thread;
    if (channel !== undefined) this.channel = channel;
    this.#settle();
    if (this.thread) this.#faultsOpen = false;
    document.body.dataset.pane = pane ?? (this.thread ? 'panel' : document.body.dataset.pane === 'panel' ? 'main' : document.body.dataset.pane);
    this.#draw(true);
  }

  // arrive goes to what was made just now.
  async arrive(place) {
    await this.store.reload();
    this.go({ thread: '', pane: 'main', ...place });
  }

  // #settle keeps to a conversation that is there and seen.
  #settle() {
    const { store } = this;
    const seen = (c) => c && visible(c, this.me);
    if (!seen(store.channels.get(this.channel))) {
      const all = [...store.channels.values()].filter(seen);
      this.channel = (all.find((c) => c.general) ?? all[0])?.id ?? '';
      this.thread = '';
    }
    store.me = this.me;
    store.current = this.channel;
    if (this.channel) store.open(this.channel);
    writePlace({ as: store.users.get(this.me)?.name, channel: this.channel, thread: this.thread });
  }

  // redraw shows messages that changed.
  redraw() { this.#draw(false); }

  reload() { return this.store.reload(); }

  #draw(names) {
    if (names) {
      this.#settle();
      drawSidebar(this);
    }
    if (!this.channel) return;
    this.#show('main', find('main'), `${this.me} ${this.channel}`, () => new Conversation(this), names);
    const panel = find('panel');
    if (this.thread) {
      panel.setAttribute('aria-label', 'Thread');
      this.#show('thread', panel, `${this.me} ${this.channel} ${this.thread}`, () => new Conversation(this, this.thread), names);
    } else delete this.#shown.thread;
    if (this.#faultsOpen) {
      panel.setAttribute('aria-label', 'Faults');
      this.#show('faults', panel, 'faults', () => new Faults(this), names);
    } else delete this.#shown.faults;
    panel.hidden = !this.thread && !this.#faultsOpen;
  }

  // #show keeps a view while its key stays, and makes another when it changes.
  #show(name, place, key, make, names) {
    const isNew = this.#shown[name]?.key !== key;
    if (isNew) {
      const view = make();
      this.#shown[name] = { key, view, update: () => view.update() };
      place.replaceChildren(...view.nodes);
    }
    this.#shown[name].view.update(names || isNew);
    if (isNew && name !== 'faults' && matchMedia('(hover: hover)').matches) this.#shown[name].view.composer.area.focus();
  }

  #openFaults() {
    this.#faultsOpen = true;
    this.go({ thread: '', pane: 'panel' });
  }

  closePanel() {
    this.#faultsOpen = false;
    this.go({ thread: '', pane: 'main' });
    find('open-faults').focus();
  }

  // act runs a request and returns its answer; a refusal is shown and gives null.
  async act(run) {
    try {
      return await run();
    } catch (error) {
      this.notice(error.message);
      return null;
    }
  }

  notice(text) {
    const note = h('p', {}, text);
    find('notices').append(note);
    setTimeout(() => note.remove(), 6000);
  }

  #link(live) {
    const link = find('link');
    link.textContent = live ? 'live' : 'connecting…';
    link.dataset.live = String(live);
  }
}

await new Page().start();

// Where a message is written: Enter sends it, Shift+Enter makes a new line.
import { post } from './api.js';
import { outgoing } from './compose.js';
import { h } from './dom.js';
import { contentOf, listenForFiles } from './files.js';

// Composer writes into the conversation that the page shows, or with a thread
// into that.
export class Composer {
  #page;
  #thread;

  constructor(page, label, thread) {
    this.#page = page;
    this.#thread = thread;
    this.area = h('textarea', { id: thread ? 'reply' : 'write', rows: 1, placeholder: label, 'aria-label': label });
    this.area.value = page.drafts.get(this.#key) ?? '';
    this.broadcast = thread && h('input', { type: 'checkbox' });
    this.area.addEventListener('input', () => { page.drafts.set(this.#key, this.area.value); this.#fit(); });
    this.area.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.send(); }
    });
    this.picker = h('input', { type: 'file', multiple: true, 'aria-label': 'Share files', on: { change: () => this.share([...this.picker.files]) } });
    this.el = h('form', { class: 'composer', on: { submit: (e) => { e.preventDefault(); this.send(); } } },
      this.area, h('button', { class: 'main' }, 'Send'), this.picker,
      thread ? h('label', { class: 'tick' }, this.broadcast, 'Show in the conversation too')
        : h('p', { class: 'hint' }, '*bold* _italic_ ~strike~ `code` @name #channel :emoji:'));
  }

  // over takes files that are dropped or pasted on an element.
  over(el) { listenForFiles(el, (files) => this.share(files)); }

  // share sends files, with what is written as their text.
  async share(files) {
    const { page, thread } = { page: this.#page, thread: this.#thread };
    const request = { user: page.me, channel: page.channel, text: outgoing(page.store, this.area.value) };
    if (thread) request.thread_ts = thread;
    const sent = await page.act(async () => post('/messages/post', { ...request, files: await Promise.all(files.map(contentOf)) }));
    this.picker.value = '';
    if (!sent) return;
    this.area.value = '';
    page.drafts.delete(this.#key);
    this.#fit();
  }

  get #key() { return `${this.#page.me} ${this.#page.channel} ${this.#thread ?? ''}`; }

  #fit() {
    this.area.rows = Math.min(8, this.area.value.split('\n').length);
  }

  async send() {
    const { page, thread } = { page: this.#page, thread: this.#thread };
    const text = outgoing(page.store, this.area.value);
    if (!text) return;
    const me = /^\/me (.+)/s.exec(text);
    const request = { user: page.me, channel: page.channel, text: me ? me[1] : text };
    if (me) request.me = true;
    if (thread) Object.assign(request, { thread_ts: thread, broadcast: this.broadcast.checked });
    const command = /^(\/\S+)\s*(.*)$/s.exec(text);
    const run = command && !me
      ? () => post('/commands/run', { user: page.me, channel: page.channel, command: command[1], text: command[2] })
      : () => post('/messages/post', request);
    const typed = this.area.value;
    this.area.value = '';
    if (await page.act(run)) page.drafts.delete(this.#key);
    else this.area.value = typed;
    this.#fit();
    this.area.focus();
  }
}

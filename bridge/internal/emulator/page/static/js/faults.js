// The drawer of faults: what apps do, and what can be made to go wrong for them.
import { post } from './api.js';
import { button, h } from './dom.js';

export class Faults {
  #page;

  constructor(page) {
    this.#page = page;
    this.sockets = h('ul', { class: 'sockets' });
    this.log = h('ol');
    this.app = h('select', { id: 'fault-app', on: { change: () => this.update() } });
    this.mode = h('p', { class: 'buttons' });
    const close = () => page.closePanel();
    this.nodes = [
      h('header', { class: 'head' }, button('Back', close, { icon: 'back', class: 'plain phone' }), h('div', { class: 'grow' }, h('h2', {}, 'Faults')),
        button('Close the faults', close, { icon: 'close', class: 'plain wide' })),
      h('div', { class: 'drawer' },
        h('p', {}, h('label', { for: 'fault-app' }, 'App '), this.app),
        h('section', {}, h('h3', {}, 'Sockets'), this.sockets,
          h('p', { class: 'buttons' },
            this.#fault('Cut', '/faults/cut'),
            this.#fault('Half-open', '/faults/half-open'),
            this.#fault('Refresh', '/faults/disconnect', { reason: 'refresh_requested' }),
            this.#fault('Warning', '/faults/disconnect', { reason: 'warning' }),
            this.#fault('Too many', '/faults/disconnect', { reason: 'too_many_websockets' }),
            this.#fault('Refuse the next', '/faults/refuse', { count: 1, how: '503' })),
          this.mode),
        h('section', {}, h('h3', {}, 'Next events'), h('p', { class: 'buttons' },
          this.#fault('Twice', '/faults/envelopes', { duplicate: 1 }),
          this.#fault('Two in reverse', '/faults/envelopes', { reorder: 2 }),
          this.#fault('5 s late', '/faults/envelopes', { delay_next: 1, delay_ms: 5000 }))),
        calls(page),
        h('section', {}, h('h3', {}, 'What apps do'),
          h('div', { class: 'traffic', role: 'log', 'aria-label': 'What apps do', tabindex: '0' }, this.log))),
    ];
  }

  #fault(label, path, more = {}) {
    return button(label, () => this.#page.act(() => post(path, { app: this.app.value, ...more })));
  }

  update() {
    const { store } = this.#page;
    const chosen = this.app.value;
    this.app.replaceChildren(...store.apps.map((a) => h('option', { value: a.id }, a.name)));
    this.app.value = store.apps.some((a) => a.id === chosen) ? chosen : store.apps[0]?.id ?? '';
    const app = store.apps.find((a) => a.id === this.app.value);
    const open = store.sockets.filter((s) => s.app === app?.id);
    this.sockets.replaceChildren(...(open.length ? open.map((s) => h('li', {}, `${s.id}, open`)) : [h('li', {}, 'none is open')]));
    if (app) this.mode.replaceChildren(this.#switch(app));
    this.log.replaceChildren(...store.traffic.slice(-60).reverse().map(line));
  }

  // #switch turns Socket Mode off, which ends sockets with link_disabled, and on.
  #switch(app) {
    const on = !app.socket_mode;
    return button(on ? 'Switch Socket Mode on' : 'Switch Socket Mode off (link_disabled)', async () => {
      await this.#page.act(() => post('/apps/change', { app: app.id, socket_mode: on }));
      await this.#page.reload();
    });
  }
}

const methods = ['chat.postMessage', 'chat.update', 'chat.delete', 'reactions.add', 'conversations.history', 'users.info', 'apps.connections.open'];

// calls plans what the next Web API calls are answered with.
function calls(page) {
  const method = h('select', { name: 'method' }, h('option', { value: '' }, 'any method'), methods.map((m) => h('option', { value: m }, m)));
  const times = h('input', { type: 'number', name: 'times', min: '1', max: '99', value: '1' });
  const plan = (label, fault) => button(label, () => page.act(() => post('/faults/calls', { method: method.value, times: Number(times.value) || 1, ...fault })));
  return h('section', {}, h('h3', {}, 'Next Web API calls'),
    h('p', { class: 'fields' }, h('label', {}, 'Method', method), h('label', {}, 'Calls', times)),
    h('p', { class: 'buttons' },
      plan('429, wait 5 s', { status: 429, retry_after: 5 }), plan('503', { status: 503 }), plan('internal_error', { error: 'internal_error' }),
      plan('Cut', { cut: true }), plan('Done, then cut', { cut: true, after: true }), plan('3 s late', { delay_ms: 3000 }),
      button('Forget these', () => page.act(() => post('/faults/clear')))));
}

const verbs = {
  call: (e) => [e.method, e.ok ? 'ok' : e.error || e.fault || 'failed', e.ok],
  socket_opened: (e) => [`socket ${e.socket}`, 'opened', true],
  socket_closed: (e) => [`socket ${e.socket}`, 'closed', false],
  envelope_sent: (e) => [`event ${e.event}`, e.attempt ? `sent again (${e.attempt})` : 'sent', !e.attempt],
  envelope_acked: (e) => [`event ${e.event}`, 'acked', true],
};

function line(e) {
  const [what, outcome, good] = verbs[e.kind](e);
  return h('li', {}, h('time', {}, e.at.toLocaleTimeString()), ' ', h('span', { class: 'what' }, what), ' ', h('span', { class: good ? 'good' : 'bad' }, outcome));
}

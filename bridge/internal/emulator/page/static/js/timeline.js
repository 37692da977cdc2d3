// A list of messages that follows what is said: only items that changed are made
// anew, the reader's place and focus are kept.
import { h, keepFocus } from './dom.js';
import { messageItem, whenOf, written } from './message.js';

// shown is how many messages are shown before the reader asks for earlier ones.
const shown = 200;

export class Timeline {
  #page;
  #inThread;
  #items = new Map();
  #limit = shown;
  #follow = true;

  constructor(page, label, inThread) {
    this.#page = page;
    this.#inThread = inThread;
    this.list = h('ol');
    this.el = h('div', { class: 'timeline', role: 'log', 'aria-label': label, tabindex: '0' }, this.list);
    this.el.addEventListener('scroll', () => {
      this.#follow = this.el.scrollHeight - this.el.scrollTop - this.el.clientHeight < 60;
    });
    new ResizeObserver(() => this.#keepPlace()).observe(this.el);
    this.list.addEventListener('click', (e) => {
      const target = e.target.closest('a[data-channel]');
      if (!target) return;
      e.preventDefault();
      page.go({ channel: target.dataset.channel, thread: '' });
    });
  }

  // update shows messages, oldest first. all makes every item anew, for when names
  // have changed.
  update(messages, all) {
    const fromEnd = this.el.scrollHeight - this.el.scrollTop;
    const visible = messages.slice(-this.#limit);
    const items = new Map();
    const children = messages.length > visible.length ? [this.#earlier(messages)] : [];
    visible.forEach((m, i) => {
      const previous = visible[i - 1];
      const newDay = !previous || whenOf(previous).toDateString() !== whenOf(m).toDateString();
      if (newDay) children.push(h('li', { class: 'day' }, h('span', {}, whenOf(m).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' }))));
      const item = this.#item(m, !newDay && goesOn(previous, m), all);
      items.set(m.ts, item);
      children.push(item.el);
    });
    if (children.length === 0) children.push(h('li', { class: 'empty' }, 'Nothing was said here yet.'));
    this.#items = items;
    keepFocus(this.list, () => this.#place(children));
    this.#keepPlace();
    if (this.#grown) this.el.scrollTop = this.el.scrollHeight - fromEnd;
    this.#grown = false;
  }

  #grown = false;

  // #keepPlace stays at the end as long as the reader is there.
  #keepPlace() { if (this.#follow) this.el.scrollTop = this.el.scrollHeight; }

  #earlier(messages) {
    const more = () => { this.#limit += shown; this.#grown = true; this.update(messages); };
    return h('li', { class: 'day' }, h('button', { type: 'button', on: { click: more } }, 'Earlier messages'));
  }

  #item(m, compact, all) {
    const key = JSON.stringify([m, compact, this.#page.me]);
    const known = this.#items.get(m.ts);
    const editing = known?.el.dataset.editing;
    if (editing === 'true' || (known?.key === key && !all && !editing)) return known;
    return { key, el: messageItem(this.#page, m, { compact, inThread: this.#inThread }) };
  }

  // #place puts the children in order and touches only what is out of it.
  #place(children) {
    const wanted = new Set(children);
    for (const child of [...this.list.children]) if (!wanted.has(child)) child.remove();
    let next = this.list.firstChild;
    for (const child of children) {
      if (child === next) next = next.nextSibling;
      else this.list.insertBefore(child, next);
    }
  }
}

// goesOn says whether a message follows another of the same author shortly after.
function goesOn(a, b) {
  const face = (m) => [m.user, m.bot_id, m.username, m.subtype === 'bot_message'].join(' ');
  return written(a) && written(b) && face(a) === face(b) && Number(b.ts) - Number(a.ts) < 300 && a.subtype !== 'thread_broadcast';
}

// Waiting with a deadline: for a condition, and for what a callback is handed.
import { setTimeout as pause } from 'node:timers/promises';

const deadline = 60_000;

// until asks probe again and again until it returns something true, and returns
// that.
export async function until(what, probe, within = deadline) {
  const end = Date.now() + within;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain for: ${what}`);
    await pause(20);
  }
}

// Inbox keeps what callbacks hand it until a test takes it, in order.
export class Inbox {
  #items = [];
  #waiting = [];

  put(item) {
    const taker = this.#waiting.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  get size() { return this.#items.length; }

  // take returns the next item, or fails when none comes in time.
  take(what, within = deadline) {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(taker), 1);
        reject(new Error(`waited ${within} ms in vain for: ${what}`));
      }, within);
      const taker = (item) => { clearTimeout(timer); resolve(item); };
      this.#waiting.push(taker);
    });
  }
}

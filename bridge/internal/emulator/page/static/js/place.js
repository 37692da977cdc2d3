// Where the page is: who acts, which conversation, which thread. It lives in the
// address, so that a link or a reload leads to the same place.

export function readPlace() {
  const q = new URLSearchParams(location.hash.slice(1));
  return { as: q.get('as') ?? '', channel: q.get('c') ?? '', thread: q.get('t') ?? '' };
}

export function writePlace({ as, channel, thread }) {
  const q = new URLSearchParams();
  if (as) q.set('as', as);
  if (channel) q.set('c', channel);
  if (thread) q.set('t', thread);
  const hash = `#${q}`;
  if (hash !== location.hash) history.replaceState(null, '', hash);
}

// Files of messages, and files that a person drops or pastes.
import { h } from './dom.js';

const root = '/emulator/v1/files';

// filesOf are the files of a message: pictures as such, others as links.
export function filesOf(m) {
  const all = Array.isArray(m.files) ? m.files : [];
  return all.length ? h('ul', { class: 'files' }, all.map((f) => h('li', {}, shown(f)))) : null;
}

function shown(f) {
  if (f.mode === 'tombstone') return h('span', { class: 'context' }, 'This file was deleted.');
  const name = f.title || f.name || 'a file';
  if (f.mode === 'external') return h('a', { href: f.external_url, rel: 'noreferrer', target: '_blank' }, name);
  const address = `${root}/${encodeURIComponent(f.id)}`;
  const face = f.thumb_360 ? h('img', { class: 'picture', src: `${address}/thumbs/360.png`, alt: f.alt_txt || name }) : name;
  return h('a', { href: `${address}/content`, download: f.name ?? '' }, face, !f.thumb_360 && f.size !== undefined && ` (${sizeOf(f.size)})`);
}

function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / 1024 / 1024)} MiB`;
}

// listenForFiles calls take with the files that are dropped on an element or
// pasted into it.
export function listenForFiles(el, take) {
  const given = (transfer) => [...(transfer?.files ?? [])];
  el.addEventListener('dragover', (e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); });
  el.addEventListener('drop', (e) => {
    const files = given(e.dataTransfer);
    if (!files.length) return;
    e.preventDefault();
    take(files);
  });
  el.addEventListener('paste', (e) => {
    const files = given(e.clipboardData);
    if (!files.length) return;
    e.preventDefault();
    take(files);
  });
}

// contentOf reads a file as the control API takes it.
export function contentOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve({ name: file.name, content: reader.result.slice(reader.result.indexOf(',') + 1) }));
    reader.addEventListener('error', () => reject(new Error(`${file.name} cannot be read`)));
    reader.readAsDataURL(file);
  });
}

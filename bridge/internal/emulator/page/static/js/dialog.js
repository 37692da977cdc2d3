// Dialogs: questions with fields, and the choice of an emoji.
import { button, h } from './dom.js';

// show opens a modal dialog and resolves with what close was called with, or
// null. fill gets close and returns the content.
export function show(title, fill) {
  return new Promise((resolve) => {
    let result = null;
    const close = (value = null) => { result = value; box.close(); };
    const heading = h('h2', { id: 'dialog-title' }, title);
    const box = h('dialog', { 'aria-labelledby': 'dialog-title' },
      h('header', {}, heading, button('Close', () => close(), { icon: 'close', class: 'plain' })), fill(close));
    box.addEventListener('close', () => { box.remove(); resolve(result); });
    box.addEventListener('click', (e) => { if (e.target === box) close(); });
    document.body.append(box);
    box.showModal();
  });
}

// ask shows fields and resolves with their values by name, or null. A field has
// name, label, and either options ([value, label] to tick) or an input's type.
export function ask(title, fields, verb, hint) {
  return show(title, (close) => {
    const form = h('form', { on: { submit: (e) => { e.preventDefault(); close(values(form, fields)); } } },
      hint && h('p', {}, hint), fields.map(field), h('footer', {}, button('Cancel', () => close()), h('button', { class: 'main' }, verb)));
    return form;
  });
}

function field({ name, label, type = 'text', options, ...rest }) {
  if (options) {
    return h('fieldset', {}, h('legend', {}, label), options.length ? options.map(([value, text]) => (
      h('label', { class: 'tick' }, h('input', { type: 'checkbox', name, value }), text))) : h('p', {}, 'There is no one left to add.'));
  }
  if (type === 'checkbox') return h('label', { class: 'tick' }, h('input', { type, name, ...rest }), label);
  return h('label', {}, label, h('input', { type, name, autocomplete: 'off', ...rest }));
}

function values(form, fields) {
  const data = new FormData(form);
  return Object.fromEntries(fields.map(({ name, type, options }) => {
    if (options) return [name, data.getAll(name)];
    return [name, type === 'checkbox' ? data.has(name) : String(data.get(name)).trim()];
  }));
}

const frequent = ['+1', '-1', 'heart', 'tada', 'eyes', 'white_check_mark', 'joy', 'rocket', 'wave', 'pray', 'fire', 'thinking_face', 'clap', '100', 'cry', 'x'];
const shown = 64;

// chooseEmoji resolves with the name of an emoji, or null.
export function chooseEmoji(store) {
  const names = [...store.customEmoji.keys(), ...store.standardEmoji.keys()];
  return show('React', (close) => {
    const grid = h('div', { class: 'emoji-grid' });
    const search = h('input', { type: 'text', autocomplete: 'off', placeholder: 'tada', autofocus: true, on: { input: () => fill() } });
    const found = () => {
      const wanted = search.value.trim().toLowerCase().replaceAll(':', '').replaceAll(' ', '_');
      return wanted ? names.filter((name) => name.includes(wanted)).sort((a, b) => a.length - b.length).slice(0, shown) : frequent;
    };
    const fill = () => grid.replaceChildren(...found().map((name) => (
      h('button', { type: 'button', title: `:${name}:`, 'aria-label': name, on: { click: () => close(name) } }, store.standardEmoji.get(name) ?? `:${name}:`))));
    fill();
    return h('form', { on: { submit: (e) => { e.preventDefault(); close(found()[0] ?? null); } } },
      h('label', {}, 'Search by name', search), grid);
  });
}

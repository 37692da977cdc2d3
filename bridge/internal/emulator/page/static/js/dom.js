// Making elements. Text only ever becomes text nodes: nothing here or elsewhere
// on the page parses markup.

// h makes an element. props: class, dataset, on (listeners), and attributes; true
// sets an attribute, false, null and undefined leave it out. Children are nodes,
// strings, lists of them, or nothing.
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'class') el.className = value;
    else if (name === 'dataset') Object.assign(el.dataset, value);
    else if (name === 'on') for (const [type, run] of Object.entries(value)) el.addEventListener(type, run);
    else if (name === 'value') el.value = value;
    else el.setAttribute(name, value === true ? '' : value);
  }
  el.append(...nodes(children));
  return el;
}

// nodes flattens what may be children.
export function nodes(children) {
  return children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
}

// button is a button with a visible label, or with an icon and a label for
// those who do not see it.
export function button(label, run, props = {}) {
  const { icon: sign, ...rest } = props;
  const face = sign ? [icon(sign), h('span', { class: 'unseen' }, label)] : [label];
  return h('button', { type: 'button', title: sign ? label : undefined, on: { click: run }, ...rest }, face);
}

const shapes = {
  smile: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.6 6.2v.6M10.4 6.2v.6M5 9.6c1.4 2 4.6 2 6 0',
  thread: 'M2 3h12v8H7l-3 2.500V11H2zM5 6h6M5 8.300h4',
  pencil: 'M3 13l.7-3L11 2.7 13.3 5 6 12.3z',
  bin: 'M3 4.500h10M6 4.500V3h4v1.500M4.5 4.500l.6 9h5.800l.6-9M7 7v4M9 7v4',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M10 3L5 8l5 5',
  plus: 'M8 3v10M3 8h10',
  lock: 'M4 7.500h8V14H4zM5.5 7.500V5a2.5 2.5 0 0 1 5 0v2.5',
  people: 'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.500c0-5 9-5 9 0M11 3.200a2.4 2.4 0 0 1 0 4.600M12.3 9.800c1.4.5 2.2 1.8 2.2 3.7',
};

// icon draws one of the shapes above; it says nothing to a screen reader.
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapes[name]);
  svg.append(path);
  return svg;
}

// keepFocus runs render and gives the focus back to what has the same data-key
// as what had it before.
export function keepFocus(root, render) {
  const key = root.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  render();
  if (key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

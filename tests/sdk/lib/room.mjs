// The look of a room in a Matrix client, as a page without scripts.

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.codePointAt(0)};`);

const colours = ['#0467dd', '#17803d', '#9b2fae', '#b8470d', '#1f7a8c'];

function avatar(name) {
  const colour = colours[[...name].reduce((sum, c) => sum + c.codePointAt(0), 0) % colours.length];
  return { colour, html: `<span class="avatar" style="background:${colour}">${escape([...name][0].toUpperCase())}</span>` };
}

// The homeserver's HTML is that of the bridge under test; the page runs no script.
function message(m) {
  const { colour, html } = avatar(m.name);
  const time = new Date(m.at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const reactions = Object.entries(m.reactions).map(([key, n]) => `<span class="reaction">${escape(key)} ${n}</span>`).join('');
  const replies = m.replies ? `<p class="thread">${m.replies} ${m.replies === 1 ? 'reply' : 'replies'} in a thread</p>` : '';
  return `<li class="message">${html}<div><p class="who" style="color:${colour}">${escape(m.name)} <time>${time}</time></p>
    <div class="text">${m.html ?? escape(m.text)}</div>${reactions && `<p>${reactions}</p>`}${replies}</div></li>`;
}

// roomPage returns the page.
export function roomPage(name, topic, messages) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(name)}</title><style>
    * { box-sizing: border-box; margin: 0 }
    body { font: 15px/1.45 system-ui, sans-serif; color: #1b1d22; background: #fff; height: 100vh; display: flex; flex-direction: column }
    header { padding: 14px 18px; border-bottom: 1px solid #e1e6ec; display: flex; gap: 10px; align-items: center }
    header h1 { font-size: 17px } header p { color: #656d77 }
    ol { list-style: none; padding: 14px 18px; flex: 1; display: flex; flex-direction: column; justify-content: flex-end; gap: 14px; overflow: hidden }
    .message { display: flex; gap: 12px } .message > div { flex: 1 }
    .avatar { width: 34px; height: 34px; border-radius: 50%; color: #fff; font-weight: 600; display: grid; place-items: center; flex: none }
    .who { font-weight: 600 } time { font-weight: 400; color: #656d77; font-size: 12px; margin-left: 6px }
    .text ul, .text ol { display: block; padding: 0 0 0 22px; list-style: disc } code { background: #f0f2f5; padding: 1px 4px; border-radius: 4px }
    .reaction { display: inline-block; border: 1px solid #e1e6ec; border-radius: 12px; padding: 0 8px; margin: 4px 6px 0 0; font-size: 13px }
    .thread { color: #0467dd; font-size: 13px; margin-top: 4px } a { color: #0467dd }
    footer { margin: 0 18px 16px; padding: 12px 14px; border: 1px solid #e1e6ec; border-radius: 10px; color: #656d77 }
  </style><header>${avatar(name.replace('#', '')).html}<div><h1>${escape(name)}</h1><p>${escape(topic)}</p></div></header>
  <ol>${messages.map(message).join('')}</ol><footer>Send a message…</footer></html>`;
}

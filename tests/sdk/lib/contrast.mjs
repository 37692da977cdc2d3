// How well the texts of a page can be read, computed from its styles.

// texts returns each text that is shown, its size in pixels and its contrast with what is
// behind it, as WCAG defines it.
export function texts(page) {
  return page.evaluate(() => {
    const parse = (colour) => {
      const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
      return { rgb: [r, g, b], a };
    };
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const over = (top, below) => top.rgb.map((c, i) => c * top.a + below[i] * (1 - top.a));
    const background = (el) => {
      if (!el) throw new Error('nothing says which colour is behind the page');
      const style = getComputedStyle(el);
      if (style.backgroundImage !== 'none' || style.opacity !== '1') throw new Error(`the contrast on ${el.tagName} is not computed`);
      const own = parse(style.backgroundColor);
      return own.a === 1 ? own.rgb : over(own, background(el.parentElement));
    };
    const shown = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const el = node.parentElement;
      if (!node.data.trim() || el instanceof SVGElement || !el.checkVisibility()) continue;
      const behind = background(el);
      const [light, dark] = [luminance(behind), luminance(over(parse(getComputedStyle(el).color), behind))].sort((a, b) => b - a);
      shown.push({ text: node.data.trim(), size: parseFloat(getComputedStyle(el).fontSize), contrast: (light + 0.05) / (dark + 0.05) });
    }
    return shown;
  });
}

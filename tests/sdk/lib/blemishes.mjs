// What axe finds in a page as it is shown.
import axe from 'axe-core';

// blemishes are texts that are hard to read, things without a name, roles that are not true.
export async function blemishes(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((v) => `${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

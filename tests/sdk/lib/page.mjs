// What people do on the emulator's page, in a few words.

// said finds the message with a text.
export const said = (where, text) => where.locator('.message', { hasText: text });

// send writes into a conversation, or where label says.
export async function send(where, text, label = /^Message /) {
  const area = where.getByRole('textbox', { name: label });
  await area.fill(text);
  await area.press('Enter');
}

// useTool presses a button of a message's tools.
export async function useTool(message, name) {
  await message.hover();
  await message.getByRole('button', { name, exact: true }).click();
}

// Slack's SDK for Python (slack_sdk), unmodified, on the emulator.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';

import { ids, startEmulator } from './lib/emulator.mjs';

const python = new URL('../../.cache/slack-python/bin/python', import.meta.url).pathname;
const script = new URL('python/upload.py', import.meta.url).pathname;

test('files_upload_v2 shares files in one message', async (t) => {
  const emulator = await startEmulator(t);
  await emulator.post('/apps/change', { add_scopes: ['files:read', 'files:write'] });
  const { ts: root } = await emulator.say(ids.ann, ids.general, 'root');
  const { stdout } = await promisify(execFile)(python, [script, ids.general, root], {
    env: { PATH: process.env.PATH, SLACK_BOT_TOKEN: emulator.botToken, SLACK_API_URL: emulator.apiURL }, timeout: 60_000,
  });
  const message = await emulator.awaitMessage(ids.general, 'the share', (m) => m.files?.length === 2);
  assert.deepEqual(message.files.map((f) => f.id), JSON.parse(stdout));
  assert.deepEqual([message.text, message.thread_ts, message.files[0].alt_txt], ['two files', root, 'the first']);
  assert.deepEqual([message.files[1].title, message.files[1].mode, message.files[1].preview], ['Second', 'snippet', 'print(2)']);
});

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { type ApiTester, createApiTester } from '../support/api';
import { type RunningStack, startStack } from '../support/stack';

jest.setTimeout(120_000);

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
let stack: RunningStack;
let api: ApiTester;
let service: OpenAiEmulator;

beforeAll(async () => {
  [stack, service] = await Promise.all([startStack(), startOpenAiEmulator()]);
  api = createApiTester(stack);
});
afterAll(async () => {
  await service?.close();
  await stack?.stop();
});

interface Seen {
  readonly state?: string;
  readonly text: string;
  readonly reason?: string;
  readonly files?: readonly { readonly fileId: string; readonly name: string; readonly mime: string }[];
}

const authorized = () => ({ authorization: `Bearer ${stack.stack.apiKey}` });

async function upload(integrationId: string, name: string, bytes: Uint8Array, type: string): Promise<string> {
  const response = await fetch(`${stack.stack.apiUrl}/sandbox/${integrationId}/files?name=${encodeURIComponent(name)}`, {
    ...{ method: 'POST', headers: { ...authorized(), 'content-type': type }, body: new Blob([new Uint8Array(bytes)]) },
  });
  if (response.status !== 201) throw new Error(`The upload answered ${response.status}.`);
  return ((await response.json()) as { fileId: string }).fileId;
}

const say = (integrationId: string, text: string, attachments: readonly object[]) =>
  api.call('POST', `sandbox/${integrationId}/messages`, { chat: 'c', sender: 'ann', text, attachments });

/** What the chat shows, in every state it had, once `there` holds. */
async function seen(integrationId: string, there: (entries: readonly Seen[]) => boolean): Promise<readonly Seen[]> {
  const response = await stack.api(`sandbox/${integrationId}/stream?chat=c`, { signal: AbortSignal.timeout(60_000) });
  let text = '';
  for await (const bytes of response.body!) {
    text += Buffer.from(bytes).toString();
    const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    const entries = whole.flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as Seen] : []));
    if (there(entries)) return entries;
  }
  throw new Error('The stream ended.');
}

test('an image reaches the model, a video is said to be left out, and both are kept', async () => {
  const { integrationId } = await api.newTalk({ backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  const image = { fileId: await upload(integrationId, 'plan.png', PNG, 'image/png') };
  const mp4 = Buffer.from('000000206674797069736f6d0000020069736f6d', 'hex');
  const video = { fileId: await upload(integrationId, 'tour.mp4', mp4, 'video/mp4') };
  expect(await say(integrationId, 'What is this?', [image, video])).toMatchObject({ status: 202 });
  const entries = await seen(integrationId, (all) => all.some(({ state }) => state === 'done'));
  expect(entries.find(({ state }) => state === 'done')?.reason).toBe(
    'Not everything you sent was read. “tour.mp4”: this expert cannot read files of this type.',
  );
  expect(entries.find(({ files }) => files)?.files).toMatchObject([
    { name: 'plan.png', kind: 'image' },
    { name: 'tour.mp4', kind: 'video' },
  ]);
  expect(service.requests[0]!.body.messages).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?\n[video: tour.mp4: this expert cannot read files of this type]\n[image: plan.png]' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG.toString('base64')}` } },
      ],
    },
  ]);
  const folder = join(stack.dataDir, 'attachments');
  const kept = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  // Each once as the sandbox's own, once as an attachment.
  expect(existsSync(folder) && kept).toHaveLength(4);
});

test('an image that the expert makes comes after its card, and can be opened', async () => {
  service.script(() => ({ chunks: [`Here: ![ring](data:image/png;base64,${PNG.toString('base64')})`] }));
  const { integrationId } = await api.newTalk({ backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
  await say(integrationId, 'Draw.', []);
  const entries = await seen(integrationId, (all) => all.some(({ files }) => files));
  expect(entries.find(({ state }) => state === 'done')?.text).toBe('Here: [ring.png]');
  const { fileId, name } = entries.find(({ files }) => files)!.files![0]!;
  expect(name).toBe('ring.png');
  const response = await stack.api(`sandbox/${integrationId}/files/${fileId}`);
  expect(Buffer.from(await response.arrayBuffer()).equals(PNG)).toBe(true);
  expect(response.headers.get('content-security-policy')).toContain('sandbox');
  expect(await api.call('GET', `sandbox/${integrationId}/files/${fileId}`, undefined, 'parley_wrong')).toMatchObject({ status: 401 });
  const elsewhere = (await api.newSandbox()).id;
  expect(await api.call('GET', `sandbox/${elsewhere}/files/${fileId}`)).toMatchObject({ status: 404 });
});

test('what is too large for the sandbox, or was never uploaded, is refused', async () => {
  const { integrationId } = await api.newTalk();
  await expect(upload(integrationId, 'big.bin', new Uint8Array(31 * 2 ** 20), 'application/octet-stream')).rejects.toThrow(
    /413|fetch failed/,
  );
  const missing = { fileId: '00000000-0000-4000-8000-000000000000' };
  expect(await say(integrationId, 'This?', [missing])).toMatchObject({ status: 422, body: { errors: [{ path: 'attachments.0.fileId' }] } });
});

import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { Messenger } from '../channels/channel';
import { keepFile } from '../channels/sandbox/files';
import type { Attachment } from '../domain/event';
import { cardsOf, createProcess, type ProcessOptions } from '../tests/support/answering';
import { createDesk, createWorld, type Desk, type World } from '../tests/support/world';

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export let world: World;
export let service: OpenAiEmulator;
export let desk: Desk;

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  desk = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm', textFileKb: 1 } });
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});
beforeEach(() => service.script(() => ({ chunks: ['Seen.'] })));

let uploads = 0;
/** Puts a file into the sandbox, as its page does. */
export async function upload(bytes: Buffer, { deps }: ReturnType<typeof createProcess>, to = desk): Promise<Attachment> {
  const ref = `upload-${uploads++}`;
  await keepFile(deps.portsFor(to.integration), ref, { name: 'x', mime: '', size: bytes.length }, bytes);
  return { kind: 'file', ref };
}

/** A process whose calls for files are counted. */
export function watched(options: ProcessOptions = {}) {
  const fetched: string[] = [];
  const process = createProcess(world, {
    ...options,
    messenger: (real) => {
      const way = options.messenger?.(real) ?? real;
      return {
        ...way,
        fetchFile: async (attachment, ...rest) => {
          fetched.push(attachment.ref);
          return await way.fetchFile!(attachment, ...rest);
        },
      };
    },
  });
  return { process, fetched };
}

export const cardIn = async (chat: string, at = desk) => (await cardsOf(world, at, chat))[0]!;
export const withMessenger = (change: Partial<Messenger>): ProcessOptions => ({ messenger: (real) => ({ ...real, ...change }) });

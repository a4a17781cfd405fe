import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { action, message } from './inbound';

const folder = join(__dirname, 'samples');
const samples = readdirSync(folder).map((file): [string, { topic: 'message' | 'action'; payload: unknown; expected: unknown }] => [
  file.replace('.json', '').replaceAll('-', ' '),
  JSON.parse(readFileSync(join(folder, file), 'utf8')),
]);
const envelope = { id: 'push-1', at: 1690362102194 };

describe("reading DingTalk's payloads", () => {
  it.each(samples)('%s', (_, { topic, payload, expected }) => {
    expect((topic === 'message' ? message : action)(payload, envelope) ?? null).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no object', 'text'],
    ['a list', []],
    ['nulls', { conversationId: null, senderId: null, text: null, content: null }],
    ['content that is no JSON', { outTrackId: 't', userId: 'u', content: '{' }],
  ])('is not upset by %s', (_, payload) => {
    expect(message(payload, envelope)).toBeUndefined();
    expect(action(payload, envelope)).toBeUndefined();
  });
});

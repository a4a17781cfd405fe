import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent } from '../../domain/event';
import { eventually } from '../../tests/support/eventually';
import { connected } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import { type LarkEmulator, startLarkEmulator } from './emulator';
import { createLark } from './index';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function hearing(lookUpMs = 900) {
  const emulator = await startLarkEmulator({ redeliverMs: [] });
  const heard: InboundEvent[] = [];
  const stop = new AbortController();
  const lark = createLark({ lookUpMs, callTimeoutMs: 2000 });
  const deliver = async (event: InboundEvent) => ({ fresh: heard.push(event) > 0 });
  const { ready, done } = connected(lark, emulator.config, deliver, stop.signal);
  ends.push(async () => {
    stop.abort();
    await done;
    await emulator.close();
  });
  await ready;
  const last = async (count: number): Promise<InboundEvent> => {
    await eventually(() => heard.length >= count);
    return heard.at(-1)!;
  };
  return { emulator, heard, last, messenger: lark.messenger(emulator.config, localPorts()) };
}

const chat = { chatId: 'oc_1' };
const forwarded = (emulator: LarkEmulator, chatId = 'oc_1') =>
  emulator.say({
    chatId,
    text: '',
    messageType: 'merge_forward',
    content: { text: 'Merged and Forwarded Message' },
    forwarded: [{ text: 'We ship on Friday' }, { messageType: 'image', content: { image_key: 'img_1' } }, { text: 'Agreed.\nMostly.' }],
  });

describe('what Lark tells only when asked', () => {
  it('is the text of a quoted message', async () => {
    const { emulator, last } = await hearing();
    const quoted = emulator.say({ ...chat, text: 'The sky is green' });
    emulator.say({ ...chat, text: 'is that so?', parentId: quoted });
    expect(await last(2)).toMatchObject({ text: 'is that so?', quote: { messageId: quoted, text: 'The sky is green' } });
  });

  it('is the answer on a quoted card of ours', async () => {
    const { emulator, last, messenger } = await hearing();
    const view = { state: 'done', text: 'Forty-two', language: 'en', steps: [] } as const;
    const reply = await messenger.beginReply({ ...chat, kind: 'private' }, { id: 't', epoch: 1 }, view, undefined, async () => undefined);
    await messenger.finishReply(reply, view, async () => undefined);
    emulator.say({ ...chat, text: 'why?', parentId: emulator.cards()[0]!.messageId });
    expect((await last(1)).quote).toMatchObject({ text: 'Forty-two' });
  });

  it('is the picture or file on a quoted message, which comes with the question', async () => {
    const { emulator, last, messenger } = await hearing();
    const plan = { bytes: Buffer.from('plan'), mime: 'image/png', name: 'plan.png' };
    const content = { image_key: 'img_1' };
    const quoted = emulator.say({ ...chat, text: '', messageType: 'image', content, files: { img_1: plan } });
    emulator.say({ ...chat, text: 'what is this?', parentId: quoted });
    const { quote, attachments, address } = await last(2);
    expect(quote).toEqual({ messageId: quoted, text: '[image]' });
    expect(attachments).toMatchObject([{ kind: 'image' }]);
    expect((await messenger.fetchFile!(attachments[0]!, address, 1000)).bytes.toString()).toBe('plan');
  });

  it('is what a forwarded bundle holds', async () => {
    const { emulator, last } = await hearing();
    forwarded(emulator);
    const { text, attachments } = await last(1);
    expect(text).toBe('[forwarded messages]\n> We ship on Friday\n> [image]\n> Agreed.\n> Mostly.');
    expect(attachments).toEqual([]);
  });

  it('keeps an event no longer than its time; a bundle can then be fetched like a file', async () => {
    const { emulator, last, messenger } = await hearing(60);
    const quoted = emulator.say({ ...chat, text: 'old' });
    const silence = emulator.fault({ match: 'message.get', timeout: true });
    emulator.say({ ...chat, text: 'new', parentId: quoted });
    expect((await last(2)).quote).toEqual({ messageId: quoted });
    forwarded(emulator);
    const { attachments, text, address } = await last(3);
    expect(text).toBe('[forwarded messages]');
    expect(attachments).toMatchObject([{ kind: 'file', mime: 'text/plain' }]);
    silence();
    const file = await messenger.fetchFile!(attachments[0]!, address, 1000);
    expect(file.bytes.toString()).toContain('> We ship on Friday');
    await expect(messenger.fetchFile!(attachments[0]!, address, 10)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('does not let a later message of the chat go first, and holds up no other chat', async () => {
    const { emulator, heard } = await hearing(300);
    const quoted = emulator.say({ ...chat, text: 'old' });
    emulator.fault({ match: 'message.get', timeout: true });
    emulator.say({ ...chat, text: 'first', parentId: quoted });
    emulator.say({ ...chat, text: 'second' });
    emulator.say({ chatId: 'oc_2', text: 'elsewhere' });
    await sleep(150);
    expect(heard.map(({ text }) => text)).toEqual(['old', 'elsewhere']);
    await eventually(() => heard.length === 4);
    expect(heard.slice(2).map(({ text }) => text)).toEqual(['first', 'second']);
  });

  it('reaches a webhook within its second too', async () => {
    const emulator = await startLarkEmulator();
    ends.push(() => emulator.close());
    const { messageId } = emulator.events.message({ ...chat, text: 'The sky is green' });
    const heard: InboundEvent[] = [];
    const receive = async () => {
      const { event } = emulator.events.message({ ...chat, text: 'is it?', parentId: messageId });
      const { body, headers } = emulator.webhookBody(event);
      const call = { method: 'POST' as const, headers, query: {}, body, now: Date.now() };
      const started = Date.now();
      await createLark().receive!(emulator.config, call, async (event) => ({ fresh: heard.push(event) > 0 }), localPorts());
      return Date.now() - started;
    };
    await receive();
    expect(heard[0]!.quote).toMatchObject({ text: 'The sky is green' });
    emulator.fault({ match: 'message.get', timeout: true });
    expect(await receive()).toBeLessThan(800);
    expect(heard[1]!.quote).toEqual({ messageId });
  });
});

describe('presses and programs', () => {
  it('say why an answer was bad', async () => {
    const { emulator, heard, messenger } = await hearing();
    const view = { state: 'done', text: 'x', language: 'en', steps: [], buttons: ['good', 'bad'] } as const;
    const reply = await messenger.beginReply(
      { ...chat, kind: 'private' },
      { id: 'turn-1', epoch: 1 },
      view,
      undefined,
      async () => undefined,
    );
    await messenger.finishReply(reply, view, async () => undefined);
    emulator.press({ messageId: emulator.cards()[0]!.messageId, action: 'bad', option: 'incomplete' });
    await eventually(() => heard.length === 1);
    expect(heard[0]).toMatchObject({ kind: 'action', action: 'bad', target: 'turn-1', detail: 'incomplete' });
  });

  it('are told from people, and our own words from those of others', async () => {
    const { emulator, heard } = await hearing();
    const by = (openId: string) => {
      const { event } = emulator.events.message({ ...chat, text: 'beep', chatType: 'group', mentionsBot: false });
      const sender = { sender_id: { open_id: openId }, sender_type: 'app', tenant_key: 'tenant' };
      return { ...event, event: { ...event.event, sender } };
    };
    emulator.push(by(emulator.botOpenId));
    emulator.push(by('ou_other'));
    await eventually(() => heard.length === 1);
    await sleep(30);
    expect(heard).toMatchObject([{ sender: { id: 'ou_other', bot: true }, forBot: false }]);
  });
});

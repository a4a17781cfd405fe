import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebhookCall, WebhookResult } from '../channel';
import { createEnvelope } from './crypto';
import { emulator, HOUR, heard, now, ports, receive } from './webhook.scene';
import { readXml, textOf } from './xml';

describe('samples', () => {
  const sample = (name: string): string => readFileSync(join(__dirname, 'samples', name), 'utf8');

  it.each<[string, object]>([
    [
      'webhook-text-group',
      { text: 'what is new?', address: { chatId: 'wrEXAMPLE', kind: 'group' }, quote: { text: 'the report of last week' } },
    ],
    ['webhook-image', { text: '[image]', attachments: [{ kind: 'image' }], address: { kind: 'private', chatId: 'zhang' } }],
    ['webhook-mixed', { text: 'look\n[image]', attachments: [{ kind: 'image' }] }],
    ['webhook-voice', { text: '明天下午开会' }],
    ['webhook-file', { text: '[file]', attachments: [{ kind: 'file', ref: expect.stringContaining('/7571665296904772242') }] }],
    ['webhook-video', { text: '[video]', attachments: [{ kind: 'video', ref: expect.stringContaining('/7571665296904772243') }] }],
  ])('of a bot: %s', async (name, expected) => {
    const { bot } = emulator;
    await receive(emulator.sealed('', sample(`${name}.json`), 'json'), { ...bot, botId: undefined });
    expect(heard).toMatchObject([{ kind: 'message', forBot: true, ...expected }]);
  });

  it.each<[string, object | undefined]>([
    ['webhook-button', { action: 'retry', target: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }],
    ['webhook-feedback-bad', { action: 'bad', target: 'turn-7', detail: 'incomplete: too short' }],
    ['webhook-button-of-another-card', undefined],
    ['webhook-enter-chat', undefined],
  ])('of events of a bot: %s', async (name, expected) => {
    await ports.memory.put('stream/STREAM', { openedAt: now(), chat: 'zhang', language: 'en', author: { id: 'turn-7', epoch: 1 } });
    const { bot } = emulator;
    expect(await receive(emulator.sealed('', sample(`${name}.json`), 'json'), { ...bot, botId: undefined })).toEqual({ status: 200 });
    const { msgid } = JSON.parse(sample(`${name}.json`)) as { msgid: string };
    const about = { kind: 'action', id: msgid, at: 1795227027000, sender: { id: 'zhang' }, address: { chatId: 'zhang', kind: 'private' } };
    expect(heard).toMatchObject(expected ? [{ ...about, ...expected }] : []);
  });

  it.each<[string, object | undefined]>([
    ['app-text', { id: '5218373671963508321', text: 'hello', at: 1795227027000, address: { chatId: 'zhang', kind: 'private' } }],
    ['app-image', { text: '[image]', attachments: [{ kind: 'image', ref: 'MEDIA1' }] }],
    ['app-voice', { text: '[audio]', attachments: [{ kind: 'audio', ref: 'MEDIA2', mime: 'audio/amr' }] }],
    ['app-video', { text: '[video]', attachments: [{ kind: 'video', ref: 'MEDIA3' }] }],
    ['app-location', { text: '[location: 广州市海珠区 (23.134, 113.358)]', attachments: [{ kind: 'location', name: '广州市海珠区' }] }],
    ['app-link', { text: 'Title\nDescription\nhttps://example.com/?a=1&b=2', attachments: [{ kind: 'card', name: 'Title' }] }],
    ['app-click', { id: 'event/zhang/1795227027/click//new', text: '/new' }],
    ['app-card', { kind: 'action', action: 'retry', target: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }],
    ['app-enter', undefined],
    ['app-unknown', undefined],
  ])('of an application: %s', async (name, expected) => {
    const { app } = emulator;
    expect(await receive(emulator.sealed(app.corpId, sample(`${name}.xml`), 'xml'), app)).toEqual({ status: 200 });
    expect(heard).toMatchObject(expected ? [{ forBot: true, ...expected }] : []);
  });

  it('tells who pressed a button of an application what it did', async () => {
    const pressing = emulator.appCall({ MsgType: 'event', Event: 'template_card_event', EventKey: 'good:turn-1', TaskId: 't' });
    const toast = { en: 'Thank you', zh: '谢谢' };
    const { contentType, body } = await receive(pressing, emulator.app, async () => ({ fresh: true, toast }));
    expect(contentType).toBe('application/xml');
    const { encrypt, query } = sealedIn(body!);
    const plain = createEnvelope(emulator.app, emulator.app.corpId).open({ ...pressing, query }, encrypt);
    expect(plain).toContain('<Button><ReplaceName><![CDATA[谢谢 Thank you]]></ReplaceName></Button>');
  });

  it('welcomes who enters an application, once a day', async () => {
    const app = { ...emulator.app, welcome: 'Ask <me> ]]> anything' };
    const entering = (): Promise<WebhookResult> => receive(emulator.appCall({ MsgType: 'event', Event: 'enter_agent', EventKey: '' }), app);
    const first = await entering();
    expect(first).toMatchObject({ status: 200, contentType: 'application/xml' });
    expect(first.body).toMatch(/^<xml><Encrypt>.*<MsgSignature>.*<TimeStamp>.*<Nonce>/);
    expect(await entering()).toEqual({ status: 200 });
    emulator.advance(24 * HOUR);
    expect(await entering()).toMatchObject({ contentType: 'application/xml' });
  });
});

function sealedIn(xml: string): { readonly encrypt: string; readonly query: WebhookCall['query'] } {
  const fields = readXml(xml)!;
  const of = (name: string): string => textOf(fields, name)!;
  return { encrypt: of('Encrypt'), query: { msg_signature: of('MsgSignature'), timestamp: of('TimeStamp'), nonce: of('Nonce') } };
}

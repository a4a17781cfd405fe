import { eventually } from '../../tests/support/eventually';
import type { Deliver, WebhookCall } from '../channel';
import { view } from '../contract';
import { createWecom } from './index';
import { streamIdOf } from './webhook';
import { emulator, HOUR, hear, heard, message, now, ports, receive, text, withQuery } from './webhook.scene';
import { createWebhookMessenger } from './webhook-messenger';
import { webhookTimes } from './webhook-times';

describe('a bot that is called', () => {
  it('delivers a message with what its answer needs, and answers with a stream', async () => {
    const body = emulator.message({ text: '@Helper hello', chatId: 'room' });
    const answer = await emulator.post(body);
    expect(heard).toMatchObject([{ kind: 'message', id: body.msgid, text: 'hello', forBot: true }]);
    expect(heard[0]!.address).toEqual({
      ...{ chatId: 'room', kind: 'group', replyTo: body.msgid },
      handles: { streamId: streamIdOf(body.msgid), responseUrl: body.response_url },
    });
    const id = streamIdOf(body.msgid);
    expect(answer).toEqual({ msgtype: 'stream', stream: { id, finish: false, content: '💭 Thinking…', feedback: { id } } });
  });

  it('answers the same message with the same stream, whichever gateway is called', async () => {
    const body = emulator.message({ text: 'hello' });
    const answers = [await emulator.post(body), await emulator.post(body)];
    expect(answers[0]).toEqual(answers[1]);
    expect(heard.map(({ id }) => id)).toEqual([body.msgid, body.msgid]);
    expect(emulator.violations()).toEqual([]);
  });

  it('answers the same message with its end, once it has one', async () => {
    const body = emulator.message({ text: 'hello' });
    await emulator.post(body);
    const to = heard[0]!.address;
    const messenger = createWebhookMessenger(emulator.bot, ports, { ...webhookTimes, lookEveryMs: 5 });
    await messenger.say(to, 'Done.', 'k');
    expect(await emulator.post(body)).toMatchObject({ stream: { finish: true, content: 'Done.' } });
  });

  it('opens what was answered before it was opened', async () => {
    const body = emulator.message({ text: 'hello' });
    const to = { chatId: 'ann', kind: 'private', handles: { streamId: streamIdOf(body.msgid) } } as const;
    const messenger = createWebhookMessenger(emulator.bot, ports);
    await messenger.beginReply(to, { id: 'turn-1', epoch: 1 }, view('streaming', 'At once \ud83d\0'), undefined, async () => undefined);
    expect(await emulator.post(body)).toMatchObject({ stream: { finish: false, content: 'At once \ufffd' } });
  });

  it('opens no stream for what nobody will answer', async () => {
    const result = await receive(message(), emulator.bot, async () => ({ fresh: true, over: true }));
    expect(result).toEqual({ status: 200 });
  });

  const details = { card_type: 'button_interaction', event_key: 'stop:turn-1', task_id: 'turn-1-next' };
  it.each<[string, () => WebhookCall, 'bot' | 'app']>([
    ['a message to a bot', message, 'bot'],
    ['a press on a card of a bot', () => emulator.botCall(emulator.event('template_card_event', { template_card_event: details })), 'bot'],
    ['a message to an application', text, 'app'],
  ])('does not acknowledge %s that the ledger did not take, and keeps it until it does', async (_, call, kind) => {
    let failures = 3;
    const unable: Deliver = async (event) => {
      if (failures-- > 0) throw new Error('the ledger is away');
      return hear(event);
    };
    await expect(receive(call(), emulator[kind], unable, { ...webhookTimes, retryMs: 5 })).rejects.toThrow('the ledger is away');
    await eventually(() => heard.length === 1);
  });

  it('welcomes who opens the chat, if there are words for it', async () => {
    const entering = emulator.event('enter_chat');
    expect(await emulator.post(entering)).toBeUndefined();
    emulator.receiver((call) => receive(call, { ...emulator.bot, welcome: '你好！' }));
    expect(await emulator.post(entering)).toEqual({ msgtype: 'text', text: { content: '你好！' } });
    expect(heard).toEqual([]);
  });

  it('delivers a press and tells what it did, in the card', async () => {
    const toast = { en: 'Asking again', zh: '重新提问' };
    const details = { card_type: 'button_interaction', event_key: 'regenerate:turn-1', task_id: 'turn-1-next' };
    const press = emulator.event('template_card_event', { template_card_event: details });
    const pressed = async (more: object) => {
      emulator.receiver((call) =>
        receive(call, emulator.bot, async (event) => {
          heard.push(event);
          return { fresh: true, toast, ...more };
        }),
      );
      return await emulator.post(press);
    };
    expect(await pressed({})).toMatchObject({
      response_type: 'update_template_card',
      template_card: { task_id: 'turn-1-next', main_title: { title: '重新提问 Asking again' } },
    });
    expect(heard).toMatchObject([{ kind: 'action', action: 'regenerate', target: 'turn-1' }]);
    expect(await pressed({ over: true })).toMatchObject({ userids: ['ann'] });
  });

  it('understands thumbs as a rating of the turn that the stream shows', async () => {
    const id = streamIdOf('m1');
    await ports.memory.put(`stream/${id}`, { openedAt: now(), chat: 'ann', language: 'en', author: { id: 'turn-7', epoch: 1 } });
    const rate = (type: number) => emulator.post(emulator.event('feedback_event', { feedback_event: { id, type, content: 'too long' } }));
    await rate(1);
    await rate(2);
    await rate(3);
    await emulator.post(emulator.event('feedback_event', { feedback_event: { id: 'of-nothing', type: 1 } }));
    expect(heard).toMatchObject([
      { kind: 'action', action: 'good', target: 'turn-7' },
      { kind: 'action', action: 'bad', target: 'turn-7', detail: 'too long' },
    ]);
    expect(heard).toHaveLength(2);
  });

  it('has no way to send files, as an application has', () => {
    const { messenger } = createWecom();
    expect(messenger(emulator.bot, ports).sendFile).toBeUndefined();
    expect(messenger(emulator.app, ports).sendFile).toBeDefined();
  });

  it('finishes a stream that nobody knows', async () => {
    const body = { ...emulator.message({ text: '' }), msgtype: 'stream', stream: { id: 'unknown' } };
    expect(await emulator.post(body)).toMatchObject({ stream: { id: 'unknown', finish: true } });
  });
});

describe('an address check', () => {
  it.each(['bot', 'app'] as const)('is answered with the plain word (%s)', async (kind) => {
    const call = emulator.sealed(kind === 'app' ? emulator.app.corpId : '', 'word 4711', 'echo');
    expect(await receive(call, emulator[kind])).toEqual({ status: 200, contentType: 'text/plain', body: 'word 4711' });
    const spaced = withQuery(call, { echostr: call.query.echostr!.replaceAll('+', ' ') });
    expect(await receive(spaced, emulator[kind])).toMatchObject({ body: 'word 4711' });
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['unsigned', { msg_signature: undefined }],
    ['wrongly signed', { msg_signature: 'a'.repeat(40) }],
    ['without a word', { echostr: undefined }],
    ['with another word', { echostr: 'AAAA' }],
  ])('is refused when it is %s', async (_, query) => {
    const call = emulator.sealed('', 'word', 'echo');
    await expect(receive(withQuery(call, query))).rejects.toMatchObject({ status: 401 });
  });

  it('is refused when it is for another receiver', async () => {
    await expect(receive(emulator.sealed(emulator.app.corpId, 'word', 'echo'))).rejects.toMatchObject({ status: 401 });
    await expect(receive(emulator.sealed('', 'word', 'echo'), emulator.app)).rejects.toMatchObject({ status: 401 });
  });
});

describe('a refusal', () => {
  const raw = (call: WebhookCall, body: string): WebhookCall => ({ ...call, body: Buffer.from(body) });
  it.each<[string, 401 | 400 | 413, 'bot' | 'app', () => WebhookCall]>([
    ['unsigned', 401, 'bot', () => withQuery(message(), { msg_signature: undefined })],
    ['unsigned and no JSON', 401, 'bot', () => raw(withQuery(message(), { msg_signature: undefined }), '{')],
    ['wrongly signed', 401, 'bot', () => withQuery(message(), { msg_signature: 'f'.repeat(40) })],
    ['signed for another body', 401, 'bot', () => ({ ...message(), body: message().body })],
    ['plain text', 401, 'bot', () => raw(message(), JSON.stringify(emulator.message({ text: 'hello' })))],
    ['for an application', 401, 'bot', () => emulator.sealed(emulator.app.corpId, '{}', 'json')],
    ['for another bot', 401, 'bot', () => emulator.botCall({ ...emulator.message({ text: 'x' }), aibotid: 'other' })],
    ['more than a day old', 401, 'bot', () => emulator.botCall(emulator.message({ text: 'x' }), now() - 24 * HOUR - 2000)],
    ['more than 5 minutes ahead', 401, 'bot', () => emulator.botCall(emulator.message({ text: 'x' }), now() + 302_000)],
    ['no JSON', 400, 'bot', () => raw(message(), '{')],
    ['a list', 400, 'bot', () => raw(message(), '[1]')],
    ['empty', 400, 'bot', () => raw(message(), '')],
    ['sealed around no JSON', 400, 'bot', () => emulator.sealed('', 'hello', 'json')],
    ['too large', 413, 'bot', () => raw(message(), ' '.repeat(1024 * 1024 + 1))],
    ['unsigned', 401, 'app', () => withQuery(text(), { msg_signature: undefined })],
    ['wrongly signed', 401, 'app', () => withQuery(text(), { msg_signature: 'f'.repeat(40) })],
    ['plain text', 401, 'app', () => raw(text(), '<xml><FromUserName>ann</FromUserName><Content>hello</Content></xml>')],
    ['for another corp', 401, 'app', () => emulator.sealed('wwffffffffffffffff', '<xml><a>b</a></xml>', 'xml')],
    ['for a bot', 401, 'app', () => emulator.sealed('', '<xml><a>b</a></xml>', 'xml')],
    ['for another application', 401, 'app', () => text('x', { AgentID: '77' })],
    ['more than a day old', 401, 'app', () => emulator.appCall({ Content: 'x', MsgId: '1' }, now() - 24 * HOUR - 2000)],
    ['no XML', 400, 'app', () => raw(text(), '{"encrypt":"x"}')],
    ['a bomb', 400, 'app', () => raw(text(), `<!DOCTYPE x [<!ENTITY a "b">]>${text().body.toString()}`)],
    [
      'sealed around a bomb',
      400,
      'app',
      () => emulator.sealed(emulator.app.corpId, '<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>', 'xml'),
    ],
    ['too large', 413, 'app', () => raw(text(), ' '.repeat(1024 * 1024 + 1))],
  ])('meets what is %s with %i (%s)', async (_, status, kind, call) => {
    await expect(receive(call(), emulator[kind])).rejects.toMatchObject({ status });
    expect(heard).toEqual([]);
  });

  it('does not tell what was said', async () => {
    const error: unknown = await receive(emulator.botCall({ ...emulator.message({ text: 'secret words' }), aibotid: 'x' })).catch(
      (e: unknown) => e,
    );
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });
});

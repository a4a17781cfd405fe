import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent } from '../../domain/event';
import { type Ear, keep, listenOn } from '../../tests/support/ear';
import { eventually } from '../../tests/support/eventually';
import { connected, quietLink } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import type { Deliver } from '../channel';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';
import { createLark, type LarkTimes } from './index';

async function listening(
  options: LarkEmulatorOptions = {},
  times: LarkTimes = {},
  deliver: Deliver = keep,
  prepare?: (emulator: LarkEmulator) => void,
): Promise<Ear<LarkEmulator>> {
  const emulator = await startLarkEmulator({ redeliverMs: [40, 40, 40], ...options });
  prepare?.(emulator);
  return listenOn(emulator, createLark(times), deliver);
}

const said = { chatId: 'oc_1', text: 'hello' };

describe('the long connection', () => {
  it.each([true, false])('parks on a wrong secret, with the reason (refusal with data: %s)', async (refusalsCarryData) => {
    const emulator = await startLarkEmulator({ refusalsCarryData });
    const config = { ...emulator.config, appSecret: 'wrong' };
    const failed = createLark().listen!(config, keep, quietLink, new AbortController().signal, localPorts());
    await expect(failed).rejects.toMatchObject({
      code: 'bad_credentials',
      retryable: false,
      message: expect.stringContaining('514: app_id or app_secret is invalid'),
    });
    await emulator.close();
  });

  it('says at once that an app id cannot be one', async () => {
    const config = { appId: 'cli_short', appSecret: 's', domain: 'http://127.0.0.1:9' };
    const failed = createLark().listen!(config, keep, quietLink, new AbortController().signal, localPorts());
    await expect(failed).rejects.toMatchObject({ code: 'bad_credentials' });
  });

  it('tells a passing fault from a wrong secret', async () => {
    const busy = await listening({}, {}, keep, (emulator) => emulator.refuseConnections(true));
    await expect(busy.ready).rejects.toMatchObject({ code: 'server_error', retryable: true });
    const full = await listening({ maxConnections: 0 });
    await expect(full.ready).rejects.toMatchObject({ code: 'rate_limited', retryable: true });
    const cut = await listening({}, {}, keep, (emulator) => void emulator.fault({ match: 'connect', drop: true }));
    await expect(cut.ready).rejects.toMatchObject({ code: 'unreachable', retryable: true });
  });
});

describe('other programs with the same app', () => {
  it('are reported while the connection is held, once they have stayed', async () => {
    const emulator = await startLarkEmulator();
    const shared: number[] = [];
    const ends = [new AbortController(), new AbortController()];
    const watching = createLark({ countEveryMs: 20 });
    const ours = connected(watching, emulator.config, keep, ends[0]!.signal, { shared: (links) => void shared.push(links) });
    await ours.ready;
    await eventually(() => emulator.calls('connection.count').length > 3);
    expect(shared).toEqual([]);
    const theirs = connected(createLark(), emulator.config, keep, ends[1]!.signal);
    await theirs.ready;
    await eventually(() => shared.length > 0);
    const counted = emulator.calls('connection.count').length;
    await eventually(() => emulator.calls('connection.count').length > counted + 3);
    expect(shared).toEqual([2]);
    for (const end of ends) end.abort();
    await Promise.all([ours.done, theirs.done]);
    await emulator.close();
  });
});

describe('events on the long connection', () => {
  it('are acknowledged only when they are kept', async () => {
    let release: () => void = () => undefined;
    const kept = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { emulator, ready, heard } = await listening({ redeliverMs: [] }, {}, async () => {
      await kept;
      return { fresh: true };
    });
    await ready;
    emulator.say(said);
    await eventually(() => heard.length === 1);
    await sleep(30);
    expect(emulator.deliveries()[0]!.acked).toBe(false);
    release();
    await eventually(() => emulator.deliveries()[0]!.acked);
  });

  it('come again when they could not be kept', async () => {
    let failures = 2;
    const { emulator, ready, heard } = await listening({}, {}, async () => {
      if (failures-- > 0) throw new Error('the ledger is away');
      return { fresh: true };
    });
    await ready;
    const id = emulator.say(said);
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(heard.map((event) => event.id)).toEqual([id, id, id]);
    expect(emulator.deliveries()[0]!.attempts.map(({ code }) => code)).toEqual([500, 500, 200]);
  });

  it('wait at Lark while nobody is connected', async () => {
    const emulator = await startLarkEmulator();
    emulator.say(said);
    const end = new AbortController();
    const heard: InboundEvent[] = [];
    const { done } = connected(createLark(), emulator.config, async (event) => ({ fresh: heard.push(event) > 0 }), end.signal);
    await eventually(() => heard.length === 1);
    end.abort();
    await done;
    await emulator.close();
  });

  it('are put together from fragments', async () => {
    const { emulator, ready, heard } = await listening({ fragmentBytes: 37 });
    await ready;
    emulator.say({ ...said, text: '分片的长消息，a message in many pieces 👍' });
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(heard[0]!.text).toBe('分片的长消息，a message in many pieces 👍');
  });

  it.each([false, true])('carry button presses, answered with a toast (old frame: %s)', async (oldFrame) => {
    const toast = { en: 'Stopping', zh: '正在停止' };
    const { emulator, ready, heard } = await listening({}, {}, async () => ({ fresh: true, toast }));
    await ready;
    const messageId = emulator.say(said);
    await eventually(() => heard.length === 1);
    emulator.press({ messageId, value: { action: 'stop', turnId: 'turn-1' }, oldFrame });
    await eventually(() => emulator.deliveries()[1]!.acked);
    expect(heard[1]).toMatchObject({
      kind: 'action',
      action: 'stop',
      target: 'turn-1',
      sender: { id: 'ou_person' },
      address: { chatId: 'oc_1' },
    });
    expect(emulator.deliveries()[1]!.attempts[0]!.data).toEqual({
      toast: { type: 'info', content: 'Stopping', i18n: { en_us: 'Stopping', zh_cn: '正在停止' } },
    });
  });

  it('that are presses stay here while the ledger is away, and are answered in time: Lark sends none again', async () => {
    let away = 3;
    const { emulator, ready, heard } = await listening({}, { answerPressMs: 20, retryMs: 20 }, async (event) => {
      if (event.kind === 'action' && away-- > 0) throw new Error('the ledger is away');
      return { fresh: true };
    });
    await ready;
    const messageId = emulator.say(said);
    await eventually(() => heard.length === 1);
    emulator.press({ messageId, value: { action: 'stop', turnId: 'turn-1' } });
    await eventually(() => emulator.deliveries()[1]!.acked);
    expect(emulator.deliveries()[1]!.attempts).toMatchObject([{ code: 200 }]);
    await eventually(() => heard.length === 5);
    expect(away).toBe(-1);
  });

  it('that are presses are kept even when they come while the connection is being closed', async () => {
    const { emulator, ready, heard, end } = await listening({}, { answerPressMs: 20 }, async () => {
      await sleep(100);
      return { fresh: true };
    });
    await ready;
    const messageId = emulator.say(said);
    await eventually(() => heard.length === 1);
    end.abort();
    emulator.press({ messageId, value: { action: 'stop', turnId: 'turn-1' } });
    await eventually(() => heard.length === 2);
    expect(heard[1]).toMatchObject({ kind: 'action', target: 'turn-1' });
  });

  it('carry recalls', async () => {
    const { emulator, ready, heard } = await listening({ redeliverMs: [] });
    await ready;
    const messageId = emulator.say(said);
    emulator.recall(messageId);
    await eventually(() => heard.length === 2);
    expect(heard.find(({ kind }) => kind === 'recall')).toMatchObject({ target: messageId, address: { chatId: 'oc_1' } });
  });

  it('know our bot from another one that is named', async () => {
    const { emulator, ready, heard } = await listening({ redeliverMs: [] });
    await ready;
    emulator.say({ ...said, chatType: 'group' });
    const { event } = emulator.events.message({ ...said, chatType: 'group' });
    const other = JSON.parse(JSON.stringify(event).replaceAll(emulator.botOpenId, 'ou_other'));
    emulator.push(other);
    await eventually(() => heard.length === 2);
    expect(heard.map(({ forBot, text }) => [forBot, text])).toEqual([
      [true, 'hello'],
      [false, '@Parley hello'],
    ]);
  });

  it('that are no concern of ours are acknowledged and forgotten', async () => {
    const { emulator, ready, heard } = await listening();
    await ready;
    emulator.push({ schema: '2.0', header: { event_id: 'e', event_type: 'im.chat.updated_v1' }, event: {} });
    await eventually(() => emulator.deliveries()[0]!.acked);
    expect(heard).toEqual([]);
  });
});

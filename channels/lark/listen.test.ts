import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent } from '../../domain/event';
import type { Deliver } from '../channel';
import { connected, eventually, quietLink } from '../contract';
import { type LarkEmulator, type LarkEmulatorOptions, startLarkEmulator } from './emulator';
import { createLark, type LarkTimes } from './index';

interface Ear {
  readonly emulator: LarkEmulator;
  readonly heard: InboundEvent[];
  readonly proofs: () => number;
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
  readonly end: AbortController;
}

const ears: Ear[] = [];
afterEach(async () => {
  for (const { emulator, end, done } of ears.splice(0)) {
    end.abort();
    await done.catch(() => undefined);
    await emulator.close();
  }
});

const keep = async (): Promise<{ fresh: boolean }> => ({ fresh: true });

async function listening(
  options: LarkEmulatorOptions = {},
  times: LarkTimes = {},
  deliver: Deliver = keep,
  prepare?: (emulator: LarkEmulator) => void,
): Promise<Ear> {
  const emulator = await startLarkEmulator({ redeliverMs: [40, 40, 40], ...options });
  prepare?.(emulator);
  const heard: InboundEvent[] = [];
  let proofs = 0;
  const end = new AbortController();
  const hear: Deliver = async (event) => {
    heard.push(event);
    return deliver(event);
  };
  const link = { proven: () => void proofs++ };
  const ear = { emulator, heard, proofs: () => proofs, end, ...connected(createLark(times), emulator.config, hear, end.signal, link) };
  ears.push(ear);
  return ear;
}

const said = { chatId: 'oc_1', text: 'hello' };

describe('the long connection', () => {
  it('proves itself with every pong to its own pings', async () => {
    const { ready, proofs } = await listening({}, { pingEveryMs: 10 });
    await ready;
    await eventually(() => proofs() > 5);
  });

  it('counts as lost when it falls silent, though the socket is up', async () => {
    const { emulator, ready, done } = await listening({}, { pingEveryMs: 10, silentAfterMs: 80 });
    await ready;
    emulator.goSilent();
    await expect(done).rejects.toMatchObject({ code: 'timeout', retryable: true });
    await eventually(() => emulator.connections() === 0);
  });

  it('is lost when Lark closes it, and does not come back by itself', async () => {
    const { emulator, ready, done } = await listening();
    await ready;
    emulator.dropSockets();
    await expect(done).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    await sleep(50);
    expect(emulator.logins()).toHaveLength(1);
  });

  it('ends without a trace when it is told to', async () => {
    const { emulator, ready, done, end } = await listening();
    await ready;
    end.abort();
    await expect(done).resolves.toBeUndefined();
    await eventually(() => emulator.connections() === 0);
    await sleep(30);
    expect(emulator.logins()).toHaveLength(1);
  });

  it('ends at once while it is still connecting', async () => {
    const { done, end, emulator } = await listening({}, {}, keep, (emulator) => void emulator.fault({ match: 'connect', timeout: true }));
    end.abort();
    await expect(done).resolves.toBeUndefined();
    expect(emulator.connections()).toBe(0);
  });

  it.each([true, false])('parks on a wrong secret, with the reason (refusal with data: %s)', async (refusalsCarryData) => {
    const emulator = await startLarkEmulator({ refusalsCarryData });
    const config = { ...emulator.config, appSecret: 'wrong' };
    const failed = createLark().listen!(config, keep, quietLink, new AbortController().signal);
    await expect(failed).rejects.toMatchObject({
      code: 'bad_credentials',
      retryable: false,
      message: expect.stringContaining('514: app_id or app_secret is invalid'),
    });
    await emulator.close();
  });

  it('says at once that an app id cannot be one', async () => {
    const config = { appId: 'cli_short', appSecret: 's', domain: 'http://127.0.0.1:9' };
    const failed = createLark().listen!(config, keep, quietLink, new AbortController().signal);
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

  it('gives up connecting in time', async () => {
    const { ready } = await listening(
      {},
      { connectTimeoutMs: 60 },
      keep,
      (emulator) => void emulator.fault({ match: 'connect', timeout: true }),
    );
    await expect(ready).rejects.toMatchObject({ code: 'timeout', retryable: true });
  });

  it('connects again and again with new clients', async () => {
    const { emulator, ready } = await listening();
    await ready;
    for (let round = 0; round < 10; round++) {
      const end = new AbortController();
      const { ready: up, done } = connected(createLark(), emulator.config, keep, end.signal);
      await up;
      end.abort();
      await done;
    }
    await eventually(() => emulator.connections() === 1);
    expect(emulator.logins()).toHaveLength(11);
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

  it('carry recalls', async () => {
    const { emulator, ready, heard } = await listening();
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

  it('leave nothing in any log', async () => {
    const outputs = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(() => undefined),
    );
    const { emulator, ready, heard, done } = await listening({}, {}, async () => {
      throw new Error('away');
    });
    await ready;
    emulator.say(said);
    await eventually(() => heard.length > 0);
    emulator.dropSockets();
    await done.catch(() => undefined);
    for (const output of outputs) expect(output).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { keep } from '../../tests/support/ear';
import { eventually } from '../../tests/support/eventually';
import { quietLink } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import { type DingTalkEmulator, type DingTalkEmulatorOptions, startDingTalkEmulator } from './emulator';
import { createDingTalk } from './index';
import { listening, said } from './listen.scene';

describe('the stream', () => {
  it('asks once when the handshake is refused: no storm, and nothing in any log', async () => {
    const outputs = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(() => undefined),
    );
    const { emulator, ready } = await listening({}, {}, keep, (emulator) => emulator.refuseHandshakes(true));
    await expect(ready).rejects.toMatchObject({ code: 'unreachable', retryable: true, message: expect.stringContaining('401') });
    await sleep(1200);
    expect(emulator.handshakes()).toBe(1);
    expect(emulator.calls('connect')).toHaveLength(1);
    for (const output of outputs) expect(output).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });

  it('ends without a trace when it is told to, and stays dead', async () => {
    const { emulator, ready, done, end, heard } = await listening();
    await ready;
    end.abort();
    await expect(done).resolves.toBeUndefined();
    await eventually(() => emulator.connections() === 0);
    emulator.say(said);
    await sleep(1200);
    expect([emulator.handshakes(), heard.length]).toEqual([1, 0]);
  });

  it('ends at once while its handshake is under way', async () => {
    const { done, end, emulator } = await listening();
    await eventually(() => emulator.calls('connect').length === 1);
    end.abort();
    await expect(done).resolves.toBeUndefined();
    await eventually(() => emulator.connections() === 0);
  });

  it('parks on a wrong secret, and names no secret', async () => {
    const emulator = await startDingTalkEmulator();
    const config = { ...emulator.config, clientSecret: 'very-secret' };
    const failed = createDingTalk().listen!(config, keep, quietLink, new AbortController().signal, localPorts());
    const error = (await failed.catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'bad_credentials', retryable: false, message: expect.stringContaining('authFailed') });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('very-secret');
    await emulator.close();
  });

  it.each<[string, string, (emulator: DingTalkEmulator) => void, DingTalkEmulatorOptions?]>([
    ['an overloaded server', 'server_error', (emulator) => emulator.refuseConnections(true)],
    [
      'too many calls',
      'rate_limited',
      (emulator) => void emulator.fault({ match: 'connect', code: 'Forbidden.AccessDenied.QpsLimitForApi' }),
    ],
    ['another refusal', 'refused', (emulator) => void emulator.fault({ match: 'connect', code: 'param.ua' })],
    ['a cut connection', 'unreachable', (emulator) => void emulator.fault({ match: 'connect', drop: true })],
    ['what is not DingTalk', 'server_error', (emulator) => void emulator.fault({ match: 'connect', status: 404 })],
  ])('tells %s from a wrong secret', async (_, code, prepare) => {
    const { ready } = await listening({}, {}, keep, prepare);
    await expect(ready).rejects.toMatchObject({ code, retryable: true });
  });

  it('survives frames that are none', async () => {
    const { emulator, ready, heard } = await listening();
    await ready;
    for (const text of ['no json', 'null', '{}', '{"type":"CALLBACK"}', '{"type":"SYSTEM","headers":{}}']) emulator.pushRaw(text);
    emulator.push('/v1.0/im/bot/messages/get', 'no message', { redeliver: false });
    emulator.say(said);
    await eventually(() => heard.length === 1);
    expect(emulator.deliveries()[0]!.acked).toBe(true);
  });
});

describe('a connection that DingTalk announces to close', () => {
  it('is followed by the next one before it is dropped, and nothing is lost', async () => {
    const { emulator, ready, heard, end, done } = await listening({ closeAfterMs: 150 });
    await ready;
    const ids: string[] = [];
    for (let round = 0; round < 3; round++) {
      ids.push(emulator.say({ ...said, text: `before ${round}` }));
      emulator.announceDisconnect();
      ids.push(emulator.say({ ...said, text: `after ${round}` }));
      await eventually(() => emulator.logins().length === round + 2);
      await sleep(20);
    }
    await eventually(() => emulator.deliveries().every(({ acked }) => acked));
    await sleep(200);
    expect(emulator.connections()).toBe(1);
    expect(new Set(heard.map(({ id }) => id))).toEqual(new Set(ids));
    end.abort();
    await expect(done).resolves.toBeUndefined();
  });

  it('still acknowledges what it had pushed', async () => {
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
    emulator.announceDisconnect();
    await eventually(() => emulator.logins().length === 2);
    expect(emulator.connections()).toBe(2);
    release();
    await eventually(() => emulator.deliveries()[0]!.acked);
    await eventually(() => emulator.connections() === 1);
  });

  it('is lost when there is no next one', async () => {
    const { emulator, ready, done } = await listening();
    await ready;
    emulator.refuseConnections(true);
    emulator.announceDisconnect();
    await expect(done).rejects.toMatchObject({ code: 'server_error', retryable: true });
    await eventually(() => emulator.connections() === 0);
  });

  it('is lost when DingTalk announces that again and again', async () => {
    const { emulator, ready, done } = await listening();
    await ready;
    const timer = setInterval(() => emulator.announceDisconnect(), 15);
    await expect(done).rejects.toMatchObject({ code: 'unreachable' });
    clearInterval(timer);
    expect(emulator.handshakes()).toBeLessThanOrEqual(4);
  });
});

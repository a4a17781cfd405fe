import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelError, Refusal } from '../../domain/errors';
import { eventually } from '../../tests/support/eventually';
import { quietLink } from '../../tests/support/link';
import { localPorts } from '../../tests/support/ports';
import type { Deliver } from '../channel';
import { view } from '../contract';
import { createWecom } from './index';
import { emulator, end, listening, TIMES } from './listen.scene';

const failure = async (done: Promise<void>): Promise<ChannelError> =>
  done.then(
    () => {
      throw new Error('It ended without an error.');
    },
    (error: unknown) => error as ChannelError,
  );

describe("holding a bot's connection", () => {
  it('reports proof of life with every pong, and each event', async () => {
    const seen: string[] = [];
    const link = { connected: () => seen.push('connected'), proven: () => seen.push('proven'), received: () => seen.push('received') };
    const { heard } = await listening({ link, times: { pingEveryMs: 10 } });
    await eventually(() => seen.filter((each) => each === 'proven').length > 3);
    expect(seen[0]).toBe('connected');
    expect(seen).not.toContain('received');
    emulator.say({ text: 'hello' });
    await eventually(() => heard.length === 1);
    expect(seen).toContain('received');
  });

  it('refuses a wrong secret as bad credentials, after one try', async () => {
    const channel = createWecom(TIMES);
    const done = channel.listen!({ ...emulator.config, secret: 'no' }, async () => ({ fresh: true }), quietLink, end.signal, localPorts());
    await expect(done).rejects.toMatchObject({ code: 'bad_credentials', retryable: false });
    await sleep(30);
    expect(emulator.logins()).toEqual([]);
  });

  it('says that another client took the bot, and does not take it back', async () => {
    const first = await listening();
    await listening();
    expect(await failure(first.done)).toMatchObject({ code: 'kicked', retryable: false });
    await sleep(30);
    expect(emulator.logins()).toHaveLength(2);
    expect(emulator.connections()).toBe(1);
  });

  it('counts as silent when the SDK gives it up', async () => {
    const { done } = await listening({ times: { pingEveryMs: 20, silentAfterMs: 10_000 } });
    emulator.goSilent();
    expect(await failure(done)).toMatchObject({ code: 'timeout', retryable: true });
  });

  it.each<[string, () => string, string]>([
    ['nobody listens there', () => 'ws://127.0.0.1:9', 'unreachable'],
    ['the address makes no sense', () => 'ws://', 'unreachable'],
  ])('cannot connect where %s', async (_, url, code) => {
    const channel = createWecom(TIMES);
    const done = channel.listen!({ ...emulator.config, wsUrl: url() }, async () => ({ fresh: true }), quietLink, end.signal, localPorts());
    await expect(done).rejects.toMatchObject({ code, retryable: true });
  });

  it('cannot connect where the connection is refused', async () => {
    emulator.refuseConnections(true);
    await expect(listening()).rejects.toMatchObject({ code: 'unreachable', retryable: true });
  });

  it('leaves nothing behind when it is told to end, even while it connects', async () => {
    const { done } = await listening();
    end.abort();
    await done;
    await eventually(() => emulator.connections() === 0);
    const early = new AbortController();
    const channel = createWecom(TIMES);
    const connecting = channel.listen!(emulator.config, async () => ({ fresh: true }), quietLink, early.signal, localPorts());
    early.abort();
    await connecting;
    await channel.listen!(emulator.config, async () => ({ fresh: true }), quietLink, early.signal, localPorts());
    await sleep(20);
    expect(emulator.connections()).toBe(0);
  });

  it('keeps an event that was read before it was told to end', async () => {
    let received = false;
    const { heard, done } = await listening({
      deliver: () => sleep(30, { fresh: true }),
      link: {
        received: () => {
          received = true;
        },
      },
    });
    emulator.say({ text: 'in time' });
    await eventually(() => received);
    end.abort();
    await done;
    await eventually(() => heard.length === 1);
  });
});

describe('events that cannot be stored', () => {
  it('are tried again until they are in, in the order of their chat, without holding up others', async () => {
    let away = true;
    const deliver: Deliver = async ({ address }) => {
      if (away && address.chatId === 'ann') throw new Error('the ledger is away');
      return { fresh: true };
    };
    const { heard } = await listening({ deliver });
    for (const text of ['one', 'two']) emulator.say({ text, senderId: 'ann' });
    emulator.say({ text: 'three', senderId: 'bob' });
    await eventually(() => heard.length === 1);
    away = false;
    await eventually(() => heard.length === 3);
    expect(heard.map(({ text }) => text)).toEqual(['three', 'one', 'two']);
  });

  it('are kept beyond the connection they came on', async () => {
    let away = true;
    const { heard, done } = await listening({
      deliver: async () => {
        if (away) throw new Error('the ledger is away');
        return { fresh: true };
      },
    });
    emulator.say({ text: 'hello' });
    await sleep(20);
    end.abort();
    await done;
    expect(heard).toEqual([]);
    away = false;
    await eventually(() => heard.length === 1);
  });

  it('are dropped only when they are refused for good', async () => {
    let tries = 0;
    const { heard } = await listening({
      deliver: async ({ text }) => {
        if (text === 'hello') return { fresh: true };
        tries++;
        throw new Refusal(404, 'not_found', 'There is no such integration.');
      },
    });
    emulator.say({ text: 'refused' });
    emulator.say({ text: 'hello' });
    await eventually(() => heard.length === 1);
    expect(tries).toBe(1);
  });
});

describe('what must be answered at once', () => {
  it('greets who opens the chat, when there is a greeting', async () => {
    await listening({ config: { welcome: 'Ask me anything.' } });
    emulator.enter('ann');
    await eventually(() => emulator.messages('ann').length === 1);
    expect(emulator.messages('ann')[0]).toMatchObject({ type: 'text', content: 'Ask me anything.' });
  });

  it('says nothing where there is none', async () => {
    const { heard } = await listening();
    emulator.enter('ann');
    await sleep(20);
    expect(emulator.messages()).toEqual([]);
    expect(heard).toEqual([]);
  });

  it.each<[string, Deliver | undefined, string]>([
    ['what became of the press', async () => ({ fresh: true, toast: { en: 'Not yours.', zh: '无权操作。' } }), '无权操作。 Not yours.'],
    ['that it was received, where that takes too long', () => sleep(500, { fresh: true }, { ref: false }), '已收到 Received'],
  ])('makes a pressed card say %s', async (_, onPress, title) => {
    const { heard, channel } = await listening({
      deliver: async (event) => (event.kind === 'action' ? await onPress!(event) : { fresh: true }),
    });
    emulator.say({ text: 'why?' });
    await eventually(() => heard.length === 1);
    const messenger = channel.messenger(emulator.config, localPorts());
    const save = async (): Promise<void> => undefined;
    const reply = await messenger.beginReply(heard[0]!.address, { id: 'turn-1', epoch: 1 }, view('thinking', ''), undefined, save);
    await messenger.finishReply(reply, view('done', 'Because.', { buttons: ['regenerate', 'new'] }), save);
    emulator.press();
    await eventually(() => emulator.calls('update').length === 1);
    expect(emulator.messages()[0]!.card).toMatchObject({ main_title: { title } });
    await eventually(() => heard.length === 2);
    expect(heard[1]).toMatchObject({ kind: 'action', action: 'regenerate', target: 'turn-1' });
  });

  it('passes thumbs on', async () => {
    const { heard } = await listening();
    emulator.feedback({ id: 'turn-1', type: 2, reasons: [3], content: 'off by one' });
    await eventually(() => heard.length === 1);
    expect(heard[0]).toMatchObject({ kind: 'action', action: 'bad', target: 'turn-1', detail: 'wrong: off by one' });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelError } from '../../domain/errors';
import { localPorts } from '../../tests/support/ports';
import type { Budget, Messenger } from '../channel';
import { view } from '../contract';
import { createDingTalk } from './index';
import { noWebhook, scene } from './messenger.scene';
import { createPace } from './pace';

describe('what DingTalk refuses', () => {
  it('renews a token once and goes on', async () => {
    const { emulator, messenger, begin, save } = await scene();
    const reply = await begin('a');
    emulator.expireTokens();
    await messenger.finishReply(reply, view('done', 'ab'), save);
    expect(emulator.calls('token')).toHaveLength(2);
    expect(emulator.cards()[0]!.text).toBe('ab');
  });

  it('does not ask again and again where every token is refused', async () => {
    const { emulator, begin } = await scene();
    emulator.fault({ match: 'card.create', code: 'InvalidAuthentication' });
    await expect(begin()).rejects.toMatchObject({ code: 'server_error', retryable: true });
    expect(emulator.calls('token')).toHaveLength(2);
  });

  it('pauses the whole robot after too many calls, gives up a frame and insists on the end', async () => {
    const paused: [string, number][] = [];
    const plain = localPorts();
    const budget = { ...plain.budget, pause: async (api: string, ms: number) => void paused.push([api, ms]) };
    const { emulator, messenger, begin, save, ports } = await scene({}, { ports: { budget } });
    const reply = await begin('a');
    emulator.fault({ match: 'card.streaming', code: 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi', times: 1 });
    await expect(messenger.updateReply(reply, () => view('streaming', 'ab'), save)).rejects.toMatchObject({
      ...{ code: 'rate_limited', retryable: true, retryAfterMs: 2000 },
    });
    emulator.fault({ match: 'card.update', code: 'Forbidden.AccessDenied.QpmLimitForAppkeyAndApi', times: 2 });
    await messenger.finishReply(reply, view('done', 'abc'), save);
    expect(paused).toEqual(Array(3).fill(['robot', 2000]));
    expect(ports.results).toEqual(['ok', 'rate_limited', 'rate_limited', 'rate_limited', 'ok']);
    expect(emulator.cards()).toMatchObject([{ text: 'abc', closed: true }]);
  });

  it('stays inside twenty calls a second', async () => {
    const { emulator, messenger, begin, save } = await scene({ limits: { perSecond: 20 } });
    let reply = await begin('x');
    for (let index = 0; index < 30; index++)
      reply = await messenger.updateReply(reply, () => view('streaming', 'x'.repeat(index + 2)), save);
    await messenger.finishReply(reply, view('done', 'all'), save);
    expect(emulator.violations()).toEqual([]);
  });

  it('asks for more where the settings say that more is granted', async () => {
    const asked: number[] = [];
    const budget = { ...localPorts().budget, take: async (_: string, perSecond: number) => void asked.push(perSecond) };
    const { begin } = await scene({}, { config: { callsPerSecond: 50 }, ports: { budget } });
    await begin('x');
    expect(asked).toEqual([48.75]);
  });

  it('finds out that less is granted, slows down with all processes together, and loses no word', async () => {
    const backOffMs = 200;
    const shared = { times: { backOffMs }, ports: { budget: slots() } };
    const { emulator, messenger, to, ports, save } = await scene({ limits: { perSecond: 8 } }, shared);
    const another = createDingTalk({ backOffMs }).messenger(emulator.config, ports);
    const until = Date.now() + 5000;
    const whole = (n: number) => `answer ${n} `.repeat(50);
    const grow = async (speaker: Messenger, n: number): Promise<void> => {
      const turn = { id: `pace-${n}`, epoch: 1 };
      let reply = await insist(() => speaker.beginReply(to, turn, view('thinking', ''), undefined, save));
      for (let length = 1; Date.now() < until; length++)
        reply = await speaker.updateReply(reply, () => view('streaming', whole(n).slice(0, length)), save).catch(() => reply);
      await insist(() => speaker.finishReply(reply, view('done', whole(n)), save));
    };
    await Promise.all(Array.from({ length: 6 }, (_, n) => grow(n % 2 ? another : messenger, n)));
    const texts = emulator.cards().map(({ text, closed }) => ({ text, closed }));
    expect(texts.sort((a, b) => a.text.localeCompare(b.text))).toEqual(
      Array.from({ length: 6 }, (_, n) => ({ text: whole(n), closed: true })),
    );
    const late = (calls: readonly { readonly at: number }[]) => calls.filter(({ at }) => at > until - 2500).length;
    // Without a pace it is about every second one. On a busy machine calls that went at their time may arrive together.
    expect(late(emulator.violations())).toBeLessThanOrEqual(late(emulator.calls()) * 0.1);
    expect(await createPace(ports.memory, 19.5, backOffMs).perSecond()).toBeLessThan(9);
  }, 30_000);

  it.each([
    ['bot.forbidden.sendMessage', 'forbidden', false],
    ['Forbidden.AccessDenied.IpNotInWhiteList', 'forbidden', false],
    ['invalidParameter.robotCode.empty', 'refused', false],
    ['conversation.invalid', 'gone', false],
    ['system.error', 'server_error', true],
    ['send.too.fast', 'rate_limited', true],
  ])('says of %s: %s', async (code, expected, retryable) => {
    const plain = localPorts();
    const { emulator, messenger, to } = await scene({}, { ports: { budget: { ...plain.budget, pause: async () => undefined } } });
    emulator.fault({ match: 'robot.group', code });
    await expect(messenger.say(noWebhook(to), 'x', 'k')).rejects.toMatchObject({ code: expected, retryable });
  });

  it('never repeats in an error what people wrote, nor a secret', async () => {
    const { emulator, messenger, begin, save } = await scene({ clientSecret: 'very-secret' });
    const reply = await begin('private words');
    emulator.fault({ match: /card.update|webhook|robot/, status: 500 });
    const error: unknown = await messenger.finishReply(reply, view('done', 'private words'), save).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'server_error' });
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toMatch(/private words|very-secret/);
  });
});

/** As those do who must be heard: again after a refusal for too many calls. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ChannelError && error.retryable)) throw error;
      await sleep(100);
    }
  }
}

/** Calls one after the other, as far apart as the latest pace says. */
function slots(): Budget {
  let next = 0;
  return {
    take: async (_, perSecond) => {
      const due = Math.max(next, Date.now());
      next = due + 1000 / perSecond;
      await sleep(due - Date.now());
    },
    pause: async (_, ms) => {
      next = Math.max(next, Date.now() + ms);
    },
  };
}

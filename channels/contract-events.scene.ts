import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent } from '../domain/event';
import { eventually } from '../tests/support/eventually';
import { connected, quietLink } from '../tests/support/link';
import { localPorts } from '../tests/support/ports';
import type { Deliver, WebhookResult } from './channel';
import { type Bench, view } from './contract-bench.scene';

/** How what people do reaches us from now on. */
interface Hearing {
  readonly heard: readonly InboundEvent[];
  /** In modes that are called: hands on what the platform posts for what was done last. */
  arrive(): Promise<WebhookResult | undefined>;
  stop(): Promise<void>;
}

/** @param keep rejects while the ledger is away */
async function hearing<Config>(bench: Bench<Config>, keep: () => void = () => undefined): Promise<Hearing> {
  const { channel, way } = bench;
  const { config, call, ports } = bench.platform();
  const heard: InboundEvent[] = [];
  const deliver: Deliver = async (event) => {
    heard.push(event);
    keep();
    return { fresh: true };
  };
  const end = new AbortController();
  const link = way === 'listen' ? connected(channel, config, deliver, end.signal, {}, ports) : undefined;
  await link?.ready;
  return {
    heard,
    arrive: async () => (call ? await channel.receive!(config, call(), deliver, bench.ports()) : undefined),
    stop: async () => {
      end.abort();
      await link?.done;
    },
  };
}

const AWAY = 'the ledger is away';

/** The way in, by socket or by call. */
export function describeEvents<Config>(bench: Bench<Config>): void {
  const { abilities, save, begin, turn } = bench;
  /** What somebody does, as it comes to us. */
  const coming = async (kind: InboundEvent['kind'], doing: () => unknown): Promise<InboundEvent> => {
    const { heard, arrive, stop } = await hearing(bench);
    await doing();
    await arrive();
    const found = (): InboundEvent | undefined => heard.find((event) => event.kind === kind);
    await eventually(() => found() !== undefined);
    await stop();
    return found()!;
  };

  it('delivers what a person says, always under one id, and acknowledges it only once it is kept', async () => {
    const platform = bench.platform();
    let away = true;
    const { heard, arrive, stop } = await hearing(bench, () => {
      if (away) throw new Error(AWAY);
    });
    const id = await platform.say('kept');
    if (platform.call) await expect(arrive()).rejects.toThrow(AWAY);
    await eventually(() => heard.length > 0);
    await sleep(50);
    if (platform.acknowledged) expect(platform.acknowledged()).toBe(false);
    away = false;
    const before = heard.length;
    if (platform.call) expect(await arrive()).toMatchObject({ status: 200 });
    await eventually(() => heard.length > before);
    if (platform.acknowledged) await eventually(() => platform.acknowledged!());
    for (const event of heard) expect(event).toMatchObject({ kind: 'message', id, text: 'kept', forBot: true });
    await stop();
  });

  if (abilities.buttons)
    it('brings a press as an action on the turn of its reply', async () => {
      const ended = view('done', 'Is it?', { buttons: ['regenerate'] });
      await bench.messenger().finishReply(await begin('Is'), ended, save);
      const pressed = await coming('action', () => bench.platform().press!('regenerate', turn().id));
      expect(pressed).toMatchObject({ action: 'regenerate', target: turn().id, text: '' });
      expect(pressed.sender.id).not.toBe('');
    });

  if (abilities.recalls)
    it('tells that a person took a message back', async () => {
      const id = await bench.platform().say('never mind');
      expect(await coming('recall', () => bench.platform().recall!(id))).toMatchObject({ target: id });
    });

  it('brings a picture that can be fetched, but not one that is too large', async () => {
    const { sendPicture } = bench.platform();
    const { fetchFile } = bench.messenger();
    expect(sendPicture !== undefined).toBe(fetchFile !== undefined);
    if (!sendPicture || !fetchFile) return;
    const picture = Buffer.from('a picture, if you like');
    const { attachments, address } = await coming('message', () => sendPicture(picture));
    expect(attachments).toMatchObject([{ kind: 'image' }]);
    expect((await fetchFile(attachments[0]!, address, 1000)).bytes.equals(picture)).toBe(true);
    await expect(fetchFile(attachments[0]!, address, 10)).rejects.toMatchObject({ code: 'too_large' });
  });

  if (bench.way === 'listen')
    it('refuses to listen with bad credentials, and says that they are', async () => {
      const { badConfig } = bench.platform();
      const never = new AbortController();
      const listening = bench.channel.listen!(badConfig, async () => ({ fresh: true }), quietLink, never.signal, localPorts());
      await expect(listening).rejects.toMatchObject({ code: 'bad_credentials', retryable: false });
    });
}

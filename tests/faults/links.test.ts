import WebSocket from 'ws';
import { type DingTalkEmulator, startDingTalkEmulator } from '../../channels/dingtalk/emulator';
import { type LarkEmulator, startLarkEmulator } from '../../channels/lark/emulator';
import { startWecomEmulator, type WecomEmulator } from '../../channels/wecom/emulator';
import { startCable } from '../support/cable';
import { startBareWorldOn } from './bare-world';
import { isConnected, type Linked, statusOf, watchKilledHolder, watchSilentSocket, watchWrongSecret } from './links';
import { cardsShow, platforms } from './platforms';
import { answeredOf, pause, perfect, report, sizeOf, tallyOf } from './tally';
import { longAnswer, type Surroundings, startAround, streamed, until } from './world';

const trigger = { gatherMs: 0, queueMax: 50 };
const whole = (question: string): string => longAnswer(question, 5);
const script = (question: string) => streamed(whole(question), 0.2, 3);

interface Emulators {
  readonly lark: LarkEmulator;
  readonly dingtalk: Readonly<Record<'talking' | 'silent' | 'refusing', DingTalkEmulator>>;
  readonly wecom: Readonly<Record<'talking' | 'silent' | 'refusing' | 'coveted', WecomEmulator>>;
}

/** What nobody received stays lost: nothing is delivered twice here. */
async function startEmulators(): Promise<Emulators> {
  const dingtalk = () => startDingTalkEmulator({ limits: 'off', redeliverMs: [], closeAfterMs: 2000 });
  const wecom = () => startWecomEmulator({ limits: 'off' });
  return {
    lark: await startLarkEmulator({ limits: 'off' }),
    dingtalk: { talking: await dingtalk(), silent: await dingtalk(), refusing: await dingtalk() },
    wecom: { talking: await wecom(), silent: await wecom(), refusing: await wecom(), coveted: await wecom() },
  };
}

describe('connections of DingTalk and WeCom, and what Lark kept', () => {
  let world: Surroundings;
  let emulators: Emulators;
  const bots = new Map<string, string>();

  beforeAll(async () => {
    emulators = await startEmulators();
    const { lark, dingtalk, wecom } = emulators;
    world = await startAround([lark, ...Object.values(dingtalk), ...Object.values(wecom)], script);
    const { appId, appSecret, domain } = lark.config;
    bots.set('lark', await world.addBot({ config: { appId, appSecret, domain }, trigger }));
    bots.set('dingtalk', await addDingTalk(dingtalk.talking));
    bots.set('wecom', await addWecom(wecom.talking));
    bots.set('coveted', await addWecom(wecom.coveted));
    for (const id of bots.values()) await until(() => isConnected(world, id), 20_000, 'the bots to connect');
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  const addDingTalk = ({ config }: DingTalkEmulator, clientSecret = config.clientSecret) =>
    world.addBot({ channel: 'dingtalk', mode: 'stream', config: { ...config, clientSecret }, trigger });
  const addWecom = ({ config }: WecomEmulator, secret = config.secret) =>
    world.addBot({ channel: 'wecom', mode: 'long_connection', config: { ...config, secret }, trigger });
  const ofDingTalk = ({ logins, calls, goSilent }: DingTalkEmulator): Linked => ({
    ...{ name: 'DingTalk', logins, goSilent },
    attempts: () => calls('connect').length,
  });
  const ofWecom = ({ logins, attempts, goSilent }: WecomEmulator): Linked => ({ name: 'WeCom', logins, attempts, goSilent });
  const incidentsOf = async (id: string) =>
    (await world.call<{ items: { kind: string }[] }>('GET', `integrations/${id}/incidents`)).items.map(({ kind }) => kind);

  it('wrong secrets, silent sockets, announced ends, a stranger, our own successor, and messages nobody pushed', async () => {
    const { dingtalk, wecom } = emulators;
    // They watch different connections, so they wait together.
    const results = await Promise.allSettled([
      watchWrongSecret(world, ofDingTalk(dingtalk.refusing), () => addDingTalk(dingtalk.refusing, 'wrong')),
      watchWrongSecret(world, ofWecom(wecom.refusing), () => addWecom(wecom.refusing, 'wrong')),
      watchSilentSocket(world, ofDingTalk(dingtalk.silent), () => addDingTalk(dingtalk.silent)),
      watchSilentSocket(world, ofWecom(wecom.silent), () => addWecom(wecom.silent)),
      announcedEnd(dingtalk.talking),
      stranger(wecom.coveted),
      ownSuccessor(),
      unheard(emulators.lark),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }, 180_000);

  it('DingTalk’s and WeCom’s connections of a killed holder are up in another process within 8 s', async () => {
    await watchKilledHolder(world, ofDingTalk(emulators.dingtalk.talking), bots.get('dingtalk')!);
    await watchKilledHolder(world, ofWecom(emulators.wecom.talking), bots.get('wecom')!);
  }, 120_000);

  /** DingTalk says that it will close a connection: the next one is open before, and not one message is lost. */
  async function announcedEnd(dingtalk: DingTalkEmulator): Promise<void> {
    const shows = cardsShow(dingtalk);
    const said = new Map<string, string[]>();
    const before = dingtalk.logins().length;
    for (let n = 0; n < 40; n++) {
      const [chatId, text] = [`announced_${n % 4}`, `message ${n}`];
      said.set(chatId, [...(said.get(chatId) ?? []), text]);
      dingtalk.say({ chatId, text });
      if (n === 10 || n === 25) dingtalk.announceDisconnect();
      await pause(150);
    }
    await until(() => answeredOf(shows, said) === sizeOf(said), 30_000, 'all answers').catch((error: Error) => report(error.message));
    report(`DingTalk, an announced end: ${sizeOf(said)} messages meanwhile, ${dingtalk.logins().length - before} new connections`);
    expect(tallyOf(shows, said, whole)).toEqual(perfect);
    expect(dingtalk.deliveries().every(({ attempts }) => attempts.length === 1)).toBe(true);
    expect(dingtalk.logins().length).toBe(before + 2);
    expect(dingtalk.connections()).toBe(1);
    expect(await incidentsOf(bots.get('dingtalk')!)).not.toContain('lost');
  }

  /** Somebody else logs in with the bot's secret: parked with that reason; we do not take it back, until an administrator says so. */
  async function stranger(wecom: WecomEmulator): Promise<void> {
    const id = bots.get('coveted')!;
    const before = wecom.attempts();
    const socket = new WebSocket(wecom.url);
    await new Promise((resolve) => socket.once('open', resolve));
    const body = { bot_id: wecom.config.botId, secret: wecom.config.secret };
    socket.send(JSON.stringify({ cmd: 'aibot_subscribe', headers: { req_id: 'stranger' }, body }));
    await until(async () => (await statusOf(world, id)).parked, 10_000, 'the connection to be parked');
    const parked = await statusOf(world, id);
    await pause(60_000);
    report(`WeCom, a stranger: parked (${parked.reason}), ${wecom.attempts() - before - 1} log-ins of ours in a minute`);
    expect(parked).toMatchObject({ state: 'disconnected', parked: true, reason: expect.stringMatching(/another client|elsewhere|took/i) });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(wecom.attempts()).toBe(before + 1);
    expect(await incidentsOf(id)).toContain('parked');
    await world.call('POST', `integrations/${id}/restart`);
    await until(
      async () => (await isConnected(world, id)) && socket.readyState !== WebSocket.OPEN,
      10_000,
      'the connection to be ours again',
    );
    socket.terminate();
  }

  /** A holder that is cut off from Temporal alone keeps its socket until its successor logs in: that is no stranger. */
  async function ownSuccessor(): Promise<void> {
    const wecom = await platforms.wecom({ limits: false });
    const { bare, integrationId, stop } = await startBareWorldOn(wecom, { script, trigger });
    const cable = await startCable(bare.temporalAddress);
    try {
      await bare.startProcess('worker', 'workers/main.ts', ['conversations']);
      await bare.startProcess('first', 'workers/main.ts', ['connections'], { TEMPORAL_ADDRESS: cable.address });
      await until(() => wecom.connections() > 0, 30_000, 'the bot to connect');
      await bare.startProcess('second', 'workers/main.ts', ['connections']);
      const said = new Map([['cut_off', ['before the cut', 'during the cut', 'after the cut']]]);
      const [earlier, meanwhile, later] = said.get('cut_off')!;
      wecom.say('cut_off', earlier!);
      await until(() => wecom.replies('cut_off').some(({ ended }) => ended), 20_000, 'the first answer');
      cable.cut();
      await pause(1000);
      wecom.say('cut_off', meanwhile!);
      const record = async () => (await bare.store.connections.find(integrationId))!;
      await until(async () => (await record()).owner === 'second' && (await record()).state === 'connected', 40_000, 'the successor');
      await pause(3000);
      cable.restore();
      await pause(4000);
      wecom.say('cut_off', later!);
      await until(() => answeredOf(wecom, said) === 3, 30_000, 'the answers').catch((error: Error) => report(error.message));
      expect(tallyOf(wecom, said, whole)).toEqual(perfect);
      expect(await record()).toMatchObject({ owner: 'second', state: 'connected', parked: false });
    } finally {
      await stop();
      await cable.close();
    }
  }

  /** Lark pushes nothing while nobody is there, and keeps it: it is read from the chat's history, once. */
  async function unheard(lark: LarkEmulator): Promise<void> {
    const chatId = 'oc_unheard';
    const said = new Map([[chatId, ['heard', 'unheard 1', 'unheard 2', 'heard again']]]);
    const [first, ...others] = said.get(chatId)!;
    lark.say({ chatId, text: first! });
    await until(() => answeredOf(cardsShow(lark), said) === 1, 20_000, 'the first answer');
    lark.refuseConnections(true);
    lark.dropSockets();
    await pause(1500);
    for (const text of others.slice(0, 2)) {
      lark.sayUnheard({ chatId, text });
      await pause(50);
    }
    await pause(1500);
    lark.refuseConnections(false);
    await until(() => lark.connections() > 0, 70_000, 'the bot to connect again');
    const backAt = Date.now();
    await until(() => answeredOf(cardsShow(lark), said) === 3, 20_000, 'what was unheard');
    report(`Lark, messages nobody pushed: answered ${Date.now() - backAt} ms after the connection was back`);
    lark.say({ chatId, text: others.at(-1)! });
    await until(() => answeredOf(cardsShow(lark), said) === 4, 20_000, 'the last answer');
    await pause(1000);
    expect(tallyOf(cardsShow(lark), said, whole)).toEqual(perfect);
  }
});

import { longAnswer, startWorld, streamed, until, type World } from './world';

const DAY_MS = 24 * 3600_000;
const whole = (question: string): string => longAnswer(question, 5);

describe('Lark’s webhook on the running gateway', () => {
  let world: World;
  let bot: string;
  let disabledBot: string;

  beforeAll(async () => {
    world = await startWorld({
      lark: { limits: 'off', redeliverMs: [1000, 2000, 5000] },
      script: (question) => streamed(whole(question), 0.3, 5),
      trigger: { gatherMs: 0 },
    });
    bot = await world.addBot({ mode: 'webhook', config: world.lark.config, trigger: { gatherMs: 0 } });
    disabledBot = await world.addBot({ mode: 'webhook', config: world.lark.config, trigger: { gatherMs: 0 } });
    await world.call('POST', `integrations/${disabledBot}/disable`);
  }, 180_000);

  afterAll(async () => {
    await world?.stop();
  }, 60_000);

  interface Call {
    readonly body: Buffer;
    readonly headers: Readonly<Record<string, string>>;
  }
  const urlOf = (integrationId: string): string => `${world.stack.stack.consoleUrl}webhooks/${integrationId}`;
  const post = async ({ body, headers }: Call, integrationId = bot) => {
    const startedAt = Date.now();
    const response = await fetch(urlOf(integrationId), { method: 'POST', body: new Uint8Array(body), headers });
    const text = await response.text();
    return { status: response.status, type: response.headers.get('content-type') ?? '', text, tookMs: Date.now() - startedAt };
  };
  const message = (chatId: string, text: string) => world.lark.events.message({ chatId, text });
  const answerIn = (chatId: string) => world.lark.cards(chatId).filter(({ closed }) => closed);

  it('a signed call is answered within a second, and its question like one over the socket', async () => {
    const { lark } = world;
    const { event, messageId } = message('oc_signed', 'by webhook');
    const { status, tookMs } = await post(lark.webhookBody(event));
    expect(status).toBe(200);
    expect(tookMs).toBeLessThan(1000);
    await until(() => answerIn('oc_signed').length === 1, 20_000, 'the answer');
    expect(answerIn('oc_signed')[0]).toMatchObject({ text: whole('by webhook'), replyTo: messageId });

    lark.sendTo(urlOf(bot));
    const posted = lark.say({ chatId: 'oc_posted', text: 'posted by the platform' });
    await until(() => answerIn('oc_posted').length === 1, 20_000, 'the answer');
    lark.sendTo(undefined);
    expect(answerIn('oc_posted')[0]!.replyTo).toBe(posted);
    expect(lark.deliveries().at(-1)!.attempts.length).toBe(1);
  });

  it('the platform’s challenge is answered', async () => {
    const { verificationToken: token } = world.lark.config;
    const { status, text } = await post(world.lark.webhookBody({ type: 'url_verification', challenge: 'prove it', token }));
    expect([status, JSON.parse(text)]).toEqual([200, { challenge: 'prove it' }]);
  });

  it('the same bytes again are a success and nothing new; older than a day they are refused', async () => {
    const { lark } = world;
    const { event } = message('oc_replayed', 'only once');
    const call = lark.webhookBody(event);
    const hourOld = lark.webhookBody(event, Date.now() - 3600_000);
    for (const one of [call, call, call, hourOld, lark.webhookBody(event)]) expect((await post(one)).status).toBe(200);
    await until(() => answerIn('oc_replayed').length > 0, 20_000, 'the answer');
    for (const one of [call, call]) expect((await post(one)).status).toBe(200);
    const late = message('oc_late', 'too late').event;
    expect((await post(lark.webhookBody(late, Date.now() - DAY_MS - 60_000))).status).toBe(401);
    expect((await post(lark.webhookBody(late, Date.now() + 10 * 60_000))).status).toBe(401);
    expect((await post(lark.webhookBody(late, Date.now() - DAY_MS + 60_000))).status).toBe(200);
    await until(() => answerIn('oc_late').length === 1, 20_000, 'the answer to what was nearly too late');
    expect(world.lark.cards('oc_replayed').length).toBe(1);
    expect(world.ai.requests.filter(({ question }) => question === 'only once').length).toBe(1);
  });

  it('calls that are not Lark’s or cannot be read are problem documents, and nothing comes of them', async () => {
    const { lark } = world;
    const event = () => message('oc_bad', 'never to be answered').event;
    const good = lark.webhookBody(event());
    const strangers = { ...event(), header: { ...event().header, token: 'wrong' } };
    const other = { ...event(), header: { ...event().header, app_id: 'cli_ffffffffffffffff' } };
    const { 'x-lark-signature': _, ...unsigned } = good.headers;
    const wrong: readonly (readonly [string, number, Call])[] = [
      ['unsigned', 401, { ...good, headers: unsigned }],
      ['wrongly signed', 401, { ...good, headers: { ...good.headers, 'x-lark-signature': '0'.repeat(64) } }],
      ['signed for other bytes', 401, { ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) }],
      ['in plain text', 401, lark.signed(Buffer.from(JSON.stringify(event())))],
      ['with a wrong token', 401, lark.webhookBody(strangers)],
      ['for another app', 401, lark.webhookBody(other)],
      ['no JSON', 400, lark.signed(Buffer.from('{"encrypt": '))],
      ['no cipher text', 400, lark.signed(Buffer.from('{"encrypt": "bm90aGluZw=="}'))],
      ['too large', 413, lark.signed(Buffer.alloc(1024 * 1024 + 1, 'x'))],
    ];
    const got = [];
    for (const [what, , call] of wrong) {
      const { status, type, text } = await post(call);
      const problem = type.includes('problem+json') ? (JSON.parse(text) as { type: string; status: number }) : undefined;
      got.push([what, status, problem?.status, problem?.type.startsWith('urn:parley:')]);
    }
    expect(got).toEqual(wrong.map(([what, status]) => [what, status, status, true]));
    expect(await inLedger('never to be answered')).toBe(0);
  });

  it('a disabled, an unknown and a long-connection integration are not there', async () => {
    const { lark, integrationId } = world;
    const { event } = message('oc_bad', 'to nobody');
    for (const id of [disabledBot, '00000000-0000-4000-8000-000000000000', integrationId, 'nonsense']) {
      const { status, type } = await post(lark.webhookBody(event), id);
      expect([id, status, type]).toEqual([id, 404, expect.stringContaining('application/problem+json')]);
    }
    expect(await inLedger('to nobody')).toBe(0);
  });

  it('a burst of bad calls is cut off', async () => {
    const bad: Call = { body: Buffer.from('{}'), headers: { 'content-type': 'application/json' } };
    const statuses: number[] = [];
    for (let n = 0; n < 80; n++) statuses.push((await post(bad)).status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.at(-1)).toBe(429);
    const { type } = await post(bad);
    expect(type).toContain('application/problem+json');
    expect(world.lark.cards('oc_bad').length).toBe(0);
  });

  /** How many events with this text the record shows, answered or not. */
  async function inLedger(text: string): Promise<number> {
    const { items } = await world.call<{ items: unknown[] }>('GET', `conversations?q=${encodeURIComponent(text)}`);
    const { items: unended } = await world.call<{ items: unknown[] }>('GET', 'events?state=unended');
    return items.length + unended.length;
  }
});

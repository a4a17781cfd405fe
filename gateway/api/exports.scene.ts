import { randomUUID } from 'node:crypto';
import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';
import { createDesk, said } from '../../tests/support/world';

jest.setTimeout(120_000);

export let gateway: TestGateway;
export let auditor: Visitor;
export let viewer: Visitor;
export let desk: { readonly integrationId: string; readonly expertId: string };

beforeAll(async () => {
  gateway = await startGateway({ PARLEY_TEMPORAL_UI_URL: 'http://127.0.0.1:8080' });
  const keyOf = (role: 'auditor' | 'viewer') => gateway.store.access.createKey(role, role, gateway.scope);
  [auditor, viewer] = [gateway.program(await keyOf('auditor')), gateway.program(await keyOf('viewer'))];
  const { integration, expertId } = await createDesk(gateway);
  desk = { integrationId: integration.id, expertId };
});
afterAll(() => gateway?.close());

interface Talk {
  readonly chat?: string;
  readonly turns: readonly {
    readonly asks: readonly string[];
    readonly answer: string;
    readonly stopped?: true;
    readonly attachment?: string;
  }[];
}

/** A session in a chat of its own. Resolves with its id and those of its turns. */
export async function talk({ chat = randomUUID(), turns }: Talk) {
  const { store } = gateway;
  const sessionId = randomUUID();
  const ids: string[] = [];
  const route = (await store.events.route(desk.integrationId))!;
  const hear = async (event: ReturnType<typeof said>, more = {}) =>
    (await store.events.insert({ route, event, kind: 'message', language: 'zh', chatKey: chat, decision: 'accepted', ...more }))!;
  for (const [n, { asks, answer, stopped, attachment }] of turns.entries()) {
    const attachments = attachment ? [{ kind: 'file' as const, ref: 'r', name: attachment, size: 12 }] : [];
    const heard = [];
    for (const ask of asks) heard.push(await hear(said(ask, { chat, by: 'planted-person', attachments })));
    const turnId = randomUUID();
    ids.push(turnId);
    await store.turns.open({ turnId, sessionId, chatId: heard[0]!.chatId, runId: 'run-1', eventIds: heard.map(({ id }) => id) }, n + 1);
    await store.turns.reachedBackend(turnId);
    await store.turns.touch(turnId, 1, {
      state: 'streaming',
      text: answer,
      ref: { data: { parts: [{}, {}] } },
      sequence: 1_000_003,
      firstTokenAt: new Date(),
    });
    const stop = stopped && (await hear(said('/stop', { chat, by: 'boss' }), { kind: 'command', command: 'stop' }));
    if (stop) await store.events.end([stop.id], 'done');
    const by = stopped && (await store.turns.stopper(turnId));
    const state = stopped ? 'stopped' : 'done';
    const view = {
      state,
      text: answer,
      language: 'zh',
      steps: [{ id: 's', title: 'Planted step', status: 'done' }],
      footer: 'AI',
      buttons: ['retry'],
    } as const;
    const reason = stopped ? { reason: '已停止' } : {};
    await store.turns.decide(turnId, 1, {
      state,
      view: { ...view, ...reason },
      usage: { inputTokens: 10, outputTokens: 5, model: 'm' },
      ...(by && { stoppedBy: by.personId }),
    });
    await store.turns.finish(turnId, { data: { parts: [{}, {}] } }, stopped ? 'stopped' : 'answered');
  }
  return { id: sessionId, turnIds: ids };
}

export const get = (path: string, visitor = auditor) => visitor.call('GET', path);

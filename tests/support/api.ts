import { setTimeout as wait } from 'node:timers/promises';
import type { RunningStack } from './stack';

/** One answer of the API: its body as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Told;
  readonly headers: Headers;
}

/** Fields that tests read out of answers; which ones are there depends on the route. */
export interface Told {
  readonly id: string;
  readonly status: number;
  readonly items: readonly Told[];
  readonly nextCursor: string | null;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly apiKey: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly endReason: string | null;
  readonly expiresAt: string;
  readonly callbackUrl: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly modes: readonly { readonly name: string; readonly recommended: boolean }[];
  readonly temporal: { readonly workflowId: string; readonly runId: string; readonly url: string };
  readonly turns: readonly ToldTurn[];
}

export interface ToldTurn {
  readonly id: string;
  readonly state: string;
  readonly expert: { readonly id: string; readonly version: number };
  readonly timings: Readonly<Record<string, string | null>>;
  readonly error: { readonly reference: string };
}

export type ApiTester = ReturnType<typeof createApiTester>;

/** The API of a running stack in the words of its tests. */
export function createApiTester(stack: RunningStack) {
  /** @param key the demo key unless given; an empty one sends none */
  async function call(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    const headers = key === undefined ? {} : { authorization: key === '' ? '' : `Bearer ${key}` };
    const response = await stack.api(path, { method, headers, ...(body !== undefined && { body }) });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const told = (/^application\/(problem\+)?json/.test(type) && text ? JSON.parse(text) : text) as Told;
    return { status: response.status, type, body: told, headers: response.headers };
  }

  async function make(path: string, body: unknown): Promise<Told> {
    const answer = await call('POST', path, body);
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const newSandbox = (): Promise<Told> => make('integrations', { name: 'Test sandbox', channel: 'sandbox' });

  /** A published expert in a sandbox of its own; it answers at once unless told otherwise. */
  async function newTalk(expert: object = { backend: 'echo', config: { chunkMs: 0 } }) {
    const integrationId = (await newSandbox()).id;
    const expertId = (await make('experts', { name: 'Test expert', ...expert })).id;
    const triggerId = (await make(`experts/${expertId}/triggers`, { integrationId, gatherMs: 0 })).id;
    await call('POST', `experts/${expertId}/publish`);
    return { integrationId, expertId, triggerId };
  }

  const say = (integrationId: string, text: string): Promise<Answer> =>
    call('POST', `sandbox/${integrationId}/messages`, { chat: 'c', sender: 'ann', text });

  /** The open session of an integration's only chat, once `check` holds for its turns. */
  const session = (integrationId: string, check: (turns: readonly ToldTurn[]) => boolean): Promise<Told> =>
    until(async () => {
      const open = (await call('GET', `conversations?integrationId=${integrationId}&state=open`)).body.items[0];
      const found = open && (await call('GET', `conversations/${open.id}`)).body;
      return found && check(found.turns) && found;
    });

  /** The open session once it has so many turns and all have ended. */
  const answered = (integrationId: string, count = 1): Promise<Told> =>
    session(integrationId, (turns) => turns.length === count && turns.every(({ timings }) => timings.finishedAt !== null));

  return { call, make, newSandbox, newTalk, say, session, answered };
}

/** Asks again and again until there is something; throws after `withinMs`. */
export async function until<T>(what: () => Promise<T | undefined | false>, withinMs = 30_000): Promise<T> {
  for (const deadline = Date.now() + withinMs; ; await wait(50)) {
    const found = await what();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Within ${withinMs} ms this did not happen: ${what}`);
  }
}

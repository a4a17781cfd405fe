import { createServer, type Server } from 'node:http';
import { type OpenAiEmulator, startOpenAiEmulator } from '../agents/openai.emulator';
import type { PeopleSettings, PersonFacts } from '../domain/person';
import { ask, attempt, cardsOf, createProcess } from '../tests/support/answering';
import { closeServer, listenOnLoopback, readBody } from '../tests/support/loopback';
import { createDesk, createWorld, type Desk, said, type World } from '../tests/support/world';

export let world: World;
export let service: OpenAiEmulator;
let mapper: Server;
let mapperAddress: string;
/** What the company's own service says of a person; undefined = nothing at all, ever. */
type Mapping = ((personId: string) => { status?: number; body: unknown } | undefined) | undefined;
let mapped: Mapping;
export const asked: string[] = [];

beforeAll(async () => {
  [world, service] = await Promise.all([createWorld(), startOpenAiEmulator()]);
  mapper = createServer(async (request, response) => {
    const { personId } = JSON.parse((await readBody(request)).toString()) as { personId: string };
    asked.push(personId);
    const answer = mapped?.(personId);
    if (answer) response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body));
  });
  mapperAddress = await listenOnLoopback(mapper);
}, 60_000);
afterAll(async () => {
  await Promise.all([service?.close(), mapper && closeServer(mapper)]);
  await world?.close();
});
beforeEach(() => {
  asked.length = 0;
  service.script(() => ({ chunks: ['Yes.'] }));
});

export const setMapped = (mapping: Mapping): void => {
  mapped = mapping;
};

/** A desk whose integration knows people in this way. */
export async function deskWith(people: Partial<PeopleSettings>, config: object = {}): Promise<Desk> {
  const desk = await createDesk(world, { backend: 'openai', config: { baseUrl: service.url, model: 'm', ...config } });
  return await withPeople(desk, people);
}

export async function withPeople(desk: Desk, people: Partial<PeopleSettings>): Promise<Desk> {
  const integration = await world.store.integrations.save(
    world.scope,
    desk.integration.id,
    { ...desk.integration, people: { ...people } },
    false,
  );
  return { ...desk, integration: integration! };
}

/** Settings of the company's own service. */
export const http = (timeoutMs = 500) => ({
  url: `http://${mapperAddress}/`,
  secret: 'a secret of enough length',
  timeoutMs,
});

/** A process whose platform tells this of people, with a count of how often it was asked. */
export function telling(person: (id: string) => Promise<PersonFacts>) {
  const calls: string[] = [];
  const process = createProcess(world, {
    messenger: (real) => ({
      ...real,
      person: (id) => {
        calls.push(id);
        return person(id);
      },
    }),
  });
  return { process, calls };
}

let chats = 0;
/** A chat that no other test speaks in. */
export const nextChat = (): string => `chat ${chats++}`;

/** Somebody asks; resolves with what became of it and what the expert was asked. */
export async function turn(desk: Desk, process = createProcess(world), by = 'ann') {
  const chat = nextChat();
  const requests = service.requests.length;
  const { state } = await attempt(process, await ask(world, desk, [said('May I?', { chat, by })])).outcome;
  const [card] = await cardsOf(world, desk, chat);
  const request = service.requests[requests];
  return { state, card: card!, request: request?.body as { user?: string; messages: { role: string; content: string }[] } | undefined };
}

export async function personOf(desk: Desk, platformId = 'ann') {
  const [found] = await world.store.people.list(
    world.scope,
    { integrationId: desk.integration.id, q: platformId },
    { afterTime: '-infinity', afterId: '00000000-0000-0000-0000-000000000000', limit: 1 },
  );
  return found!;
}

/** A user whom an administrator added. */
export const addUser = (fields: { username: string; staffId?: string; email?: string; mobile?: string; name?: string }) =>
  world.store.directory.save(world.scope, {
    email: `${fields.username}@known.example`,
    ...fields,
    source: 'api',
    subject: fields.username,
  });

import { startGateway, type TestGateway, type Visitor } from '../../tests/support/gateway';

jest.setTimeout(60_000);

export let gateway: TestGateway;
export let admin: Visitor;
/** The administrator's. */
export let key: string;

beforeAll(async () => {
  gateway = await startGateway();
  key = await gateway.store.access.createKey('admin', 'admin', gateway.scope);
  admin = gateway.program(key);
});
afterAll(() => gateway?.close());

/** Posts what must be taken; resolves with its id. */
export async function make(path: string, body: unknown): Promise<string> {
  const answer = await admin.call('POST', path, { body });
  expect(answer.status).toBe(201);
  return answer.body.id as string;
}

export const newSandbox = (name: string) => make('integrations', { name, channel: 'sandbox' });

export const publish = (id: string) => admin.call('POST', `experts/${id}/publish`);

/** An expert that answers at once, with one trigger. */
export async function newExpert(name: string, integrationId: string, trigger: object = {}) {
  const id = await make('experts', { name, backend: 'echo', config: { chunkMs: 0 } });
  const triggerId = await make(`experts/${id}/triggers`, { integrationId, ...trigger });
  return { id, triggerId };
}

import { type OpenAiEmulator, startOpenAiEmulator } from '../../agents/openai.emulator';
import { rows } from '../../store/database';
import { admin, gateway, key, make } from './experts.scene';

describe('trying a draft', () => {
  let service: OpenAiEmulator;
  beforeAll(async () => {
    service = await startOpenAiEmulator();
  });
  afterAll(() => service?.close());

  /** @returns the events, by name */
  async function attempt(id: string, body: unknown) {
    const response = await fetch(`${gateway.url}/api/v1/experts/${id}/try`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    const events = (await response.text()).split('\n\n').filter(Boolean);
    const read = events
      .map((event) => /^event: (.*)\ndata: (.*)$/.exec(event)!)
      .map(([, name, data]) => [name!, JSON.parse(data!)] as const);
    return { status: response.status, answers: read.filter(([name]) => name === 'answer'), end: read.at(-1) };
  }

  it('streams its answer, and leaves no turn and no event', async () => {
    const id = await make('experts', { name: 'Draft', backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
    service.script(() => ({ chunks: ['It ', 'works.'], delayMs: 150 }));
    const { answers, end } = await attempt(id, { text: 'Does it?', history: [{ question: 'Who?', answer: 'Me.' }] });
    expect(answers.map(([, { text }]) => text)).toEqual(expect.arrayContaining(['It ', 'It works.']));
    expect(end).toEqual(['end', expect.objectContaining({ state: 'done' })]);
    expect(service.requests.at(-1)!.question).toBe('Does it?');
    const [kept] = await rows<{ n: number }>(gateway.store.db, 'SELECT (SELECT count(*) FROM turns) + (SELECT count(*) FROM events) AS n');
    expect(kept!.n).toBe(0);
    const records = await rows(gateway.store.db, "SELECT change FROM audit WHERE action = 'expert.tried' AND target_id = ?", [id]);
    expect(records).toEqual([{ change: null }]);
  });

  it('says what an administrator can do where it fails', async () => {
    service.script(() => ({ status: 401 }));
    const id = await make('experts', { name: 'Locked', backend: 'openai', config: { baseUrl: service.url, model: 'm' } });
    expect((await attempt(id, { text: 'Hello' })).end).toEqual([
      'end',
      expect.objectContaining({ state: 'failed', code: 'bad_credentials' }),
    ]);
  });

  it('is for administrators of its organization', async () => {
    const id = await make('experts', { name: 'Mine', backend: 'echo' });
    const viewer = gateway.program(await gateway.store.access.createKey('viewer', 'viewer', gateway.scope));
    expect((await viewer.call('POST', `experts/${id}/try`, { body: { text: 'x' } })).status).toBe(403);
    const stranger = gateway.program(
      await gateway.store.access.createKey('x', 'admin', await gateway.store.access.createTenant('Try elsewhere')),
    );
    expect((await stranger.call('POST', `experts/${id}/try`, { body: { text: 'x' } })).status).toBe(404);
    expect((await admin.call('POST', `experts/${id}/try`, { body: { text: '' } })).status).toBe(422);
  });
});

import { createHash } from 'node:crypto';
import { desk, gateway, get, talk, viewer } from './exports.scene';

test('a transcript shows what the chat saw, when, and who did what', async () => {
  const { id, turnIds } = await talk({
    turns: [
      { asks: ['planted one', 'planted two'], answer: 'planted answer', attachment: 'planted.pdf' },
      { asks: ['planted three'], answer: 'half', stopped: true },
    ],
  });
  const { status, body } = await get(`conversations/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ id, integrationId: desk.integrationId, integrationName: expect.any(String), expertName: 'expert', turnCount: 2, nextCursor: null },
    people: [{ name: 'planted-person' }],
    temporal: { runId: 'run-1', url: expect.stringContaining('/run-1/history') },
    acts: [{ kind: 'command', name: 'stop', person: 'boss', end: 'done' }],
  });
  const [first, second] = body.turns;
  expect(first).toMatchObject({
    ...{ id: turnIds[0], number: 1, state: 'done', stoppedBy: null, attempts: 1 },
    question: [
      { text: 'planted one', person: 'planted-person', recalled: false, attachments: [{ kind: 'file', name: 'planted.pdf', size: 12 }] },
      { text: 'planted two' },
    ],
    reply: {
      state: 'done',
      text: 'planted answer',
      frames: 3,
      writers: 1,
      parts: 2,
      steps: [{ title: 'Planted step', status: 'done' }],
      footer: 'AI',
      buttons: ['retry'],
    },
    expert: { id: desk.expertId, version: 1, name: 'expert' },
  });
  expect(first.timeline.map(({ step }: { step: string }) => step)).toEqual([
    'received',
    'gathered',
    'begun',
    'asked',
    'first_token',
    'ended',
    'finished',
  ]);
  const afters = first.timeline.map(({ afterMs }: { afterMs: number }) => afterMs);
  expect(afters).toEqual([...afters].sort((a, b) => a - b));
  const { totalMs, ...parts } = first.durations;
  expect(Math.abs(Object.values(parts as Record<string, number>).reduce((sum, one) => sum + one, 0) - totalMs)).toBeLessThanOrEqual(7);
  expect(second).toMatchObject({ state: 'stopped', stoppedBy: { name: 'boss' }, note: '已停止', reply: { text: 'half' } });

  const seen = await get(`conversations/${id}`, viewer);
  expect(seen.status).toBe(200);
  expect(JSON.stringify(seen.body)).not.toMatch(/planted|boss/i);
});

test('the turns of a long session come page by page', async () => {
  const { id, turnIds } = await talk({ turns: Array.from({ length: 5 }, (_, n) => ({ asks: [`ask ${n}`], answer: `answer ${n}` })) });
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const { body } = await get(`conversations/${id}?limit=2${cursor && `&cursor=${cursor}`}`);
    found.push(...body.turns.map((turn: { id: string }) => turn.id));
    cursor = body.nextCursor;
  }
  expect([pages, found]).toEqual([3, turnIds]);
  expect((await get(`conversations/${id}?cursor=xyz`)).status).toBe(422);
});

test('a search answers with snippets, and refuses what holds no words', async () => {
  const { id } = await talk({ turns: [{ asks: ['关于跨境结算的问题'], answer: 'yes' }] });
  const { body } = await get(`conversations?q=${encodeURIComponent('跨境结算')}`);
  expect(body.items).toMatchObject([{ id, snippet: { part: 'question', text: '关于跨境结算的问题' } }]);
  expect((await get(`conversations?q=${encodeURIComponent('？！')}`)).status).toBe(422);
});

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('an export as lines holds everything and ends with its manifest', async () => {
  const { id } = await talk({
    turns: [
      { asks: ['导出测试'], answer: 'one' },
      { asks: ['next'], answer: 'two', stopped: true },
    ],
  });
  const { body, headers } = await get(`conversations/${id}/export`);
  expect(headers.get('content-disposition')).toBe(`attachment; filename="conversation-${id}.jsonl"`);
  const lines = (body as string).trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed.map(({ kind }) => kind)).toEqual(['conversation', 'act', 'turn', 'turn', 'manifest']);
  expect(parsed[4]).toMatchObject({
    conversations: 1,
    turns: 2,
    from: parsed[0].startedAt,
    exporter: { name: 'auditor' },
    filter: { conversationId: id },
  });
  expect(parsed[4].sha256).toBe(hashOf(`${lines.slice(0, -1).join('\n')}\n`));
});

test('a spreadsheet takes no cell for a formula and reads Chinese', async () => {
  await talk({ turns: [{ asks: ['=HYPERLINK("http://evil")', '表格, "引号"'], answer: '@SUM(A1)\n第二行' }] });
  const response = await fetch(
    `${gateway.url}/api/v1/exports/conversations?format=csv&q=${encodeURIComponent('表格')}&columns=turn,question,answer`,
    {
      headers: { authorization: `Bearer ${await gateway.store.access.createKey('csv', 'auditor', gateway.scope)}` },
    },
  );
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  const text = bytes.toString('utf8');
  expect(text).toContain(`turn,question,answer\r\n1,"'=HYPERLINK(""http://evil"")\n表格, ""引号""","'@SUM(A1)\n第二行"\r\n# manifest,`);
  const [rows = '', manifest = ''] = text.split('# manifest,');
  expect(JSON.parse(manifest.trim().slice(1, -1).replaceAll('""', '"'))).toMatchObject({
    turns: 1,
    sha256: hashOf(rows),
    filter: { q: '表格' },
  });
  expect((await get('exports/conversations?format=csv&columns=nothing')).status).toBe(422);
});

test('a page to print holds no markup of others', async () => {
  const { id } = await talk({ turns: [{ asks: ['<script>alert(1)</script>'], answer: '<img src=x onerror=alert(1)>' }] });
  const { body, headers } = await get(`conversations/${id}/export?format=html&language=zh`);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(body).not.toMatch(/<script|<img/);
  expect(body).toContain('导出清单');
});

test('an export has no end of rows, and is recorded when it begins and when it is complete', async () => {
  const chat = 'many';
  for (let n = 0; n < 105; n++) await talk({ chat: `${chat}-${n}`, turns: [{ asks: ['批量导出'], answer: 'ok' }] });
  const { body } = await get(`exports/conversations?q=${encodeURIComponent('批量导出')}`);
  const manifest = JSON.parse((body as string).trimEnd().split('\n').at(-1)!);
  expect(manifest).toMatchObject({ conversations: 105, turns: 105 });
  const { items } = (await get('audit?limit=2')).body;
  expect(items).toMatchObject([
    { action: 'transcript.export_completed', change: { after: { sha256: manifest.sha256, turns: 105 } } },
    {
      action: 'transcript.exported',
      targets: [{ type: 'organization', id: gateway.scope.organizationId }],
      context: { export: { q: '批量导出' } },
    },
  ]);
});

test('without the right to content nothing is exported, and another organization has nothing to export', async () => {
  const { id } = await talk({ turns: [{ asks: ['secret'], answer: 'ok' }] });
  expect((await get(`conversations/${id}/export`, viewer)).status).toBe(403);
  expect((await get('exports/conversations', viewer)).status).toBe(403);
  const other = await gateway.store.access.createTenant('Other');
  const stranger = gateway.program(await gateway.store.access.createKey('s', 'auditor', other));
  expect((await get(`conversations/${id}/export`, stranger)).status).toBe(404);
  expect((await get(`exports/conversations?integrationId=${desk.integrationId}`, stranger)).body).toMatch(
    /^\{"kind":"manifest","conversations":0,/,
  );
});

test('figures: links, messages, answers and their times, hour by hour', async () => {
  await talk({
    turns: [
      { asks: ['a', 'b'], answer: 'ok' },
      { asks: ['c'], answer: 'half', stopped: true },
    ],
  });
  const to = new Date(Date.now() + 60_000).toISOString();
  const { status, body } = await get(`stats/overview?to=${to}&timeZone=Asia/Shanghai`, viewer);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    bucket: 'hour',
    unendedEvents: 0,
    answers: { failed: 0, undeliverable: 0 },
    integrations: { connecting: 1, parked: 0 },
  });
  expect(body.answers.stopped).toBeGreaterThan(0);
  expect(body.answerMs.p50).not.toBeNull();
  expect(body.series.length).toBeGreaterThanOrEqual(24);
  const sum = (name: string): number => body.series.reduce((total: number, one: Record<string, number>) => total + one[name]!, 0);
  expect([sum('messages'), sum('done'), sum('stopped')]).toEqual([body.messages, body.answers.done, body.answers.stopped]);
  for (const query of [
    'timeZone=Mars/Phobos',
    `from=${to}`,
    'from=2020-01-01T00:00:00Z',
    `from=${new Date(Date.now() - 20 * 86_400_000).toISOString()}&bucket=hour`,
  ])
    expect((await get(`stats/overview?${query}`)).status).toBe(422);
});

test('usage by person has names for those who may see them, in pages and as a file', async () => {
  await talk({ turns: [{ asks: ['x'], answer: 'ok' }] });
  const to = new Date(Date.now() + 60_000).toISOString();
  const used = await get(`usage?by=person&to=${to}`);
  expect(used.body.items[0]).toMatchObject({ person: 'planted-person', name: null, failed: 0 });
  expect(used.body.items[0].inputTokens).toBe(used.body.items[0].turns * 10);
  expect(JSON.stringify((await get(`usage?by=person&to=${to}`, viewer)).body)).not.toContain('planted');
  expect((await get(`usage?by=expert&to=${to}`)).body.items).toMatchObject([{ key: desk.expertId, name: 'expert' }]);
  expect((await get(`usage?by=department&to=${to}`)).body.items).toMatchObject([{ key: null, department: null }]);
  const file = (await get(`exports/usage?by=person&to=${to}`, viewer)).body as string;
  expect(file).toContain('key,name,department,turns');
  expect(file).not.toContain('planted');
  expect((await get(`exports/usage?by=person&to=${to}`)).body).toContain('planted-person');
});

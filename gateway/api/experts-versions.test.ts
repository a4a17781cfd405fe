import { rows } from '../../store/database';
import { admin, gateway, make, newExpert, newSandbox, publish } from './experts.scene';

describe('versions', () => {
  it('are shown whole, compared, and published again', async () => {
    const desk = await newSandbox('Versions');
    const id = await make('experts', {
      name: 'One',
      backend: 'openai',
      config: { baseUrl: 'https://one.example', model: 'm1', apiKey: 'sk-first' },
    });
    const triggerId = await make(`experts/${id}/triggers`, { integrationId: desk });
    expect((await admin.call('GET', `experts/${id}/diff`)).body.items).toContainEqual({ path: 'name', before: null, after: 'One' });
    await publish(id);
    expect((await admin.call('GET', `experts/${id}/diff`)).body.items).toEqual([]);
    await admin.call('PATCH', `experts/${id}`, { body: { config: { model: 'm2', apiKey: 'sk-second' } } });
    await admin.call('PATCH', `experts/${id}/triggers/${triggerId}`, { body: { groups: { mention: 'any' } } });
    const expected = [
      { path: 'config.model', before: 'm1', after: 'm2' },
      { path: 'config.apiKey', before: '***', after: '***' },
      { path: `triggers.${triggerId}.groups.mention`, before: 'required', after: 'any' },
    ];
    const draft = (await admin.call('GET', `experts/${id}/diff`)).body.items;
    expect(draft).toHaveLength(3);
    expect(draft).toEqual(expect.arrayContaining(expected));
    await publish(id);
    const both = await admin.call('GET', `experts/${id}/diff?from=1&to=2`);
    expect(both.body.items).toEqual(draft);
    expect(JSON.stringify(both.body)).not.toContain('sk-');

    const first = await admin.call('GET', `experts/${id}/versions/1`);
    expect(first.body).toMatchObject({
      version: 1,
      config: { model: 'm1', apiKey: '***' },
      triggers: [{ id: triggerId, groups: { mention: 'required' } }],
    });
    expect(await admin.call('POST', `experts/${id}/rollback`, { body: { version: 1 } })).toMatchObject({
      status: 200,
      body: { version: 3 },
    });
    const route = (await gateway.store.events.route(desk))!;
    const third = (await gateway.store.experts.version(gateway.scope, id, 3))!;
    expect([route.versionId, route.settings?.groups.mention, third.config.apiKey]).toEqual([third.id, 'required', 'sk-first']);
    // The draft is the administrator's work: it stays.
    expect((await admin.call('GET', `experts/${id}`)).body.config.model).toBe('m2');
    const records = await rows<object>(gateway.store.db, "SELECT change FROM audit WHERE target_id = ? AND action = 'config.rolled_back'", [
      id,
    ]);
    expect(records).toEqual([{ change: { before: null, after: { version: 3, from: 2, to: 1 } } }]);
  });

  it('that are not there are 404', async () => {
    const id = await make('experts', { name: 'x', backend: 'echo' });
    for (const path of ['versions/1', 'versions/0', 'versions/x', 'diff?from=7'])
      expect([path, (await admin.call('GET', `experts/${id}/${path}`)).status]).toEqual([path, 404]);
    expect((await admin.call('GET', `experts/${id}/diff?from=yesterday`)).status).toBe(422);
    expect((await admin.call('POST', `experts/${id}/rollback`, { body: { version: 9 } })).status).toBe(404);
  });

  it('go back where an integration is gone, and not where another expert has taken the place', async () => {
    const [gone, stays] = [await newSandbox('Gone'), await newSandbox('Stays')];
    const { id, triggerId } = await newExpert('Back', gone);
    const second = await make(`experts/${id}/triggers`, { integrationId: stays });
    await publish(id);
    await gateway.store.integrations.remove(gateway.scope, gone);
    await admin.call('PATCH', `experts/${id}/triggers/${second}`, { body: { enabled: false } });
    await publish(id);
    expect((await admin.call('POST', `experts/${id}/rollback`, { body: { version: 1 } })).body).toEqual({ version: 3, from: 2, to: 1 });
    const version = (await admin.call('GET', `experts/${id}/versions/3`)).body;
    expect(version.triggers.map((one: { id: string }) => one.id)).toEqual([second]);
    expect(triggerId).not.toBe(second);
    await publish(id);
    await publish((await newExpert('Successor', stays)).id);
    const refused = await admin.call('POST', `experts/${id}/rollback`, { body: { version: 1 } });
    expect([refused.status, refused.body.title]).toEqual([409, expect.stringContaining('“Successor”')]);
  });
});

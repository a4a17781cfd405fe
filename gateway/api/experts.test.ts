import { rows } from '../../store/database';
import { admin, gateway, make, newExpert, newSandbox, publish } from './experts.scene';

describe('several experts behind one integration', () => {
  it('are published side by side where a message always is for one of them', async () => {
    const desk = await newSandbox('Desk');
    const general = await newExpert('General', desk);
    const finance = await newExpert('Finance', desk, { order: 10, match: { keywords: ['invoice'] } });
    expect(await publish(general.id)).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await publish(finance.id)).toMatchObject({ status: 200, body: { version: 1 } });
    expect((await admin.call('GET', `experts/${finance.id}/triggers/${finance.triggerId}`)).body).toMatchObject({
      ...{ order: 10, match: { keywords: ['invoice'], commands: [], groups: [], people: [] } },
    });
    const routes = (await gateway.store.events.route(desk))!.routes!;
    expect(routes.map(({ expertId, order }) => [expertId, order]).sort()).toEqual(
      [
        [general.id, 100],
        [finance.id, 10],
      ].sort(),
    );
  });

  it('are refused as two default routes, by the name of the other', async () => {
    const desk = await newSandbox('Front desk');
    const [first, second] = [await newExpert('First', desk), await newExpert('Second', desk)];
    await publish(first.id);
    const refused = await publish(second.id);
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:parley:integration_taken' } });
    expect(refused.body.title).toMatch(/^On the integration “Front desk” the expert “First” is the default route already: give one/);
    expect((await admin.call('GET', `experts/${second.id}`)).body.publishedVersion).toBeNull();
  });

  it('are refused where order and match do not decide, until one has another order', async () => {
    const desk = await newSandbox('Help desk');
    const words = await newExpert('Words', desk, { match: { keywords: ['invoice'] } });
    const group = await newExpert('Group', desk, { match: { groups: ['g1'] } });
    await publish(words.id);
    const refused = await publish(group.id);
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:parley:routes_overlap' } });
    expect(refused.body.title).toContain('the expert “Words”, both with the order 100');
    await admin.call('PATCH', `experts/${group.id}/triggers/${group.triggerId}`, { body: { order: 5, match: { people: ['ann'] } } });
    expect((await admin.call('GET', `experts/${group.id}/triggers/${group.triggerId}`)).body.match).toMatchObject({
      ...{ groups: ['g1'], people: ['ann'] },
    });
    expect((await publish(group.id)).status).toBe(200);
  });

  it('published at the same moment cannot both be the default route', async () => {
    const desk = await newSandbox('Race');
    const experts = await Promise.all(['a', 'b', 'c', 'd'].map((name) => newExpert(name, desk)));
    const answers = await Promise.all(experts.map(({ id }) => publish(id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('cannot be named by a command of Parley itself, or by half a command', async () => {
    const desk = await newSandbox('Commands');
    const id = await make('experts', { name: 'x', backend: 'echo' });
    const commands = ['/new', 'law', '/停止', '/ok'];
    const refused = await admin.call('POST', `experts/${id}/triggers`, { body: { integrationId: desk, match: { commands } } });
    expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      ...['match.commands.1', 'match.commands.0', 'match.commands.2'],
    ]);
  });
});

describe('deleting', () => {
  it('what something hangs on is refused with what that is, and done when asked for', async () => {
    const desk = await newSandbox('Used');
    const { id, triggerId } = await newExpert('User', desk);
    await publish(id);
    const trigger = {
      id: triggerId,
      integrationId: desk,
      integration: 'Used',
      expertId: id,
      expert: 'User',
      enabled: true,
      published: true,
    };
    const hangs = { triggers: [trigger], publishedRoutes: 1, openConversations: 0, alerts: [], limits: [] };
    for (const path of [`experts/${id}`, `integrations/${desk}`]) {
      expect((await admin.call('GET', `${path}/dependents`)).body).toEqual(hangs);
      const refused = await admin.call('DELETE', `${path}?ifUnused=true`);
      expect(refused).toMatchObject({ status: 409, body: { type: 'urn:parley:in_use' } });
      expect(refused.body.errors).toEqual([{ path: 'triggers', message: 'The expert “User” answers on the integration “Used”.' }]);
    }
    expect((await admin.call('DELETE', `experts/${id}`)).status).toBe(204);
    expect((await admin.call('GET', `integrations/${desk}/dependents`)).body).toEqual({
      triggers: [],
      publishedRoutes: 0,
      openConversations: 0,
      alerts: [],
      limits: [],
    });
    expect((await admin.call('DELETE', `experts/${await make('experts', { name: 'free', backend: 'echo' })}`)).status).toBe(204);
  });
});

describe('alerts and limits that name what is deleted', () => {
  const limit = { measure: 'tokens', amount: 1000, period: 'day' };

  it('hang on it; without it limits are gone, each with its record', async () => {
    const id = await make('experts', { name: 'Counted', backend: 'echo' });
    const limitId = await make('spending-limits', { ...limit, name: 'A day', expertId: id });
    expect((await admin.call('GET', `experts/${id}/dependents`)).body).toMatchObject({
      ...{ alerts: [], limits: [{ id: limitId, name: 'A day', enabled: true }] },
    });
    expect((await admin.call('DELETE', `experts/${id}?ifUnused=true`)).body.errors).toEqual([
      { path: 'limits', message: 'The limit “A day” counts only what is used of it.' },
    ]);
    expect((await admin.call('DELETE', `experts/${id}`)).status).toBe(204);
    expect((await admin.call('GET', `spending-limits/${limitId}`)).status).toBe(404);
    expect((await admin.call('GET', `audit?target=${limitId}`)).body.items).toMatchObject([
      { action: 'config.deleted', targets: [{ type: 'spending-limit', name: 'A day' }], change: { before: { amount: 1000 }, after: null } },
      { action: 'config.created' },
    ]);
  });

  it('of an integration: alerts are switched off until they speak through another one', async () => {
    const { store, scope } = gateway;
    const desk = await newSandbox('Loud');
    const alertId = await make('alerts', { name: 'on call', channel: 'chat', config: { integrationId: desk, chatId: 'c' } });
    const limitId = await make('spending-limits', { ...limit, name: 'Here', integrationId: desk });
    expect((await admin.call('GET', `integrations/${desk}/dependents`)).body).toMatchObject({
      ...{ alerts: [{ id: alertId, name: 'on call', enabled: true }], limits: [{ id: limitId, name: 'Here', enabled: true }] },
    });
    expect((await admin.call('DELETE', `integrations/${desk}?ifUnused=true`)).body.errors).toEqual([
      { path: 'alerts', message: 'The alert “on call” speaks through it.' },
      { path: 'limits', message: 'The limit “Here” counts only what is used of it.' },
    ]);
    // What the route does once its connection has ended, which takes Temporal.
    await store.integrations.remove(scope, desk);
    const alert = `alerts/${alertId}`;
    expect((await admin.call('GET', alert)).body).toMatchObject({ enabled: false, config: { integrationId: desk } });
    expect(await admin.call('PATCH', alert, { body: { enabled: true } })).toMatchObject({
      ...{ status: 422, body: { errors: [{ path: 'config.integrationId' }] } },
    });
    const another = { integrationId: await newSandbox('Other'), chatId: 'c' };
    expect((await admin.call('PATCH', alert, { body: { enabled: true, config: another } })).status).toBe(200);
    expect((await admin.call('GET', `spending-limits/${limitId}`)).status).toBe(404);
  });
});

describe('pausing', () => {
  it('is shown, recorded and taken back', async () => {
    const { id } = await newExpert('Tired', await newSandbox('Pause'));
    const notice = { en: 'Back soon.', zh: '马上回来。' };
    const paused = await admin.call('POST', `experts/${id}/pause`, { body: { notice } });
    expect(paused).toMatchObject({ status: 200, body: { paused: { notice, by: 'admin' } } });
    expect((await admin.call('POST', `experts/${id}/pause`, { body: { notice: { en: 'x' } } })).status).toBe(422);
    expect((await admin.call('POST', `experts/${id}/resume`)).body.paused).toBeNull();
    const actions = await rows<{ action: string }>(
      gateway.store.db,
      "SELECT action FROM audit WHERE target_id = ? AND action LIKE 'expert.%' ORDER BY seq",
      [id],
    );
    expect(actions.map(({ action }) => action)).toEqual(['expert.paused', 'expert.resumed']);
  });

  it('is for whoever operates, like every other stop', async () => {
    const { id } = await newExpert('Watched', await newSandbox('Operated'));
    const as = async (role: 'operator' | 'viewer') => gateway.program(await gateway.store.access.createKey(role, role, gateway.scope));
    const notice = { en: 'Back soon.', zh: '马上回来。' };
    const [operator, viewer] = [await as('operator'), await as('viewer')];
    expect((await viewer.call('POST', `experts/${id}/pause`, { body: { notice } })).status).toBe(403);
    expect((await operator.call('POST', `experts/${id}/pause`, { body: { notice } })).body.paused).toMatchObject({ by: 'operator' });
    expect((await operator.call('POST', `experts/${id}/resume`)).body.paused).toBeNull();
  });
});

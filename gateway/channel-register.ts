import { Router } from 'express';
import { z } from 'zod';
import { AppError, Refusal } from '../domain/errors';
import { demandAvailable } from './api/availability';
import { offeredChannels } from './api/channels';
import { checkFields } from './api/checking';
import { changeEntries } from './api/recording';
import { callerOf, demand, scopeOf } from './auth';
import { type GatewayDeps, nowOf } from './deps';
import { answerWithEvents } from './event-answer';

export const registerBody = z.strictObject({
  settings: z.record(z.string(), z.unknown()).default({}).meta({ description: 'What was entered so far, such as the domain' }),
});

const said = { method: 'post', path: '/channels/:name/register', right: 'configure', action: 'channel.registered' } as const;

/** Has the platform make a bot for somebody who scans a code. Nothing is stored here but the record that it happened. */
export function registerRoute(deps: GatewayDeps): Router {
  const router = Router();
  router.post('/channels/:name/register', async (request, response) => {
    const caller = callerOf(response);
    demand(caller, 'configure');
    const { name } = request.params;
    const channel = offeredChannels(deps).find((one) => one.name === name);
    if (!channel?.register) throw new Refusal(404, 'not_found', 'No platform of this name makes bots by a scanned code.');
    await demandAvailable(deps, scopeOf(response), name);
    const { settings } = checkFields(registerBody, request.body);
    const { left, write } = answerWithEvents(response);
    try {
      const given = await channel.register(settings, (code) => void write('code', code), left);
      for (const entry of changeEntries(said, { request, caller, params: { name } }, undefined, null, undefined))
        await deps.store.audit.record(entry, nowOf(deps));
      await write('end', { state: 'done', settings: given });
    } catch (error) {
      if (left.aborted) return;
      if (!(error instanceof AppError)) throw error;
      await write('end', { state: 'failed', code: error.code, message: error.message });
    }
    response.end();
  });
  return router;
}

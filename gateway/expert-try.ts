import { type Response, Router } from 'express';
import { z } from 'zod';
import type { AnyBackend, Question } from '../agents/backend';
import { type Answer, emptyAnswer, extend } from '../domain/answer';
import { AppError, Refusal } from '../domain/errors';
import { checkFields, text, verbatim } from './api/checking';
import { expertOf, fitsBackend } from './api/experts';
import { changeEntries } from './api/recording';
import { callerOf, demand, scopeOf } from './auth';
import { type GatewayDeps, nowOf } from './deps';
import { answerWithEvents } from './event-answer';

const exchange = z.strictObject({ question: verbatim(20_000), answer: verbatim(200_000) });
export const tryBody = z.strictObject({
  text: text(20_000),
  history: z
    .array(exchange)
    .max(50)
    .default([])
    .meta({ description: 'Earlier exchanges, oldest first; the backend takes as many as it wants' }),
});

const MOST_MS = 10 * 60_000;
const FRAME_MS = 100;

/** Asks the draft of an expert, with nothing around it: no chat, no turn, nothing kept but the record that somebody did. */
export function tryRoute(deps: GatewayDeps): Router {
  const router = Router();
  router.post('/experts/:id/try', async (request, response) => {
    const caller = callerOf(response);
    demand(caller, 'configure');
    const scope = scopeOf(response);
    const { id } = request.params;
    if (!z.uuid().safeParse(id).success) throw new Refusal(404, 'not_found', 'Nothing has this id.');
    const expert = await expertOf(deps, scope, id);
    const body = checkFields(tryBody, request.body);
    const config = fitsBackend(deps, expert);
    const backend = deps.backends.find(({ name }) => name === expert.backend)!;
    const said = { method: 'post', path: '/experts/:id/try', right: 'configure', action: 'expert.tried' } as const;
    for (const entry of changeEntries(said, { request, caller, params: { id } }, undefined, null, undefined))
      await deps.store.audit.record(entry, nowOf(deps));
    const wanted = backend.historyTurns(config);
    const question: Question = {
      ...{ turnId: crypto.randomUUID(), sessionId: crypto.randomUUID(), text: body.text, attachments: [] },
      ...{ asker: { id: caller.id ?? caller.name, name: caller.name }, history: wanted > 0 ? body.history.slice(-wanted) : [] },
    };
    await stream(backend, config, question, response);
  });
  return router;
}

/** Server-sent events: `answer` with all of it so far, then one `end`. */
async function stream(backend: AnyBackend, config: unknown, question: Question, response: Response): Promise<void> {
  const { left, write } = answerWithEvents(response);
  let answer: Answer = emptyAnswer;
  let shownAt = 0;
  const show = async (): Promise<void> => {
    shownAt = Date.now();
    const { text: words, reasoning, steps } = answer;
    await write('answer', { text: words, reasoning, steps });
  };
  const signal = AbortSignal.any([left, AbortSignal.timeout(MOST_MS)]);
  let failure: unknown;
  try {
    for await (const part of backend.ask(config, question, signal)) {
      if (signal.aborted) break;
      answer = extend(answer, part);
      if (Date.now() - shownAt >= FRAME_MS) await show();
    }
  } catch (error) {
    failure = error;
  }
  if (left.aborted) return;
  await show();
  await write('end', endOf(answer, failure));
  response.end();
}

/** For an administrator: the sentence says what to do, and never what people wrote. */
function endOf({ finish, usage }: Answer, failure: unknown) {
  if (failure === undefined && finish !== undefined) return { state: 'done', finish, usage };
  const { code, message } =
    failure instanceof AppError
      ? failure
      : { code: 'broken_stream', message: 'The answer broke off before it was complete, or took longer than 10 minutes.' };
  return { state: 'failed', code, message, usage };
}

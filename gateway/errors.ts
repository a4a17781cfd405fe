import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { z } from 'zod';
import { AppError, Refusal } from '../domain/errors';
import type { Log } from '../runtime/log';
import { isOutage } from '../store/database';

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export const notFound: RequestHandler = (request) => {
  throw new Refusal(404, 'not_found', `There is nothing at ${request.path}.`);
};

/** Our errors become problem documents here and nowhere else. */
export const problems =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = toProblem(error);
    if (problem.status >= 500)
      log.error(
        {
          err: error instanceof Error ? { name: error.name, code: (error as { code?: unknown }).code, stack: error.stack } : undefined,
          route: request.path,
        },
        'a request failed',
      );
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  };

export function toProblem(error: unknown): Problem {
  if (error instanceof Refusal) {
    return {
      type: `urn:parley:${error.code}`,
      title: error.message,
      status: error.status,
      ...(error.errors.length > 0 && { errors: error.errors }),
    };
  }
  const parser = bodyProblem(error);
  if (parser) return parser;
  if (isAway(error))
    return {
      type: 'urn:parley:unavailable',
      title: 'The database or Temporal does not answer at the moment. Try again shortly.',
      status: 503,
    };
  return { type: 'urn:parley:internal', title: 'Something went wrong on our side.', status: 500 };
}

function bodyProblem(error: unknown): Problem | undefined {
  const type = (error as { type?: unknown } | undefined)?.type;
  if (type === 'entity.too.large') return { type: 'urn:parley:too_large', title: 'The body is larger than 1 MB.', status: 413 };
  if (
    type === 'entity.parse.failed' ||
    type === 'encoding.unsupported' ||
    type === 'charset.unsupported' ||
    type === 'request.size.invalid' ||
    type === 'request.aborted'
  ) {
    return { type: 'urn:parley:not_json', title: 'The body is not JSON.', status: 400 };
  }
  if (error instanceof URIError || (error as { status?: unknown } | undefined)?.status === 400)
    return { type: 'urn:parley:bad_request', title: 'The request cannot be read.', status: 400 };
  return undefined;
}

/** gRPC: DEADLINE_EXCEEDED and UNAVAILABLE. */
function isAway(error: unknown): boolean {
  if (isOutage(error)) return true;
  const code =
    (error as { code?: unknown; cause?: { code?: unknown } } | undefined)?.code ??
    (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return code === 4 || code === 14 || (error instanceof AppError && error.retryable);
}

/** Checks what came from outside. @throws Refusal 422 that names each field */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new Refusal(422, 'invalid', 'Some fields do not fit.', errors);
}

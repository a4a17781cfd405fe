import type { ErrorRequestHandler, RequestHandler } from 'express';
import { AppError, type FieldError, Refusal } from '../domain/errors';
import type { Language } from '../domain/language';
import type { Log } from '../runtime/log';
import { isOutage } from '../store/database';
import { inChinese } from './chinese';
import { languageOf } from './language';

/** RFC 9457; its words are English ones until it is sent. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly errors?: readonly FieldError[];
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
    if (error instanceof Refusal && error.retryAfterMs !== undefined)
      response.setHeader('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
    const language = languageOf(request);
    response
      .status(problem.status)
      .type('application/problem+json')
      .set('content-language', language)
      .send(JSON.stringify(inLanguage(problem, language)));
  };

function inLanguage({ title, errors, ...problem }: Problem, language: Language): object {
  const say = (words: FieldError['message']): string => {
    const said = typeof words === 'string' ? words : words[language];
    return language === 'zh' ? inChinese(said) : said;
  };
  return {
    ...problem,
    title: say(title),
    ...(errors && { errors: errors.map(({ message, ...field }) => ({ ...field, message: say(message) })) }),
  };
}

function toProblem(error: unknown): Problem {
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
  if (type === 'entity.too.large')
    return { type: 'urn:parley:too_large', title: `The body is larger than ${sizeOf((error as { limit?: unknown }).limit)}.`, status: 413 };
  if (
    type === 'entity.parse.failed' ||
    type === 'encoding.unsupported' ||
    type === 'charset.unsupported' ||
    type === 'request.size.invalid' ||
    type === 'request.aborted'
  ) {
    return { type: 'urn:parley:not_json', title: 'The body is not JSON.', status: 400 };
  }
  const isUnreadable = (error as { status?: unknown } | undefined)?.status === 400;
  // A part of the path that is not percent-encoded text names nothing.
  if (isUnreadable && error instanceof URIError) return { type: 'urn:parley:not_found', title: 'Nothing has this id.', status: 404 };
  if (isUnreadable) return { type: 'urn:parley:bad_request', title: 'The request cannot be read.', status: 400 };
  return undefined;
}

/** A limit as it was set: routes differ in what they take. */
function sizeOf(bytes: unknown): string {
  const kilobytes = Number(bytes) / 1024;
  return kilobytes < 1024 ? `${kilobytes} kB` : `${kilobytes / 1024} MB`;
}

/** gRPC: DEADLINE_EXCEEDED and UNAVAILABLE. */
function isAway(error: unknown): boolean {
  if (isOutage(error)) return true;
  const code =
    (error as { code?: unknown; cause?: { code?: unknown } } | undefined)?.code ??
    (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return code === 4 || code === 14 || (error instanceof AppError && error.retryable);
}

import type { AnyBackend } from '../agents/backend';
import type { AnyChannel, Messenger } from '../channels/channel';
import { AgentError, AppError, ChannelError, Refusal, type RefusalStatus } from '../domain/errors';

/** A package knows our errors by their fields only; from here on they are ours. */
export function toOurs(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { name, message, code, retryable, retryAfterMs, status } = error as Error & Readonly<Record<string, unknown>>;
  if (typeof code !== 'string') return error;
  const options = { cause: error, retryable: retryable === true, ...(typeof retryAfterMs === 'number' && { retryAfterMs }) };
  if (name === 'ChannelError') return new ChannelError(code, message, options);
  if (name === 'AgentError') return new AgentError(code, message, options);
  if (name === 'Refusal' && isRefusalStatus(status)) return new Refusal(status, code, message, [], options);
  return error;
}

const isRefusalStatus = (status: unknown): status is RefusalStatus => status === 400 || status === 401 || status === 413;

// biome-ignore lint/suspicious/noExplicitAny: whatever the functions of an interface take
type Call = (...given: any[]) => unknown;

/** The same object, whose functions throw our errors. */
function adopt<T extends object>(target: T): T {
  const adopted = Object.entries(target).map(([name, member]): [string, unknown] => {
    if (typeof member !== 'function') return [name, member];
    const call: Call = (...given) => {
      try {
        const result: unknown = (member as Call).apply(target, given);
        return result instanceof Promise ? result.catch(rethrow) : result;
      } catch (error) {
        return rethrow(error);
      }
    };
    return [name, call];
  });
  return Object.fromEntries(adopted) as T;
}

function rethrow(error: unknown): never {
  throw toOurs(error);
}

export function adoptChannel(channel: AnyChannel): AnyChannel {
  const adopted = adopt(channel);
  return { ...adopted, messenger: (config, ports): Messenger => adopt(adopted.messenger(config, ports)) };
}

export const adoptBackend = (backend: AnyBackend): AnyBackend => ({
  ...adopt(backend),
  async *ask(config, question, signal) {
    try {
      yield* backend.ask(config, question, signal);
    } catch (error) {
      rethrow(error);
    }
  },
});

import type { AnyBackend } from './backend';
import { echo } from './echo';
import { openai } from './openai';

/** Every kind of AI service Parley can ask, in the order the console offers them. */
export const backends: readonly AnyBackend[] = [openai, echo];

export const findBackend = (name: string): AnyBackend | undefined => backends.find((backend) => backend.name === name);

/** What is missing from something that a package says is a backend; undefined where it is one. Whether it behaves, the contract tells. */
export function backendFlaw(given: unknown): string | undefined {
  const { name, title, config, ask, historyTurns } = (given ?? {}) as Partial<Record<keyof AnyBackend, unknown>>;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]{0,49}$/.test(name)) return 'its "name" must be lower-case letters, digits and hyphens';
  const { en, zh } = (title ?? {}) as { readonly en?: unknown; readonly zh?: unknown };
  if (typeof en !== 'string' || typeof zh !== 'string') return 'its "title" must hold words in "en" and "zh"';
  if (typeof config !== 'object' || config === null || !('_zod' in config)) return 'its "config" must be a zod 4 schema';
  if (typeof ask !== 'function') return 'the function "ask" is missing';
  return typeof historyTurns === 'function' ? undefined : 'the function "historyTurns" is missing';
}

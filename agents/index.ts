import type { AnyBackend } from './backend';
import { echo } from './echo';
import { openai } from './openai';

/** Every kind of AI service Parley can ask, in the order the console offers them. */
export const backends: readonly AnyBackend[] = [openai, echo];

export const findBackend = (name: string): AnyBackend | undefined => backends.find((backend) => backend.name === name);

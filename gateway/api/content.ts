import { z } from 'zod';
import type { Language } from '../../domain/language';
import { holds } from '../../domain/roles';
import type { Caller } from '../caller';
import { inChinese } from '../chinese';

/** Marks what people wrote, or their names: left out for roles without the right `content`, and of records. */
export const content = <Schema extends z.ZodType>(schema: Schema, description?: string) =>
  schema.optional().meta({ content: true, description: `${description ? `${description}; ` : ''}only with the right \`content\`` });

/** Which chat it is. Some platforms name a private chat by its person, so those are told with the right `content` only. */
export const chatField = z
  .string()
  .optional()
  .meta({ description: "The platform's id of the chat; of private ones only with the right `content`, for it may be a person's" });

export const chatFor = (
  { role }: Caller,
  { chat, chatKind }: { readonly chat: string; readonly chatKind: 'private' | 'group' },
): string | undefined => (chatKind === 'group' || holds(role, 'content') ? chat : undefined);

/** Marks what an answer shows this once: records hold `***` in its place. */
export const shownOnce = (description: string) => z.string().meta({ secret: true, description });

/** Marks a sentence of ours: told in the caller's language. */
export const sentence = (description?: string) => z.string().meta({ sentence: true, ...(description && { description }) });

type Fate = 'keep' | 'drop' | '***' | 'chinese';
/** @param schema undefined of what the schema does not know */
type Judge = (schema: z.ZodType | undefined) => Fate;

/** An answer for somebody who may not see what people wrote. */
export const withoutContent = (schema: z.ZodType | undefined, answer: unknown): unknown =>
  schema ? rewrite(schema, answer, (one) => (!one || isMarked(one, 'content') ? 'drop' : 'keep')) : answer;

/** An answer with its sentences in the caller's language. */
export const toldIn = (language: Language, schema: z.ZodType | undefined, answer: unknown): unknown =>
  schema && language === 'zh' ? rewrite(schema, answer, (one) => (isMarked(one, 'sentence') ? 'chinese' : 'keep')) : answer;

/** An answer as records keep it: no secrets, nothing that people wrote. */
export const forRecord = (schema: z.ZodType | undefined, answer: unknown): unknown =>
  schema ? rewrite(schema, answer, (one) => (!one || isMarked(one, 'content') ? 'drop' : isMarked(one, 'secret') ? '***' : 'keep')) : null;

/** What of a query speaks of content, by name. */
export function contentAsked(schema: z.ZodType | undefined, query: unknown): Readonly<Record<string, unknown>> {
  if (!(schema instanceof z.ZodObject)) return {};
  const given = Object.entries((query ?? {}) as Record<string, unknown>).filter(
    ([name, value]) => value !== undefined && isMarked(schema.shape[name], 'content'),
  );
  return Object.fromEntries(given);
}

/** Follows the schema as far as it knows the value. */
function rewrite(schema: z.ZodType, value: unknown, judge: Judge): unknown {
  if (value === null || value === undefined) return value;
  if (isWrapper(schema)) return rewrite(schema.unwrap() as z.ZodType, value, judge);
  if (schema instanceof z.ZodArray)
    return Array.isArray(value) ? value.map((one) => rewrite(schema.element as z.ZodType, one, judge)) : value;
  if (schema instanceof z.ZodUnion) {
    const option = (schema.options as z.ZodType[]).find((one) => one.safeParse(value).success);
    return option ? rewrite(option, value, judge) : judge(undefined) === 'drop' ? undefined : value;
  }
  if (schema instanceof z.ZodRecord && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, rewrite(schema.valueType as z.ZodType, one, judge)]));
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object') return value;
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const field = shape[name];
      const fate = judge(field);
      return fate === 'drop' ? [] : [[name, fated(fate, one, (kept) => (field ? rewrite(field, kept, judge) : kept))]];
    }),
  );
}

function fated(fate: Exclude<Fate, 'drop'>, value: unknown, keep: (value: unknown) => unknown): unknown {
  if (value === null || value === undefined || fate === 'keep') return keep(value);
  return fate === '***' ? '***' : inChinese(String(value));
}

type Wrapper = z.ZodOptional | z.ZodNullable | z.ZodDefault | z.ZodPrefault | z.ZodReadonly;

const isWrapper = (schema: z.ZodType | undefined): schema is Wrapper =>
  schema instanceof z.ZodOptional ||
  schema instanceof z.ZodNullable ||
  schema instanceof z.ZodDefault ||
  schema instanceof z.ZodPrefault ||
  schema instanceof z.ZodReadonly;

function isMarked(schema: z.ZodType | undefined, mark: 'content' | 'secret' | 'sentence'): boolean {
  if (!schema) return false;
  return schema.meta()?.[mark] === true || (isWrapper(schema) && isMarked(schema.unwrap() as z.ZodType, mark));
}

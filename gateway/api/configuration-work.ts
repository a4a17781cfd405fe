import type { z } from 'zod';
import type { AuditTarget } from '../../store/audit';
import type { Integration } from '../../store/integrations';
import type { Scope } from '../../store/scope';
import type { GatewayDeps } from '../deps';
import { unfit } from './checking';
import type { SecretsByPlace } from './configuration-file';
import { fieldsOf, type Settings } from './masking';
import { type Shown, type Step, stepsOf } from './recording';

/** One thing that an import makes different. */
export interface Change {
  /** Where in the file. */
  readonly path: string;
  readonly name: string;
  readonly action: 'create' | 'change' | 'publish';
  /** What of it differs; empty for what is new. */
  readonly fields: readonly string[];
}

/** Where something is imported, and who does it. */
export interface Place {
  readonly deps: GatewayDeps;
  readonly scope: Scope;
  /** Where the caller reaches us: `https://host`. */
  readonly origin: string;
}

/** An import under way. */
export interface Work extends Place {
  readonly secrets: SecretsByPlace;
  readonly changes: Change[];
  /** The same for the record, thing by thing. */
  readonly steps: Step[];
  readonly touched: Integration[];
}

/** Keeps for the record what was made of one thing. @param before undefined = it is new */
export function keep({ steps }: Work, target: AuditTarget, before: Shown | undefined, after: Shown): void {
  steps.push(...stepsOf(before ? 'config.updated' : 'config.created', target, before, after));
}

/** The one of this name, if there is one. @throws Refusal 422 where there are two */
export function only<T extends { readonly name: string }>(items: readonly T[], name: string): T | undefined {
  const [found, second] = items.filter((one) => one.name === name);
  if (second) throw unfit([{ path: 'name', message: 'is the name of two here: rename one of them first' }]);
  return found;
}

/** Settings as they are stored: the order of keys and values that are undefined make no difference. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Settings with the values that a form fills in; as they are where they do not fit it. */
export function completed(schema: z.ZodType | undefined, settings: Settings): Settings {
  const parsed = schema?.safeParse(settings);
  return parsed?.success ? (parsed.data as Settings) : settings;
}

/** Takes away what settings have and a file does not name; but not secrets, for a file may come without. */
export function leftOut(schema: z.ZodType, current: Settings, given: Settings): Settings {
  const fields = fieldsOf(schema);
  return Object.fromEntries(Object.keys(current).flatMap((name) => (fields.get(name) === false && !(name in given) ? [[name, null]] : [])));
}

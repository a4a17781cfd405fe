import type { Trigger } from '../model';

/** How the settings of a trigger are drawn; their names are those of the API, with dots. */
export interface TriggerField {
  readonly path: string;
  readonly kind: 'choice' | 'ids' | 'number';
  readonly options?: readonly string[];
  /** Shown in this unit; the API has milliseconds or seconds. */
  readonly unit?: { readonly name: 's' | 'min' | 'h'; readonly by: number };
  readonly min?: number;
  readonly max?: number;
  /** Shown only while another setting has this value. */
  readonly when?: readonly [path: string, value: string];
}

const choice = (path: string, ...options: readonly string[]): TriggerField => ({ path, kind: 'choice', options });
const ids = (path: string, when?: readonly [string, string]): TriggerField => ({ path, kind: 'ids', ...(when && { when }) });
const count = (path: string, min: number, max: number, when?: readonly [string, string]): TriggerField => ({
  ...{ path, kind: 'number', min, max },
  ...(when && { when }),
});
const time = (path: string, name: 's' | 'min' | 'h', by: number): TriggerField => ({ path, kind: 'number', unit: { name, by }, min: 0 });

const mention = [
  ids('groups.people'),
  choice('groups.mention', 'required', 'keywords', 'any'),
  ids('groups.keywords', ['groups.mention', 'keywords']),
  choice('groups.mentionAll', 'false', 'true'),
  choice('groups.conversation', 'shared', 'member', 'thread'),
  count('groups.context.messages', 0, 100),
  time('groups.context.windowSeconds', 'min', 60),
];
const turns = [
  time('gatherMs', 's', 1000),
  time('gatherMaxMs', 's', 1000),
  count('gatherMaxMessages', 1, 100),
  choice('onBusy', 'queue', 'interrupt', 'drop'),
  count('queueMax', 0, 1000, ['onBusy', 'queue']),
  time('sessionTimeoutSeconds', 'min', 60),
];

const strangers = [
  choice('external', 'answer', 'refuse'),
  choice('bots', 'ignore', 'answer'),
  count('botTurns', 1, 100, ['bots', 'answer']),
];
const ages = [time('staleAfterSeconds', 'h', 3600), time('staleCommandSeconds', 's', 1)];

export const sections: readonly { readonly name: string; readonly fields: readonly TriggerField[] }[] = [
  {
    name: 'who',
    fields: [
      choice('privateChats.scope', 'all', 'selected', 'none'),
      ids('privateChats.people', ['privateChats.scope', 'selected']),
      choice('groups.scope', 'all', 'selected', 'none'),
      ids('groups.chats', ['groups.scope', 'selected']),
      ids('groups.block'),
      ids('people.allow'),
      ids('people.block'),
      ...strangers,
    ],
  },
  { name: 'groups', fields: mention },
  { name: 'turns', fields: turns },
  {
    name: 'routing',
    fields: [count('order', 0, 10_000), ids('match.keywords'), ids('match.commands'), ids('match.groups'), ids('match.people')],
  },
  {
    name: 'limits',
    fields: [count('perPerson.messages', 0, 100_000), time('perPerson.seconds', 's', 1), ...ages],
  },
];

/** What a group may have of its own. */
export const overridable: readonly TriggerField[] = [
  ...mention,
  ...[...turns, ...strangers].map(({ when: _, ...field }) => field),
  ...ages,
];

const allFields = sections.flatMap(({ fields }) => fields);
/** Inside an override the settings of groups stand by themselves. */
export const withinOverride = (path: string): string => path.replace(/^groups\./, '');

/** Where the form shows what the API says of a path: the items of a list have one field. */
export function placeOf(path: string): (string | number)[] {
  const [, place, own] = /^groups\.overrides\.(\d+)\.(.+)$/.exec(path) ?? [];
  const [name] = /^.*?(?=\.\d+$|$)/.exec(own ?? path)!;
  const quiet = name.startsWith('quietHours.') ? name.split('.') : undefined;
  if (place === undefined) return quiet ?? [name];
  return ['overrides', Number(place), ...(quiet ?? [overridable.find((field) => withinOverride(field.path) === name)?.path ?? name])];
}

type Tree = Readonly<Record<string, unknown>>;

/** Form values are flat, `groups.mention` beside `gatherMs`, in the units shown. */
export type FlatValues = Record<string, unknown>;

export interface TriggerValues extends FlatValues {
  readonly integrationId: string;
  readonly enabled: boolean;
  readonly quietHours: Tree | null | undefined;
  readonly quiet: boolean;
  readonly overrides: readonly FlatValues[];
}

export function toForm(trigger: Trigger): TriggerValues {
  const quietHours = trigger.quietHours as Tree | null;
  const overrides = (at(trigger, 'groups.overrides') as readonly Tree[] | undefined) ?? [];
  return {
    ...flat(allFields, trigger, (path) => path),
    ...{ integrationId: trigger.integrationId, enabled: trigger.enabled, quiet: quietHours !== null, quietHours: quietHours ?? undefined },
    overrides: overrides.map((one) => ({ ...flat(overridable, one, withinOverride), ...quietOf(one), chats: one.chats })),
  };
}

export function toApi(values: TriggerValues): Tree {
  const { integrationId, enabled, quiet, quietHours, overrides } = values;
  const tree = grown(allFields, values, (path) => path);
  const groups = (tree.groups ?? {}) as Tree;
  return {
    ...tree,
    ...{ integrationId, enabled, quietHours: quiet ? quietHours : null },
    groups: {
      ...groups,
      overrides: (overrides ?? []).map((one) => ({
        ...grown(overridable, one, withinOverride),
        ...quietTold(one),
        chats: one.chats ?? [],
      })),
    },
  };
}

/** Quiet hours of groups with settings of their own: as above, none, or others. */
const quietOf = ({ quietHours }: Tree): FlatValues =>
  quietHours === undefined ? {} : { quiet: quietHours === null ? 'none' : 'own', quietHours: quietHours ?? undefined };

const quietTold = ({ quiet, quietHours }: FlatValues): Tree =>
  quiet === 'none' ? { quietHours: null } : quiet === 'own' ? { quietHours } : {};

function flat(fields: readonly TriggerField[], from: Tree, pathOf: (path: string) => string): FlatValues {
  return Object.fromEntries(
    fields.map(({ path, kind, unit }) => {
      const value = at(from, pathOf(path));
      if (unit && typeof value === 'number') return [path, value / unit.by];
      return [path, kind === 'choice' && typeof value === 'boolean' ? String(value) : value];
    }),
  );
}

function grown(fields: readonly TriggerField[], from: FlatValues, pathOf: (path: string) => string): Tree {
  const tree: Record<string, unknown> = {};
  for (const { path, unit } of fields) {
    const value = from[path];
    if (value === undefined || value === null) continue;
    const told =
      unit && typeof value === 'number' ? Math.round(value * unit.by) : value === 'true' ? true : value === 'false' ? false : value;
    put(tree, pathOf(path).split('.'), told);
  }
  return tree;
}

const at = (from: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Tree)[name] : undefined), from);

function put(tree: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[name] = value;
  else {
    tree[name] ??= {};
    put(tree[name] as Record<string, unknown>, rest, value);
  }
}

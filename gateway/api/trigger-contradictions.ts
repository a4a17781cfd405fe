import { parseCommand } from '../../domain/command';
import type { QuietHours } from '../../domain/quiet-hours';
import type { TriggerSettings } from '../../domain/trigger';

interface Contradiction {
  readonly path: readonly (string | number)[];
  /** Says it without naming anybody. */
  readonly message: string;
}

type Checked = Pick<TriggerSettings, 'privateChats' | 'groups' | 'people' | 'quietHours' | 'match'>;

/** What fits field by field but not together. */
export function contradictions({ privateChats, groups, people, quietHours, match }: Checked): readonly Contradiction[] {
  return [
    ...both(people.block, people.allow, ['people', 'block'], 'is in people.allow as well: somebody is either allowed or blocked'),
    ...both(
      people.block,
      privateChats.people,
      ['people', 'block'],
      'is in privateChats.people as well: somebody is either selected or blocked',
    ),
    ...both(
      people.block,
      askersInGroups(groups),
      ['people', 'block'],
      'is in groups.people as well: somebody is either selected or blocked',
    ),
    ...both(groups.block, groups.chats, ['groups', 'block'], 'is in groups.chats as well: a group is either selected or blocked'),
    ...overridden(groups),
    ...both(groups.block, match.groups, ['groups', 'block'], 'is in match.groups as well: a blocked group is never served'),
    ...both(people.block, match.people, ['people', 'block'], 'is in match.people as well: somebody blocked is never answered'),
    ...match.commands.flatMap((command, index) =>
      parseCommand(command) ? [{ path: ['match', 'commands', index], message: 'is a command of Parley itself: choose another word' }] : [],
    ),
    ...endless(quietHours, ['quietHours']),
    ...groups.overrides.flatMap((one, index) => endless(one.quietHours, ['groups', 'overrides', index, 'quietHours'])),
  ];
}

const endless = (quietHours: QuietHours | null | undefined, path: Contradiction['path']): Contradiction[] =>
  quietHours && quietHours.from === quietHours.to
    ? [{ path: [...path, 'to'], message: 'must differ from quietHours.from; a whole day is from 00:00 to 24:00' }]
    : [];

const askersInGroups = ({ people, overrides }: Checked['groups']): readonly string[] => [
  ...people,
  ...overrides.flatMap((one) => one.people ?? []),
];

function both(list: readonly string[], other: readonly string[], path: readonly string[], message: string): Contradiction[] {
  return list.flatMap((id, index) => (other.includes(id) ? [{ path: [...path, index], message }] : []));
}

/** A group has one set of settings of its own, and none where it is never served. */
function overridden({ overrides, block }: Checked['groups']): Contradiction[] {
  return overrides.flatMap(({ chats }, index) =>
    chats.flatMap((chat, place) => {
      const path = ['groups', 'overrides', index, 'chats', place];
      const earlier = overrides.slice(0, index).some((one) => one.chats.includes(chat)) || chats.indexOf(chat) < place;
      return [
        ...(earlier ? [{ path, message: 'has settings of its own already: name each group once' }] : []),
        ...(block.includes(chat) ? [{ path, message: 'is in groups.block as well: a blocked group needs no settings' }] : []),
      ];
    }),
  );
}

import { Alert } from 'antd';
import type { DirectoryUser, Identity, PersonDetail } from '../model';
import { useNames } from '../parts/names';
import { useWords } from '../preferences';
import { displayName } from './person-name';

/** Who somebody is to become. */
export interface Goal {
  /** Absent where a user was chosen that need not be anybody's yet. */
  readonly personId: string | undefined;
  readonly name: string;
  readonly user: DirectoryUser | null;
  /** Who that is already; absent where it was not asked. */
  readonly identities: readonly Identity[] | undefined;
}

const TAKEN_OVER = ['name', 'mobile', 'staffId', 'department'] as const;

/** What a merge moves, fills and takes away. */
export function MergePreview({ person, goal }: { readonly person: PersonDetail; readonly goal: Goal }) {
  const words = useWords();
  const say = words.persons.merge;
  const { user: old } = person;
  const filled = TAKEN_OVER.filter((name) => old?.[name] && goal.user && !goal.user[name]);
  const fieldNames: Readonly<Record<string, string>> = { ...words.persons.fields, name: words.common.name };
  const isBlocked = old?.blocked || person.state === 'blocked' || goal.user?.blocked;
  return (
    <section className="merge-preview" aria-label={say.preview}>
      <p>
        <strong>{say.moves(goal.name)}</strong>
      </p>
      <Identities of={person.identities} />
      {goal.identities && (
        <>
          <p>{say.joins}</p>
          <Identities of={goal.identities} />
        </>
      )}
      <ul className="plain-list">
        {old && <li>{say.oldUserGoes(old.name || old.username || words.persons.unknown)}</li>}
        {filled.length > 0 && <li>{say.filled(filled.map((name) => fieldNames[name]).join(', '))}</li>}
        {isBlocked && <li>{say.blocked}</li>}
      </ul>
      <Alert type="warning" showIcon title={say.forGood} />
    </section>
  );
}

function Identities({ of }: { readonly of: readonly Identity[] }) {
  const words = useWords();
  const names = useNames();
  return (
    <ul className="plain-list">
      {of.map((one) => (
        <li key={one.id}>
          {displayName(one, words)} <span className="quiet">· {names.integration(one.integrationId)}</span>
        </li>
      ))}
    </ul>
  );
}

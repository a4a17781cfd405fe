import { Button, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import type { DirectoryUser, Person, PersonDetail } from '../model';
import { useNames } from '../parts/names';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { type Goal, MergePreview } from './merge-preview';
import { displayName } from './person-name';
import { useFound } from './use-found';

/** Makes this person, with everybody who is the same user, another user: chosen, looked at, confirmed. */
export function MergeButton({ person, onDone }: { readonly person: PersonDetail; onDone(): void }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{words.persons.merge.open}</Button>
      {open && (
        <MergeDialog
          person={person}
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            onDone();
          }}
        />
      )}
    </>
  );
}

interface DialogProps {
  readonly person: PersonDetail;
  onClose(): void;
  onDone(): void;
}

function MergeDialog({ person, onClose, onDone }: DialogProps) {
  const words = useWords();
  const say = words.persons.merge;
  const api = useApi();
  const { busy, run } = useAction();
  const [kind, setKind] = useState<'person' | 'user'>('person');
  const [goal, setGoal] = useState<Goal>();
  const isSame = goal?.user !== undefined && goal.user !== null && goal.user.id === person.user?.id;
  const merge = async () => {
    if (!goal) return;
    const body = goal.personId ? { into: goal.personId } : { userId: goal.user?.id };
    if (await run(() => api.post(`people/${person.id}/merge`, body), say.done)) onDone();
  };
  return (
    <Modal
      open
      title={say.title(displayName(person, words))}
      onCancel={onClose}
      onOk={merge}
      okText={say.go}
      okButtonProps={{ loading: busy, disabled: !goal || isSame }}
      cancelText={words.common.cancel}
      width={560}
    >
      <Radio.Group
        className="choices"
        optionType="button"
        aria-label={say.with}
        value={kind}
        onChange={({ target }) => {
          setKind(target.value);
          setGoal(undefined);
        }}
        options={[
          { value: 'person', label: say.person },
          { value: 'user', label: say.userKind },
        ]}
      />
      {kind === 'person' ? <PersonChoice person={person} onChoose={setGoal} /> : <UserChoice onChoose={setGoal} />}
      {goal && (isSame ? <p role="status">{say.same}</p> : <MergePreview person={person} goal={goal} />)}
    </Modal>
  );
}

interface ChoiceProps {
  onChoose(goal: Goal | undefined): void;
}

/** Other people whose names, addresses or numbers hold what was typed. */
function PersonChoice({ person, onChoose }: ChoiceProps & { readonly person: PersonDetail }) {
  const words = useWords();
  const names = useNames();
  const api = useApi();
  const found = useFound<Person>('people');
  const { run } = useAction();
  const own = new Set(person.identities.map(({ id }) => id));
  const others = found.items.filter(({ id }) => !own.has(id));
  const choose = (id: string) =>
    run(async () => {
      const detail = await api.get<PersonDetail>(`people/${id}`);
      onChoose({ personId: id, name: displayName(detail, words), user: detail.user, identities: detail.identities });
    });
  return (
    <Select
      className="full"
      showSearch={found.typing}
      aria-label={words.persons.merge.find}
      placeholder={words.persons.search}
      loading={found.loading}
      notFoundContent={found.loading ? null : words.persons.empty}
      onChange={choose}
      options={others.map((one) => ({
        value: one.id,
        label: `${displayName(one, words)} · ${names.integration(one.integrationId)}${one.user?.email ? ` · ${one.user.email}` : ''}`,
      }))}
    />
  );
}

/** Users of whom something holds what was typed. */
function UserChoice({ onChoose }: ChoiceProps) {
  const words = useWords();
  const found = useFound<DirectoryUser>('users');
  const users = found.items;
  const choose = (id: string) => {
    const user = users.find((one) => one.id === id);
    onChoose(user && { personId: undefined, name: user.name || user.username || words.persons.unknown, user, identities: undefined });
  };
  return (
    <Select
      className="full"
      showSearch={found.typing}
      aria-label={words.persons.merge.find}
      placeholder={words.persons.search}
      loading={found.loading}
      notFoundContent={found.loading ? null : words.persons.merge.noUser}
      onChange={choose}
      options={users.map(({ id, name, username, email }) => ({
        value: id,
        label: [name || username, email].filter(Boolean).join(' · '),
      }))}
    />
  );
}

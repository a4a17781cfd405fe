import { Button, Modal, Radio } from 'antd';
import { useState } from 'react';
import { withQuery } from '../api';
import type { PersonDetail } from '../model';
import { useNames } from '../parts/names';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { goTo } from '../route';
import { useApi } from '../session';
import { displayName } from './person-name';

/** Erases a person: all identities of the user, or this one alone. */
export function EraseButton({ person }: { readonly person: PersonDetail }) {
  const words = useWords();
  const say = words.persons.erasing;
  const api = useApi();
  const names = useNames();
  const { busy, run } = useAction();
  const [open, setOpen] = useState(false);
  const [which, setWhich] = useState<'all' | 'one'>('all');
  const { id, identities } = person;
  const going = which === 'all' ? identities : identities.filter((one) => one.id === id);
  const erase = async () => {
    if (await run(() => api.delete(withQuery(`people/${id}`, { identities: which })), words.persons.erased)) goTo('people');
  };
  return (
    <>
      <Button danger onClick={() => setOpen(true)}>
        {words.persons.erase}
      </Button>
      <Modal
        open={open}
        title={say.title(displayName(person, words))}
        onCancel={() => setOpen(false)}
        onOk={erase}
        okText={say.go}
        okButtonProps={{ danger: true, loading: busy }}
        cancelText={words.common.cancel}
      >
        <p>{say.what}</p>
        {identities.length > 1 && (
          <Radio.Group
            vertical
            className="choices"
            aria-label={say.which}
            value={which}
            onChange={({ target }) => setWhich(target.value)}
            options={[
              { value: 'all', label: say.all(identities.length) },
              { value: 'one', label: say.one },
            ]}
          />
        )}
        <ul className="plain-list">
          {going.map((one) => (
            <li key={one.id}>
              {displayName(one, words)} <span className="quiet">· {names.integration(one.integrationId)}</span>
            </li>
          ))}
        </ul>
        <p className="is-bad">{say.forGood}</p>
      </Modal>
    </>
  );
}

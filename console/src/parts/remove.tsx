import { Button, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import type { Dependents } from '../model';
import { useWords } from '../preferences';
import { goTo } from '../route';
import { useApi } from '../session';
import { useNames } from './names';
import { useAction } from './use-action';

interface Props {
  readonly kind: 'integrations' | 'experts';
  readonly id: string;
  readonly name: string;
}

/** Deletes an integration or an expert, after it has shown what hangs on it. */
export function RemoveButton({ kind, id, name }: Props) {
  const words = useWords();
  const say = words.removal;
  const api = useApi();
  const names = useNames();
  const { busy, run } = useAction();
  const [open, setOpen] = useState(false);
  const [hanging, setHanging] = useState<Dependents>();
  const ask = () => {
    setOpen(true);
    setHanging(undefined);
    void run(async () => setHanging(await api.get<Dependents>(`${kind}/${id}/dependents`)));
  };
  const remove = async () => {
    if (!(await run(() => api.delete(`${kind}/${id}`), words.common.deleted))) return;
    names.refresh();
    goTo(kind);
  };
  return (
    <>
      <Button danger onClick={ask}>
        {words.common.delete}
      </Button>
      <Modal
        open={open}
        title={say.title(name)}
        onCancel={() => setOpen(false)}
        onOk={remove}
        okText={say.go}
        okButtonProps={{ danger: true, loading: busy, disabled: !hanging }}
        cancelText={words.common.cancel}
      >
        <p>{say.what}</p>
        {hanging ? (
          <ul>
            <li>{say.conversations(hanging.openConversations)}</li>
            {hanging.triggers.length === 0 && <li>{say.noTriggers}</li>}
            {hanging.triggers.map(({ id: key, integration, expert, published }) => (
              <li key={key}>{say.trigger(expert, integration, published)}</li>
            ))}
            {hanging.alerts.map(({ id: key, name: alert }) => (
              <li key={key}>{say.alert(alert)}</li>
            ))}
            {hanging.limits.map(({ id: key, name: limit }) => (
              <li key={key}>{say.limit(limit)}</li>
            ))}
          </ul>
        ) : (
          <Skeleton active title={false} paragraph={{ rows: 2 }} />
        )}
        <p className="quiet">{say.records}</p>
      </Modal>
    </>
  );
}

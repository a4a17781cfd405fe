import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import type { Expert } from '../model';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { VersionDifferences } from './version-differences';

interface Props {
  readonly expert: Expert;
  onDone(): void;
}

/** Publishes the draft, after it has shown what will be different. */
export function PublishButton({ expert, onDone }: Props) {
  const say = useWords().experts;
  const [open, setOpen] = useState(false);
  const dialog = { expert, onDone, onClose: () => setOpen(false), what: 'draft', title: say.publishTitle, go: say.publish } as const;
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {say.publish}
      </Button>
      {open && <PublishDialog {...dialog} />}
    </>
  );
}

/** Publishes what an earlier version held as the next one, after it has shown what will be different. */
export function RollBackButton({ expert, version, onDone, small }: Props & { readonly version: number; readonly small?: boolean }) {
  const say = useWords().experts;
  const [open, setOpen] = useState(false);
  const dialog = {
    expert,
    onDone,
    onClose: () => setOpen(false),
    what: version,
    title: say.rollBackAsk(version),
    go: say.rollBack,
  } as const;
  return (
    <>
      <Button size={small ? 'small' : 'medium'} aria-label={`${say.rollBack}: ${version}`} onClick={() => setOpen(true)}>
        {say.rollBack}
      </Button>
      {open && <PublishDialog {...dialog} />}
    </>
  );
}

interface DialogProps extends Props {
  /** The draft, or the number of an earlier version. */
  readonly what: 'draft' | number;
  readonly title: string;
  readonly go: string;
  onClose(): void;
}

function PublishDialog({ expert, what, title, go, onClose, onDone }: DialogProps) {
  const { id, publishedVersion } = expert;
  const words = useWords();
  const say = words.experts;
  const api = useApi();
  const { message } = App.useApp();
  const { busy, run } = useAction();
  const publish = async () => {
    const done = await run(async () => {
      const [path, body] = what === 'draft' ? ['publish', undefined] : ['rollback', { version: what }];
      const { version } = await api.post<{ readonly version: number }>(`experts/${id}/${path}`, body);
      void message.success(say.published(version));
    });
    if (done) onClose();
    onDone();
  };
  return (
    <Modal
      open
      title={title}
      width={680}
      onCancel={onClose}
      onOk={publish}
      okText={go}
      okButtonProps={{ loading: busy }}
      cancelText={words.common.cancel}
    >
      {publishedVersion === null ? (
        <p>{say.first}</p>
      ) : (
        <VersionDifferences expert={expert} from="published" to={String(what)} label={title} same={say.noDifference} />
      )}
    </Modal>
  );
}

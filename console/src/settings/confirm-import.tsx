import { Modal } from 'antd';
import type { ConfigurationChange } from '../model';
import { useWords } from '../preferences';
import { useOpenSession } from '../session';

const ACTIONS = ['create', 'change', 'publish'] as const;

interface Props {
  readonly changes: readonly ConfigurationChange[];
  onGo(): void;
  onClose(): void;
}

/** Asks once more, with what it comes to. */
export function ConfirmImport({ changes, onGo, onClose }: Props) {
  const words = useWords();
  const say = words.settings.configuration;
  const { organization } = useOpenSession().session;
  const counted = ACTIONS.map((action) => ({ action, count: changes.filter((change) => change.action === action).length }));
  return (
    <Modal
      open
      title={say.confirm(organization?.name ?? '')}
      onCancel={onClose}
      onOk={onGo}
      okText={say.confirmGo}
      cancelText={words.common.cancel}
    >
      <ul className="plain-list">{counted.map(({ action, count }) => count > 0 && <li key={action}>{say.counts[action](count)}</li>)}</ul>
      {changes.some(({ path }) => path.startsWith('integrations')) && <p>{say.reconnects}</p>}
      <p className="quiet">{say.before}</p>
    </Modal>
  );
}

import { Alert, Modal } from 'antd';
import { CopyLine } from '../parts/small';
import { useWords } from '../preferences';

export interface Shown {
  readonly title: string;
  readonly hint: string;
  readonly text: string;
}

/** Something that is shown only once. */
export function SecretModal({ shown, onClose }: { readonly shown: Shown | undefined; onClose(): void }) {
  const words = useWords();
  return (
    <Modal
      open={shown !== undefined}
      title={shown?.title}
      onCancel={onClose}
      onOk={onClose}
      okText={words.common.close}
      cancelButtonProps={{ style: { display: 'none' } }}
    >
      {shown && (
        <>
          <Alert type="warning" showIcon title={shown.hint} className="problem" />
          <CopyLine text={shown.text} label={shown.title} />
        </>
      )}
    </Modal>
  );
}

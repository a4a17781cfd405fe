import { DownloadOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useEffect, useState } from 'react';
import { saveFile } from '../parts/download';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { ReasonDialog, useReasonNeeded } from './reason';

type Format = 'html' | 'csv' | 'jsonl';

interface Props {
  readonly formats: readonly Format[];
  /** Where the API gives it. */
  readonly pathOf: (format: Format) => string;
  /** Of the file, without its ending. */
  readonly name: string;
}

/** Conversations as a file; asks why first, where the tenant wants to know. */
export function ExportButton({ formats, pathOf, name }: Props) {
  const { conversations: say } = useWords();
  const api = useApi();
  const { busy, run } = useAction();
  const reasonNeeded = useReasonNeeded();
  const [wanted, setWanted] = useState<Format>();
  useEffect(() => {
    if (!wanted || reasonNeeded) return;
    setWanted(undefined);
    void run(() => saveFile(api, pathOf(wanted), `${name}.${wanted}`));
  }, [wanted, reasonNeeded, api, run, pathOf, name]);
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: formats.map((format) => ({ key: format, label: say.formats[format], onClick: () => setWanted(format) })),
        }}
      >
        <Button icon={<DownloadOutlined aria-hidden />} loading={busy}>
          {say.export}
        </Button>
      </Dropdown>
      {wanted && reasonNeeded && <ReasonDialog onCancel={() => setWanted(undefined)} />}
    </>
  );
}

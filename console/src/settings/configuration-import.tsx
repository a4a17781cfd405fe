import { FileTextOutlined, UploadOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input } from 'antd';
import { useRef, useState } from 'react';
import { ApiProblem } from '../api';
import type { ConfigurationChange } from '../model';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Nothing } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { type ChosenFile, readConfiguration } from './chosen-file';
import { ConfirmImport } from './confirm-import';
import { FileChanges, FileProblems } from './file-report';

/** What the API says of the file, before or after the import. */
type Told =
  | { readonly kind: 'would' | 'done'; readonly changes: readonly ConfigurationChange[] }
  | { readonly kind: 'refused'; readonly problem: ApiProblem };

/** Imports a file after it has shown what that would change. */
export function ConfigurationImport() {
  const words = useWords();
  const say = words.settings.configuration;
  const api = useApi();
  const names = useNames();
  const { busy, run } = useAction();
  const [file, setFile] = useState<ChosenFile>();
  const [passphrase, setPassphrase] = useState('');
  const [told, setTold] = useState<Told>();
  const [confirming, setConfirming] = useState(false);

  const send = (chosen: ChosenFile, secret: string, dryRun: boolean) =>
    run(async () => {
      setConfirming(false);
      const configuration = secret === '' ? { ...chosen.content, secrets: null } : chosen.content;
      try {
        const { changes } = await api.post<{ readonly changes: readonly ConfigurationChange[] }>(`configuration/import?dryRun=${dryRun}`, {
          configuration,
          ...(secret !== '' && { passphrase: secret }),
        });
        setTold({ kind: dryRun ? 'would' : 'done', changes });
      } catch (error) {
        if (!(error instanceof ApiProblem) || (error.status !== 422 && error.status !== 409)) throw error;
        setTold({ kind: 'refused', problem: error });
      }
      if (!dryRun) names.refresh();
    });
  const take = async (given: File) => {
    const chosen = await readConfiguration(given, say);
    setFile(chosen);
    setTold(undefined);
    setPassphrase('');
    if (!chosen.flaw && !chosen.isSealed) void send(chosen, '', true);
  };
  const wrongPassphrase = told?.kind === 'refused' && told.problem.fields.find(({ path }) => path === 'passphrase')?.message;
  return (
    <Panel title={say.import} about={say.importAbout}>
      <Choice file={file} onTake={(given) => void take(given)} />
      {file?.flaw && <Alert type="error" showIcon title={file.flaw} className="problem" />}
      {file?.isSealed && (
        <Form layout="vertical" requiredMark={false} className="panel-form" onFinish={() => send(file, passphrase, true)}>
          <Form.Item
            label={say.passphrase}
            htmlFor="passphrase"
            extra={wrongPassphrase || `${say.sealed} ${say.openHelp}`}
            {...(wrongPassphrase && { validateStatus: 'error' as const })}
          >
            <Input.Password
              id="passphrase"
              autoComplete="off"
              value={passphrase}
              onChange={({ target }) => {
                setPassphrase(target.value);
                setTold(undefined);
              }}
            />
          </Form.Item>
          <Button htmlType="submit" loading={busy} className="import-preview">
            {say.preview}
          </Button>
        </Form>
      )}
      <div aria-live="polite">
        {file && !file.flaw && busy && <p className="quiet">{say.looking}</p>}
        {file && told?.kind === 'refused' && !wrongPassphrase && <FileProblems file={file} problem={told.problem} />}
        {told?.kind === 'would' && told.changes.length === 0 && <Nothing title={say.nothing} hint={say.nothingHint} />}
        {told?.kind === 'done' && (
          <Alert type="success" showIcon title={say.done} description={say.doneHint(told.changes.length)} className="problem" />
        )}
        {told?.kind === 'would' && told.changes.length > 0 && <h3>{say.would}</h3>}
        {file && told && told.kind !== 'refused' && told.changes.length > 0 && (
          <FileChanges file={file} changes={told.changes} title={told.kind === 'would' ? say.would : say.done} />
        )}
      </div>
      {file && told?.kind === 'would' && told.changes.length > 0 && (
        <div className="form-actions">
          <Button type="primary" loading={busy} onClick={() => setConfirming(true)}>
            {say.go}
          </Button>
          {confirming && (
            <ConfirmImport changes={told.changes} onGo={() => void send(file, passphrase, false)} onClose={() => setConfirming(false)} />
          )}
        </div>
      )}
    </Panel>
  );
}

function Choice({ file, onTake }: { readonly file: ChosenFile | undefined; onTake(file: File): void }) {
  const say = useWords().settings.configuration;
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    const [given] = files ?? [];
    if (given) onTake(given);
  };
  return (
    <section
      className={`file-choice ${over ? 'is-over' : ''}`}
      aria-label={say.file}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
    >
      <input
        ref={input}
        type="file"
        hidden
        accept=".json,application/json"
        aria-label={say.file}
        onChange={({ target }) => {
          take(target.files);
          // So that the same file can be chosen again once it is mended.
          target.value = '';
        }}
      />
      {file && (
        <span className="file-name">
          <FileTextOutlined aria-hidden /> {file.name}
        </span>
      )}
      <Button type={file ? 'default' : 'primary'} icon={<UploadOutlined aria-hidden />} onClick={() => input.current?.click()}>
        {file ? say.chooseOther : say.choose}
      </Button>
      <span className="quiet wide-only">{say.orDrop}</span>
    </section>
  );
}

import { Alert, Button, Spin } from 'antd';
import { useCallback, useEffect, useState } from 'react';
import type { Integration, TestResult } from '../model';
import { Panel } from '../parts/page-frame';
import { CopyLine } from '../parts/small';
import { Problem } from '../parts/states';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { AfterSteps } from './preparation';
import { StatusBadge } from './status';
import { TestChecks } from './test-result';
import { useIntegration } from './use-integration';

/** Proves the settings, then opens the link and shows how it comes up. */
export function WizardConnect({ integration, onBack }: { readonly integration: Integration; onBack(): void }) {
  const words = useWords();
  const api = useApi();
  const { busy, run } = useAction();
  const [result, setResult] = useState<TestResult>();
  const [problem, setProblem] = useState<unknown>();
  const { status, refresh } = useIntegration(integration.id);
  const { wizard, actions, callback, callbackHint } = words.integrations;
  const path = `integrations/${integration.id}`;

  const test = useCallback(() => {
    setResult(undefined);
    setProblem(undefined);
    api.post<TestResult>(`integrations/${integration.id}/test`).then(setResult, setProblem);
  }, [api, integration.id]);
  useEffect(test, [test]);

  const connect = async () => {
    await run(() => api.post(`${path}/enable`));
    refresh();
    if (integration.callbackUrl) test();
  };
  // Platforms can call only what is enabled.
  const onlyUncalled = result?.checks.every(({ name, ok }) => ok || name === 'callback');
  const connected = status?.state === 'connected';
  const begun = status !== undefined && status.state !== 'disabled';
  return (
    <div className="columns">
      <Panel title={integration.name} extra={<StatusBadge status={status} />} {...(!begun && { about: wizard.created })}>
        {!result && problem === undefined && (
          <p>
            <Spin size="small" /> {wizard.testing}
          </p>
        )}
        {problem !== undefined && <Problem problem={problem} />}
        {result && <TestChecks result={result} />}
        {begun && !connected && (
          <p className={status.state === 'disconnected' ? 'is-bad' : 'quiet'}>{status.lastError?.message || status.reason}</p>
        )}
        {connected && <Alert type="success" showIcon title={wizard.connected} description={wizard.connectedHint} />}
        <div className="form-actions">
          <Button onClick={onBack}>{wizard.change}</Button>
          <Button onClick={test} disabled={!result && problem === undefined}>
            {wizard.testAgain}
          </Button>
          {!begun && (
            <Button type="primary" onClick={connect} loading={busy}>
              {result && !result.ok && !onlyUncalled ? wizard.enableAnyway : wizard.enable}
            </Button>
          )}
          {begun && !connected && status.parked && (
            <Button type="primary" loading={busy} onClick={() => run(() => api.post(`${path}/restart`), actions.restarted)}>
              {actions.restart}
            </Button>
          )}
          {begun && (
            <Button href={`#/${path}`} type={connected ? 'default' : 'text'}>
              {wizard.toIntegration}
            </Button>
          )}
          {connected && (
            <Button type="primary" href="#/experts">
              {wizard.toExperts}
            </Button>
          )}
        </div>
      </Panel>
      <AfterSteps
        channel={integration.channel}
        mode={integration.mode}
        extra={
          integration.callbackUrl && (
            <>
              <h3>{callback}</h3>
              <CopyLine text={integration.callbackUrl} label={callback} />
              <p className="quiet">{callbackHint}</p>
            </>
          )
        }
      />
    </div>
  );
}

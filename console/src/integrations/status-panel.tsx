import { Alert, Button } from 'antd';
import { useState } from 'react';
import type { Integration, LinkStatus, TestResult } from '../model';
import { Panel } from '../parts/page-frame';
import { CopyLine, Facts, Moment } from '../parts/small';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { TestChecks } from './test-result';
import { Uptime } from './uptime';

/** What the link is doing now, and whether it could. */
export function StatusPanel({ integration, status }: { readonly integration: Integration; readonly status: LinkStatus | undefined }) {
  const { integrations: say } = useWords();
  const api = useApi();
  const mayOperate = useMay('operate');
  const { busy, run } = useAction();
  const [result, setResult] = useState<TestResult>();
  const test = () => run(async () => setResult(await api.post<TestResult>(`integrations/${integration.id}/test`)));
  return (
    <div>
      <Panel title={say.status.title}>
        {status?.parked && <Alert className="problem" type="error" showIcon title={status.reason} description={say.parkedHint} />}
        {status && !status.parked && status.reason && (
          <p className={status.state === 'disconnected' ? 'is-bad' : 'quiet'}>{status.reason}</p>
        )}
        {status && (
          <Facts
            facts={[
              status.state === 'connected' && status.uptimeSeconds !== null && [say.uptime, <Uptime key="uptime" status={status} />],
              [status.state === 'connected' ? say.connectedSince : say.since, <Moment key="since" at={status.since} />],
              [say.lastEvent, <Moment key="event" at={status.lastEventAt} />],
              status.owner && [say.owner, <code key="owner">{status.owner}</code>],
              status.attempt > 1 && status.state !== 'connected' && [say.attempt, String(status.attempt)],
              status.lastError && [
                say.lastError,
                <span key="error" className={status.state === 'connected' ? '' : 'is-bad'}>
                  {status.lastError.message} <Moment at={status.lastError.at} />
                </span>,
              ],
            ]}
          />
        )}
        {integration.callbackUrl && (
          <>
            <h3>{say.callback}</h3>
            <CopyLine text={integration.callbackUrl} label={say.callback} />
            <p className="quiet">{say.callbackHint}</p>
          </>
        )}
      </Panel>
      {mayOperate && (
        <Panel
          title={say.test.title}
          about={say.test.about}
          extra={
            <Button onClick={test} loading={busy}>
              {say.test.run}
            </Button>
          }
        >
          {result && <TestChecks result={result} />}
        </Panel>
      )}
    </div>
  );
}

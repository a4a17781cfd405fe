import { Button } from 'antd';
import { ApiProblem } from '../api';
import type { Alert, AlertDelivery } from '../model';
import { Rules } from '../parts/rules';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { AlertForm } from './alert-form';

/** Who is told of what goes wrong. */
export function AlertSettings() {
  const { settings } = useWords();
  const say = settings.alerts;
  const mayOperate = useMay('operate');
  return (
    <Rules<Alert>
      path="alerts"
      title={settings.tabs.alerts}
      say={say}
      columns={[
        { title: say.channel, cell: ({ channel }) => say.channels[channel] ?? channel },
        { title: say.kinds, cell: ({ kinds }) => kinds.map((kind) => say.kindNames[kind] ?? kind).join(', ') },
      ]}
      button={(alert) => mayOperate && <TestButton alert={alert} />}
      form={(alert, closing) => <AlertForm alert={alert} {...closing} />}
    />
  );
}

function TestButton({ alert: { id, name } }: { readonly alert: Alert }) {
  const say = useWords().settings.alerts;
  const api = useApi();
  const { busy, run } = useAction();
  const test = () =>
    run(async () => {
      const { state, error } = await api.post<AlertDelivery>(`alerts/${id}/test`);
      if (state === 'failed') throw new ApiProblem(502, error || say.notTested);
    }, say.tested);
  return (
    <Button size="small" loading={busy} onClick={test} aria-label={`${say.test}: ${name}`}>
      {say.test}
    </Button>
  );
}

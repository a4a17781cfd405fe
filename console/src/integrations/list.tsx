import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useNames } from '../parts/names';
import { PageFrame } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, Nothing } from '../parts/states';
import { useWords } from '../preferences';
import { useMay } from '../session';
import { ChannelMark, StatusBadge, type WithStatus } from './status';
import { Uptime } from './uptime';
import { useIntegrations } from './use-integrations';

/** All integrations with the state of their links. */
export function IntegrationList() {
  const words = useWords();
  const integrations = useIntegrations();
  const mayConfigure = useMay('configure');
  const create = mayConfigure && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} href="#/integrations/new">
      {words.integrations.new}
    </Button>
  );
  return (
    <PageFrame title={words.integrations.title} about={words.integrations.about} actions={create}>
      <Loaded of={integrations} rows={6}>
        {integrations.value?.length === 0 ? (
          <Nothing title={words.integrations.empty} hint={words.integrations.emptyHint} action={create} />
        ) : (
          <ul className="cards">
            {integrations.value?.map((one) => (
              <IntegrationCard key={one.integration.id} {...one} />
            ))}
          </ul>
        )}
      </Loaded>
    </PageFrame>
  );
}

function IntegrationCard({ integration, status }: WithStatus) {
  const words = useWords();
  const names = useNames();
  const { id, name, channel, mode } = integration;
  return (
    <li className="tile">
      <div className="tile-head">
        <ChannelMark channel={channel} />
        <div className="tile-title">
          <h2>
            <a href={`#/integrations/${id}`}>{name}</a>
          </h2>
          <p>
            {names.channel(channel)} · {names.mode(channel, mode)}
          </p>
        </div>
        <StatusBadge status={status} />
      </div>
      {status && (
        <dl className="tile-facts">
          <div>
            <dt>{status.state === 'connected' ? words.integrations.uptime : words.integrations.since}</dt>
            <dd>
              {status.state === 'connected' && status.uptimeSeconds !== null ? <Uptime status={status} /> : <Moment at={status.since} />}
            </dd>
          </div>
          <div>
            <dt>{words.integrations.lastEvent}</dt>
            <dd>
              <Moment at={status.lastEventAt} />
            </dd>
          </div>
        </dl>
      )}
      {status && status.state !== 'connected' && status.state !== 'disabled' && (
        <p className={`tile-note ${status.state === 'disconnected' ? 'is-bad' : ''}`}>{status.lastError?.message || status.reason}</p>
      )}
    </li>
  );
}

import { Alert } from 'antd';
import type { UnendedEvent } from '../model';
import { useNames } from '../parts/names';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { usePages } from '../use-poll';

/** Handing over takes less. */
const HANDED_OVER_MS = 60_000;

/** `#/conversations/unended`, which alerts link to: accepted messages that have no end yet. */
export function Unended() {
  const words = useWords();
  const say = words.conversations.unended;
  const names = useNames();
  const events = usePages<UnendedEvent>('events?state=unended');
  const lost = events.items?.filter((event) => stateOf(event) === 'lost').length ?? 0;
  return (
    <PageFrame title={say.title} about={say.about} back={{ href: '#/overview', title: words.overview.title }}>
      {lost > 0 && <Alert className="problem" type="error" showIcon title={say.lost(lost)} description={say.lostHint} />}
      <Panel className="panel-table">
        <Loaded of={events} rows={4}>
          {events.items?.length === 0 ? (
            <Nothing title={say.empty} hint={say.emptyHint} />
          ) : (
            <Table
              label={say.title}
              rows={events.items ?? []}
              keyOf={({ id }) => id}
              columns={[
                { title: say.columns.received, cell: ({ receivedAt }) => <Moment at={receivedAt} /> },
                { title: say.columns.kind, cell: ({ kind }) => say.kinds[kind] ?? kind },
                {
                  title: say.columns.chat,
                  cell: ({ chat = words.conversations.kinds.private, conversationId }) =>
                    conversationId ? <a href={`#/conversations/${conversationId}`}>{chat}</a> : chat,
                },
                {
                  title: say.columns.integration,
                  cell: ({ integrationId }) => <a href={`#/integrations/${integrationId}`}>{names.integration(integrationId)}</a>,
                },
                { title: say.columns.state, cell: (event) => <EventState event={event} /> },
              ]}
            />
          )}
          <More more={events.more} />
        </Loaded>
      </Panel>
    </PageFrame>
  );
}

const TONES = { working: 'running', waiting: 'waiting', lost: 'failed' } as const;

/** As the figure on the overview counts them. */
function stateOf({ receivedAt, deliveredAt, orphanedAt }: UnendedEvent): keyof typeof TONES {
  const isOld = Date.now() - Date.parse(receivedAt) > HANDED_OVER_MS;
  if (isOld && (orphanedAt !== null || deliveredAt === null)) return 'lost';
  return deliveredAt === null ? 'waiting' : 'working';
}

function EventState({ event }: { readonly event: UnendedEvent }) {
  const say = useWords().conversations.unended;
  const state = stateOf(event);
  return (
    <span className="chat-cell">
      <span>
        <Pill tone={TONES[state]}>{say.states[state]}</Pill>
      </span>
      {event.orphanedAt && (
        <span className="quiet">
          {say.since} <Moment at={event.orphanedAt} />
        </span>
      )}
    </span>
  );
}

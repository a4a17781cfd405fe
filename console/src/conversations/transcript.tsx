import { ExportOutlined } from '@ant-design/icons';
import { Alert, Button, Popconfirm, Space } from 'antd';
import { useState } from 'react';
import { clockText } from '../format';
import type { Act, Conversation, Place, Turn } from '../model';
import { AuditLink } from '../parts/audit-link';
import { PageFrame, Panel } from '../parts/page-frame';
import { Facts, Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { useAction } from '../parts/use-action';
import { usePreferences, useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { useLive } from '../use-poll';
import { ExportButton } from './export-button';
import { AskReason, useReasonNeeded } from './reason';
import { TurnEntry } from './turn';

const OPEN_MS = 2000;

/** One session as the people in its chat saw it, and what happened behind it. */
export function Transcript({ id }: { readonly id: string }) {
  const say = useWords().conversations;
  const reasonNeeded = useReasonNeeded();
  if (reasonNeeded)
    return (
      <PageFrame title={say.detail.transcript} back={{ href: '#/conversations', title: say.title }}>
        <AskReason />
      </PageFrame>
    );
  return <Read id={id} />;
}

interface Later {
  readonly turns: readonly Turn[];
  readonly nextCursor: string | null;
}

function Read({ id }: { readonly id: string }) {
  const say = useWords().conversations;
  const mayRead = useMay('content');
  const api = useApi();
  const conversation = useLive<Conversation>(`conversations/${id}`, OPEN_MS);
  const { value } = conversation;
  const [later, setLater] = useState<Later>();
  const cursor = later ? later.nextCursor : (value?.nextCursor ?? null);
  const more = async () => {
    const { turns, nextCursor } = await api.get<Conversation>(`conversations/${id}?cursor=${encodeURIComponent(cursor ?? '')}`);
    setLater((before) => ({ turns: [...(before?.turns ?? []), ...turns], nextCursor }));
  };
  const known = new Set(value?.turns.map((turn) => turn.id));
  const turns = [...(value?.turns ?? []), ...(later?.turns.filter((turn) => !known.has(turn.id)) ?? [])];
  return (
    <PageFrame
      title={value?.chat === undefined ? say.detail.transcript : say.detail.title(value.chat)}
      back={{ href: '#/conversations', title: say.title }}
      mark={value && <Pill tone={value.state}>{say.states[value.state]}</Pill>}
      actions={value && <Actions conversation={value} onDone={conversation.refresh} />}
    >
      <Loaded of={conversation} rows={10}>
        {value && (
          <div className="transcript">
            <Panel title={say.detail.transcript} className="transcript-turns">
              {!mayRead && <Alert className="problem" type="info" showIcon title={say.detail.noContent} />}
              {turns.length === 0 ? (
                <Nothing title={say.detail.noTurns} />
              ) : (
                <ol className="turn-list">
                  {turns.map((turn) => (
                    <TurnEntry key={turn.id} turn={turn} />
                  ))}
                </ol>
              )}
              <More more={cursor ? more : undefined} />
            </Panel>
            <div>
              <About conversation={value} />
              {value.acts.length > 0 && <Acts acts={value.acts} />}
            </div>
          </div>
        )}
      </Loaded>
    </PageFrame>
  );
}

function About({ conversation }: { readonly conversation: Conversation }) {
  const words = useWords();
  const say = words.conversations;
  const {
    id,
    chat,
    people,
    integrationName,
    expertName,
    chatKind,
    integrationId,
    expertId,
    startedAt,
    endedAt,
    endReason,
    expiresAt,
    turnCount,
    temporal,
  } = conversation;
  return (
    <Panel title={say.detail.about} className="transcript-about">
      <Facts
        facts={[
          chat !== undefined && [say.columns.chat, chat],
          [words.schema.kind, `${say.kinds[chatKind]}${endReason ? ` · ${say.ends[endReason] ?? endReason}` : ''}`],
          [
            say.columns.integration,
            <a key="integration" href={`#/integrations/${integrationId}`}>
              {integrationName ?? integrationId.slice(0, 8)}
            </a>,
          ],
          expertId && [
            say.columns.expert,
            <a key="expert" href={`#/experts/${expertId}`}>
              {expertName ?? expertId.slice(0, 8)}
            </a>,
          ],
          people && people.length > 0 && [say.detail.people, <PeopleLinks key="people" people={people} />],
          [say.columns.turns, String(turnCount)],
          [say.detail.started, <Moment key="started" at={startedAt} />],
          endedAt && [say.detail.endedAt, <Moment key="ended" at={endedAt} />],
          expiresAt && !endedAt && [say.detail.silence, <Moment key="expires" at={expiresAt} />],
          [say.detail.workflow, <code key="workflow">{temporal.workflowId}</code>],
          [say.detail.id, <code key="id">{id}</code>],
        ]}
      />
      {chat !== undefined && (
        <Button block href={`#/conversations?chat=${encodeURIComponent(chat)}&integrationId=${integrationId}`}>
          {say.title} · {chat}
        </Button>
      )}
    </Panel>
  );
}

const PeopleLinks = ({ people }: { readonly people: readonly Place[] }) => (
  <>
    {people.map(({ id, name }, index) => (
      <span key={id}>
        {index > 0 && ', '}
        <a href={`#/people/${id}`}>{name}</a>
      </span>
    ))}
  </>
);

/** What was done beside asking: commands, buttons, recalls, edits. */
function Acts({ acts }: { readonly acts: readonly Act[] }) {
  const { conversations, locale } = useWords();
  const say = conversations.detail;
  return (
    <Panel title={say.acts}>
      <ul className="acts">
        {acts.map(({ eventId, kind, name, person, at }) => (
          <li key={eventId}>
            <time dateTime={at}>{clockText(at, locale)}</time>
            {person ?? say.somebody}: {say.actKinds[kind]} {name && <code>{name}</code>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Actions({ conversation: { id, state, turns, temporal }, onDone }: { readonly conversation: Conversation; onDone(): void }) {
  const { words, language } = usePreferences();
  const say = words.conversations.detail;
  const api = useApi();
  const mayOperate = useMay('operate');
  const { busy, run } = useAction();
  const act = async (command: 'stop' | 'end', done: string) => {
    await run(() => api.post(`conversations/${id}/${command}`), done);
    onDone();
  };
  const mayRead = useMay('content');
  const running = turns.some((turn) => turn.state === 'running');
  return (
    <Space wrap>
      {temporal.url && (
        <Button href={temporal.url} target="_blank" rel="noreferrer" icon={<ExportOutlined aria-hidden />}>
          {say.temporal}
        </Button>
      )}
      {mayRead && (
        <ExportButton
          formats={['html', 'csv', 'jsonl']}
          pathOf={(format) => `conversations/${id}/export?format=${format}${format === 'html' ? `&language=${language}` : ''}`}
          name={`conversation-${id}`}
        />
      )}
      <AuditLink target={id} />
      {mayOperate && state === 'open' && (
        <>
          {running && (
            <Button loading={busy} onClick={() => act('stop', say.stopped)}>
              {say.stop}
            </Button>
          )}
          <Popconfirm title={say.endAsk} okText={say.end} cancelText={words.common.cancel} onConfirm={() => act('end', say.ended)}>
            <Button danger>{say.end}</Button>
          </Popconfirm>
        </>
      )}
    </Space>
  );
}

import { Button, Space } from 'antd';
import { withQuery } from '../api';
import type { FoundConversation } from '../model';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { nameOf } from '../sandbox/people';
import { useMay, useOpenSession } from '../session';
import { usePages } from '../use-poll';
import { ExportButton } from './export-button';
import { Filters } from './filters';
import { conversationQuery } from './query';
import { AskReason, useReasonNeeded } from './reason';
import { ReferenceBox } from './reference';

/** Sessions, newest first; the filters stand in the address, so that a search can be handed on. */
export function ConversationList() {
  const words = useWords();
  const { query } = useRoute();
  const reasonNeeded = useReasonNeeded();
  const searchesWords = query.has('q');
  return (
    <PageFrame title={words.conversations.title} about={words.conversations.about} actions={<Actions />}>
      <Filters />
      {searchesWords && reasonNeeded ? <AskReason /> : <Found />}
    </PageFrame>
  );
}

function Actions() {
  const { query } = useRoute();
  const mayRead = useMay('content');
  const asked = conversationQuery(query);
  return (
    <Space wrap>
      <ReferenceBox />
      {mayRead && (
        <ExportButton
          formats={['csv', 'jsonl']}
          pathOf={(format) => withQuery('exports/conversations', { ...asked, format })}
          name={`conversations-${new Date().toISOString().slice(0, 10)}`}
        />
      )}
    </Space>
  );
}

function Found() {
  const words = useWords();
  const say = words.conversations;
  const { session } = useOpenSession();
  const mayTry = useMay('configure') && session.sandbox;
  const { query } = useRoute();
  const conversations = usePages<FoundConversation>(withQuery('conversations', conversationQuery(query)));
  return (
    <Panel className="panel-table">
      <Loaded of={conversations} rows={8}>
        {conversations.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} action={mayTry && <Button href="#/sandbox">{say.toSandbox}</Button>} />
        ) : (
          <Table
            label={say.title}
            rows={conversations.items ?? []}
            keyOf={({ id }) => id}
            columns={[
              {
                title: say.columns.chat,
                cell: ({ id, chat, chatKind, people, snippet }) => (
                  <span className="chat-cell">
                    <a href={`#/conversations/${id}`}>{chat ?? id.slice(0, 8)}</a>
                    <span className="quiet">
                      {[say.kinds[chatKind], people?.map(({ name }) => nameOf(words, name)).join(', ')].filter(Boolean).join(' · ')}
                    </span>
                    {snippet && <span className="snippet">“{snippet.text}”</span>}
                  </span>
                ),
              },
              { title: say.columns.integration, cell: ({ integrationName }) => integrationName ?? '–' },
              { title: say.columns.expert, cell: ({ expertName }) => expertName ?? '–' },
              {
                title: say.columns.state,
                cell: ({ state, endReason }) => (
                  <>
                    <Pill tone={state}>{say.states[state]}</Pill>{' '}
                    {endReason && <span className="quiet">{say.ends[endReason] ?? endReason}</span>}
                  </>
                ),
              },
              { title: say.columns.turns, cell: ({ turnCount }) => turnCount, end: true },
              { title: say.columns.started, cell: ({ startedAt }) => <Moment at={startedAt} /> },
            ]}
          />
        )}
        <More more={conversations.more} />
      </Loaded>
    </Panel>
  );
}

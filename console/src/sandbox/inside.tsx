import { ArrowRightOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Alert, Button, Empty, Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { type Api, withQuery } from '../api';
import { clockText, durationText, momentText } from '../format';
import { useWords } from '../preferences';
import { usePoll } from '../use-poll';
import { type ConversationRecord, deadlineOf, spansOf, type TurnRecord } from './record';

interface Props {
  readonly api: Api;
  readonly integrationId: string;
  readonly chat: string;
  /** Asks again at once when this changes. */
  readonly changes: string;
}

const POLL_MS = 2000;

/** What Parley's own record says about the chat's open session: its turns, their times, and the workflow behind them. */
export function Inside({ api, integrationId, chat, changes }: Props) {
  const words = useWords();
  const { value, failed } = usePoll<{ readonly chat: string; readonly conversation: ConversationRecord | undefined }>(
    async (signal) => {
      const query = { integrationId, chat, state: 'open', limit: '1' };
      const { items } = await api.get<{ items: readonly { readonly id: string }[] }>(withQuery('conversations', query), signal);
      const open = items[0];
      const conversation = open && (await api.get<ConversationRecord>(`conversations/${encodeURIComponent(open.id)}`, signal));
      return { chat, conversation };
    },
    POLL_MS,
    `${chat} ${changes}`,
  );
  if (failed && !value) return <Alert type="warning" showIcon title={words.inside.failed} />;
  if (!value || value.chat !== chat) return <Skeleton active paragraph={{ rows: 5 }} />;
  return (
    <div className="inside">
      {value.conversation ? (
        <Session conversation={value.conversation} />
      ) : (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={words.inside.none} />
      )}
      <p className="inside-promise">
        <SafetyCertificateOutlined aria-hidden /> {words.inside.promise}
      </p>
    </div>
  );
}

function Session({ conversation }: { readonly conversation: ConversationRecord }) {
  const words = useWords();
  const { turns, temporal } = conversation;
  return (
    <>
      <dl className="facts">
        <dt>{words.inside.session}</dt>
        <dd>
          <span className={`pill pill-${conversation.state}`}>{words.inside.sessionStates[conversation.state] ?? conversation.state}</span>
        </dd>
        <dt>{words.inside.started}</dt>
        <dd>{momentText(conversation.startedAt, words.locale)}</dd>
        <dt>{words.inside.timeout}</dt>
        <dd>
          <Countdown conversation={conversation} />
        </dd>
        {temporal?.workflowId && (
          <>
            <dt>{words.inside.workflow}</dt>
            <dd>
              <code className="inside-id" title={temporal.workflowId}>
                {temporal.workflowId}
              </code>
            </dd>
          </>
        )}
      </dl>
      {temporal?.url && (
        <Button
          block
          href={temporal.url}
          target="_blank"
          rel="noreferrer"
          icon={<ArrowRightOutlined aria-hidden />}
          iconPlacement="end"
          className="inside-temporal"
        >
          {words.inside.openWorkflow}
        </Button>
      )}
      <h3>
        {words.inside.turns} <span className="count">{turns.length}</span>
      </h3>
      {turns.length === 0 ? (
        <p className="inside-none">{words.inside.noTurns}</p>
      ) : (
        <ol className="turns" reversed>
          {turns.map((turn, index) => <Turn key={turn.id} turn={turn} number={turn.number ?? index + 1} />).reverse()}
        </ol>
      )}
    </>
  );
}

function Turn({ turn, number }: { readonly turn: TurnRecord; readonly number: number }) {
  const words = useWords();
  const spans = spansOf(turn);
  const texts = turn.question.map(({ text }) => text).filter(Boolean);
  const begun = turn.question[0]?.at;
  const version = turn.expert?.version;
  const { inputTokens, outputTokens } = turn.usage ?? {};
  return (
    <li className={`turn turn-${turn.state}`}>
      <div className="turn-head">
        <strong>{words.inside.turn(number)}</strong>
        <span className={`pill pill-${turn.state}`}>{words.inside.turnStates[turn.state] ?? turn.state}</span>
        {begun && <time dateTime={new Date(begun).toISOString()}>{clockText(begun, words.locale)}</time>}
      </div>
      <p className="turn-question">{texts.join(' ⏎ ')}</p>
      <p className="turn-facts">
        {[
          turn.question.length > 1 ? words.inside.messages(turn.question.length) : undefined,
          ...spans.map(({ name, ms }) => `${words.inside.timings[name]} ${durationText(ms)}`),
          inputTokens === undefined && outputTokens === undefined ? undefined : words.inside.tokens(inputTokens ?? 0, outputTokens ?? 0),
          version == null ? undefined : words.inside.version(version),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {turn.error?.reason && <p className="turn-error">{[turn.error.reason, turn.error.reference].filter(Boolean).join(' · ')}</p>}
    </li>
  );
}

function Countdown({ conversation }: { readonly conversation: ConversationRecord }) {
  const words = useWords();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (conversation.turns.some(({ state }) => state === 'running' || state === 'waiting')) return words.inside.timeoutPaused;
  const deadline = deadlineOf(conversation);
  if (deadline === undefined) return '–';
  return <span className="ticking">{durationText(Math.max(0, Math.round((deadline - now) / 1000) * 1000))}</span>;
}

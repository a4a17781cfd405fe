import { DislikeOutlined, LikeOutlined, PaperClipOutlined } from '@ant-design/icons';
import { clockText } from '../format';
import type { Asked as AskedMessage, Feedback, FileEntry, Turn } from '../model';
import { useNames } from '../parts/names';
import { useWords } from '../preferences';
import { Markdown } from '../sandbox/markdown';
import { BotAvatar, nameOf, PersonAvatar } from '../sandbox/people';
import type { Words } from '../words';
import { TurnTimeline } from './turn-timeline';

/** One turn: its question, the card as it stands, how long each step took. */
export function TurnEntry({ turn }: { readonly turn: Turn }) {
  const words = useWords();
  const say = words.conversations.detail;
  return (
    <li className="turn-entry" data-turn-state={turn.state}>
      <h3>{turn.number === null ? say.waiting : say.turn(turn.number)}</h3>
      {turn.question.map((asked, index) => (
        <Asked key={asked.eventId} asked={asked} joined={index > 0 && turn.question[index - 1]?.person === asked.person} />
      ))}
      <Card turn={turn} />
      <TurnTimeline turn={turn} />
    </li>
  );
}

function Asked({ asked, joined }: { readonly asked: AskedMessage; readonly joined: boolean }) {
  const words = useWords();
  const { text, person, at, recalled, quote, attachments = [] } = asked;
  const name = person ? nameOf(words, person) : words.conversations.detail.somebody;
  return (
    <article className={`message ${joined ? 'message-joined' : ''}`} aria-label={name}>
      <div className="message-face">{!joined && <PersonAvatar sender={person ?? '?'} />}</div>
      <div className="message-body">
        {!joined && (
          <div className="message-head">
            <span className="message-name">{name}</span>
            <time dateTime={at}>{clockText(at, words.locale)}</time>
          </div>
        )}
        <div className="message-line">
          <div className="bubble">
            {quote && <p className="quote">{quote}</p>}
            {recalled ? <s className="recalled">{text}</s> : (text ?? '…')}
            {recalled && <span className="quiet"> {words.conversations.detail.recalled}</span>}
            <Files files={attachments} />
          </div>
        </div>
      </div>
    </article>
  );
}

function Card({ turn }: { readonly turn: Turn }) {
  const words = useWords();
  const names = useNames();
  const say = words.conversations.detail;
  const { reply, error, note, expert, stoppedBy } = turn;
  const state = stateWord(reply.state, words);
  const why = note ?? error?.reason;
  return (
    <article className="message" aria-label={words.card.label(state)} data-state={reply.state}>
      <div className="message-face">
        <BotAvatar />
      </div>
      <div className="message-body">
        <div className={`card card-${reply.state}`}>
          <header className="card-head">
            <span className="card-state">{state}</span>
            <span className="card-detail">
              {expert ? `${expert.name ?? names.expert(expert.id)} · ${words.inside.version(expert.version)}` : ''}
            </span>
          </header>
          <Story reply={reply} />
          <div className="card-body">
            {reply.text && <Markdown text={reply.text} whole={reply.state === 'done'} />}
            <Files files={reply.files ?? []} />
            {why && <p className="card-note">{why}</p>}
            {stoppedBy?.name && <p className="card-note">{say.stoppedBy(nameOf(words, stoppedBy.name))}</p>}
            {reply.undeliverable && <p className="card-note is-bad">{say.undeliverable}</p>}
            {error?.reference && (
              <p className="card-reference">
                {words.card.reference}{' '}
                <a href={`#/conversations/references/${encodeURIComponent(error.reference)}`}>
                  <code>{error.reference}</code>
                </a>
              </p>
            )}
            {!reply.text && !why && <p className="card-note">{say.noText}</p>}
          </div>
          <Record turn={turn} />
        </div>
      </div>
    </article>
  );
}

/** How the expert came to its answer, as far as it was shown. */
function Story({ reply: { steps, reasoning } }: Pick<Turn, 'reply'>) {
  const { card } = useWords();
  if (steps.length === 0 && !reasoning) return null;
  return (
    <div className="card-story">
      {steps.length > 0 && (
        <details className="fold">
          <summary>{card.steps(steps.length)}</summary>
          <ol className="steps">
            {steps.map(({ id, title, status, seconds }) => (
              <li key={id} className={`step step-${status}`}>
                <span className="step-title">{title ?? '…'}</span>
                <span className="visually-hidden">{card.stepStates[status]}</span>
                {seconds !== undefined && <span className="step-seconds">{card.seconds(seconds.toFixed(1))}</span>}
              </li>
            ))}
          </ol>
        </details>
      )}
      {reasoning && (
        <details className="fold">
          <summary>{card.thoughts}</summary>
          <div className="fold-content">
            <Markdown text={reasoning} />
          </div>
        </details>
      )}
    </div>
  );
}

/** What is known beyond what the chat saw. */
function Record({ turn: { reply, usage, attempts, feedback } }: { readonly turn: Turn }) {
  const say = useWords().conversations.detail;
  const facts = [
    reply.footer,
    tokensOf(usage, say.tokens),
    reply.frames > 0 ? say.frames(reply.frames) : undefined,
    reply.writers > 1 ? say.writers(reply.writers) : undefined,
    attempts > 1 ? say.attempts(attempts) : undefined,
  ].filter(Boolean);
  if (facts.length === 0 && feedback.length === 0) return null;
  return (
    <footer className="card-record">
      {facts.length > 0 && <span>{facts.join(' · ')}</span>}
      {feedback.map((one) => (
        <Rating key={`${one.person} ${one.at}`} feedback={one} />
      ))}
    </footer>
  );
}

const Files = ({ files }: { readonly files: readonly FileEntry[] }) =>
  files.map(({ kind, name, size }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: files have no ids, and their order never changes.
    <p key={index} className="quiet">
      <PaperClipOutlined aria-hidden /> {name ?? kind}
      {size !== null && ` (${Math.ceil(size / 1024)} KB)`}
    </p>
  ));

function Rating({ feedback: { rating, person, reason, comment } }: { readonly feedback: Feedback }) {
  const words = useWords();
  const told = [person && nameOf(words, person), reason && (words.card.reasons[reason] ?? reason), comment].filter(Boolean).join(' · ');
  return (
    <span className={`rating rating-${rating}`}>
      {rating === 'good' ? <LikeOutlined aria-hidden /> : <DislikeOutlined aria-hidden />} {words.conversations.detail.rated[rating]}
      {told && `: ${told}`}
    </span>
  );
}

const stateWord = (state: string, { card }: Words): string => {
  const known = (card as unknown as Readonly<Record<string, unknown>>)[state];
  return typeof known === 'string' ? known : state;
};

function tokensOf(usage: Turn['usage'], say: (input: number, output: number) => string): string | null {
  const { inputTokens, outputTokens } = usage ?? {};
  return typeof inputTokens === 'number' || typeof outputTokens === 'number'
    ? say(Number(inputTokens ?? 0), Number(outputTokens ?? 0))
    : null;
}

import { fullText } from '../format';
import type { AuditRecord } from '../model';
import { type Difference, Differences, valueText } from '../parts/differences';
import { Facts } from '../parts/small';
import { useWords } from '../preferences';
import { hrefTo } from '../route';
import { useOpenSession } from '../session';

interface Props {
  readonly record: AuditRecord;
  /** Somebody follows a link to further records. */
  onLeave(): void;
}

/** One record in full: from where, why, what was looked for, and what was different before. */
export function RecordDetail({ record, onLeave }: Props) {
  const words = useWords();
  const say = words.audit;
  const { session: own } = useOpenSession();
  const { ts, actor, action, targets, context, change, outcome } = record;
  const { ip, ua, reason, search, session, organization, export: exported } = context;
  const changes = change ? differences(change.before, change.after) : [];
  const further = (filter: Readonly<Record<string, string>>, text: string) => (
    <a href={hrefTo('audit', filter)} onClick={onLeave}>
      {text}
    </a>
  );
  const who = [actor.name, actor.email].filter(Boolean).join(' · ');
  const organizationName = own.organizations.find(({ id }) => id === organization)?.name;
  return (
    <>
      <Facts
        facts={[
          [say.columns.at, fullText(ts, words.locale)],
          [say.columns.actor, actor.id ? further({ actor: actor.id }, who) : who],
          [say.columns.action, `${say.actions[action] ?? action} (${action})`],
          ...targets.map(({ type, id, name }) => [type, further({ target: id }, name ? `${name} · ${id}` : id)] as const),
          [say.columns.outcome, [say.outcomes[outcome.status], outcome.errorCode].filter(Boolean).join(' · ')],
          reason !== undefined && [say.reason, valueText(reason)],
          search !== undefined && [say.searched, askedText(search)],
          exported !== undefined && [say.exported, askedText(exported)],
          ip !== undefined && [say.from, [ip, ua].filter(Boolean).join(' · ')],
          session !== undefined && [say.session, valueText(session)],
          typeof organization === 'string' && [say.organization, [organizationName, organization].filter(Boolean).join(' · ')],
        ]}
      />
      {changes.length === 0 ? <p className="quiet">{say.noChange}</p> : <Differences label={say.record} of={changes} />}
    </>
  );
}

/** What of a query was given; words that were looked for need no name. */
function askedText(asked: unknown): string {
  if (!isTree(asked)) return valueText(asked);
  return Object.entries(asked)
    .map(([name, value]) => (name === 'q' ? valueText(value) : `${name}: ${valueText(value)}`))
    .join(' · ');
}

/** What is not the same, field by field. */
function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isTree(before) || isTree(after)) {
    const [old, now] = [isTree(before) ? before : {}, isTree(after) ? after : {}];
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return names.flatMap((name) => differences(old[name], now[name], path ? `${path}.${name}` : name));
  }
  return valueText(before) === valueText(after) ? [] : [{ path, before, after }];
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

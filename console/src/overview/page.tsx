import { Button, Segmented } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { withQuery } from '../api';
import { durationText } from '../format';
import { ChannelMark, StatusBadge } from '../integrations/status';
import { useIntegrations } from '../integrations/use-integrations';
import type { ConversationSummary, OverviewFigures, Page } from '../model';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, Nothing } from '../parts/states';
import { useWords } from '../preferences';
import { useMay } from '../session';
import { type Live, useLive, useLook } from '../use-poll';
import { Begin } from './begin';
import { Tile } from './tile';

const Charts = lazy(() => import('./charts'));

const DAYS = { day: 1, week: 7, month: 30 } as const;
type Range = keyof typeof DAYS;

/** How things stand, at one glance. */
export function OverviewPage() {
  const words = useWords();
  const say = words.overview;
  const [range, setRange] = useState<Range>('day');
  const integrations = useIntegrations();
  const figures = useFigures(range);
  const ranges = (
    <Segmented
      aria-label={say.range}
      value={range}
      onChange={setRange}
      options={(Object.keys(DAYS) as Range[]).map((value) => ({ value, label: say.ranges[value] }))}
    />
  );
  const isQuiet = figures.value?.messages === 0 && figures.value.answers.done === 0;
  return (
    <PageFrame title={say.title} actions={ranges}>
      <Begin integrations={integrations.value} talked={(figures.value?.messages ?? 0) > 0} />
      <Figures figures={figures.value} integrations={integrations} />
      <Loaded of={figures} rows={8}>
        {isQuiet ? (
          <Panel title={say.chart}>
            <Nothing title={say.noFigures} hint={say.noFiguresHint} />
          </Panel>
        ) : (
          figures.value && (
            <Suspense
              fallback={
                <Panel title={say.chart} className="chart-waiting">
                  {' '}
                </Panel>
              }
            >
              <Charts figures={figures.value} />
            </Suspense>
          )
        )}
      </Loaded>
      <div className="columns">
        <Links integrations={integrations} />
        <Newest />
      </div>
    </PageFrame>
  );
}

function useFigures(range: Range): Live<OverviewFigures> {
  return useLook(`figures ${range}`, (api, signal) => {
    const from = new Date(Date.now() - DAYS[range] * 86_400_000).toISOString();
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return api.get<OverviewFigures>(withQuery('stats/overview', { from, timeZone }), signal);
  });
}

type Links = Live<ReturnType<typeof useIntegrations>['value'] & {}>;

function Figures({ figures, integrations }: { readonly figures: OverviewFigures | undefined; readonly integrations: Links }) {
  const { overview: say, locale } = useWords();
  const links = integrations.value ?? [];
  const up = links.filter(({ status }) => status?.state === 'connected').length;
  const isDown = links.some(({ status }) => status?.state === 'disconnected');
  const answers = figures?.answers;
  const ended = answers ? answers.done + answers.failed + answers.stopped + answers.expired : 0;
  const bad = answers ? answers.failed + answers.expired + answers.undeliverable : 0;
  const number = (value: number | undefined) => value?.toLocaleString(locale);
  const time = (ms: number | null) => (ms === null ? '–' : durationText(ms));
  return (
    <ul className="tiles">
      <Tile
        title={say.integrations}
        value={integrations.value && `${up}/${links.length}`}
        tone={isDown ? 'bad' : up === links.length ? 'good' : undefined}
        href="#/integrations"
      >
        {say.integrationsConnected(up, links.length)}
      </Tile>
      <Tile
        title={say.unended}
        value={number(figures?.unendedEvents)}
        tone={figures?.unendedEvents === 0 ? 'good' : 'bad'}
        href="#/conversations/unended"
      >
        {figures?.unendedEvents === 0 ? say.unendedNone : say.unendedSome}
      </Tile>
      <Tile title={say.messages} value={number(figures?.messages)} href="#/conversations">
        {figures && say.openNow(figures.conversations.open)}
      </Tile>
      <Tile title={say.failures} value={number(answers && bad)} tone={bad > 0 ? 'bad' : undefined}>
        {say.failuresShare(ended === 0 ? '0 %' : `${((bad / ended) * 100).toFixed(1)} %`)}
      </Tile>
      <Tile title={say.answerTime} value={figures && time(figures.answerMs.p50)}>
        {figures && say.answerTimes(time(figures.answerMs.p95), time(figures.firstTokenMs.p50))}
      </Tile>
    </ul>
  );
}

function Links({ integrations }: { readonly integrations: Links }) {
  const words = useWords();
  const say = words.overview;
  return (
    <Panel title={say.integrations} extra={<All href="#/integrations" title={say.integrations} />}>
      <Loaded of={integrations}>
        {integrations.value?.length === 0 ? (
          <Nothing title={words.integrations.empty} hint={words.integrations.emptyHint} />
        ) : (
          <ul className="rows">
            {integrations.value?.map(({ integration: { id, name, channel }, status }) => (
              <li key={id} className="row-line">
                <a href={`#/integrations/${id}`} className="row-name">
                  <ChannelMark channel={channel} size={26} /> {name}
                </a>
                <StatusBadge status={status} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function Newest() {
  const words = useWords();
  const say = words.overview;
  const mayTry = useMay('configure');
  const newest = useLive<Page<ConversationSummary>>('conversations?limit=6');
  const toSandbox = mayTry && <Button href="#/sandbox">{words.conversations.toSandbox}</Button>;
  return (
    <Panel title={say.newest} extra={<All href="#/conversations" title={say.newest} />}>
      <Loaded of={newest}>
        {newest.value?.items.length === 0 ? (
          <Nothing title={words.conversations.empty} hint={say.noFiguresHint} action={toSandbox} />
        ) : (
          <ul className="rows">
            {newest.value?.items.map(({ id, chat, state, integrationName, startedAt }) => (
              <li key={id} className="row-line">
                <span className="chat-cell">
                  <a href={`#/conversations/${id}`}>{chat}</a>
                  <span className="quiet">
                    {integrationName} · <Moment at={startedAt} />
                  </span>
                </span>
                <Pill tone={state}>{words.conversations.states[state]}</Pill>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function All({ href, title }: { readonly href: string; readonly title: string }) {
  const words = useWords();
  return (
    <a href={href} aria-label={`${words.overview.all}: ${title}`}>
      {words.overview.all}
    </a>
  );
}

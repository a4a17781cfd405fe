import { Timeline } from 'antd';
import { durationText } from '../format';
import type { Incident } from '../model';
import { Panel } from '../parts/page-frame';
import { Moment } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { useWords } from '../preferences';
import { useAgain, usePages } from '../use-poll';

const COLOURS: Readonly<Record<string, string>> = {
  lost: 'red',
  parked: 'red',
  zombie: 'orange',
  shared: 'orange',
  recovered: 'green',
  enabled: 'green',
  disabled: 'gray',
};

const WITHOUT_STREAM_MS = 5000;

/** What befell the link, newest first. @param newest the stream's word for it, if it has one */
export function Incidents({ id, newest }: { readonly id: string; readonly newest: string | null | undefined }) {
  const words = useWords();
  const { incidents: say } = words.integrations;
  const incidents = usePages<Incident>(`integrations/${id}/incidents?limit=20`, newest === undefined ? WITHOUT_STREAM_MS : 'once');
  useAgain(newest, incidents.refresh);
  return (
    <Panel title={say.title}>
      <Loaded of={incidents}>
        {incidents.items?.length === 0 ? (
          <Nothing title={say.empty} />
        ) : (
          <Timeline
            items={
              incidents.items?.map(({ id: key, at, kind, reason, by, durationSeconds }) => ({
                key,
                color: COLOURS[kind] ?? 'blue',
                content: (
                  <div className="incident" data-kind={kind}>
                    <strong>{say.kinds[kind] ?? kind}</strong> <Moment at={at} />
                    <p>
                      {[
                        reason,
                        durationSeconds ? say.lasted(durationText(durationSeconds * 1000)) : undefined,
                        by ? words.common.by(by) : undefined,
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </p>
                  </div>
                ),
              })) ?? []
            }
          />
        )}
        <More more={incidents.more} />
      </Loaded>
    </Panel>
  );
}

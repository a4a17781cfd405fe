import { lazy, Suspense } from 'react';
import { durationText } from '../format';
import type { Traffic } from '../model';
import { ENDS, Legend } from '../overview/chart-parts';
import { Panel } from '../parts/page-frame';
import { Facts } from '../parts/small';
import { Loaded } from '../parts/states';
import { useWords } from '../preferences';
import { useLive } from '../use-poll';

const Chart = lazy(() => import('../overview/messages-chart'));
const HOURS = 24;
const EVERY_MS = 10_000;

/** What goes in and out, and whether the platform slows it down. */
export function TrafficPanel({ id }: { readonly id: string }) {
  const words = useWords();
  const { traffic: say } = words.integrations;
  const traffic = useLive<Traffic>(`integrations/${id}/traffic?hours=${HOURS}`, EVERY_MS);
  const { value } = traffic;
  return (
    <Panel
      title={say.title}
      about={say.about(HOURS)}
      extra={value && isBusy(value) && <Legend series={['messages', ...ENDS]} words={words} />}
    >
      <Loaded of={traffic} rows={6}>
        {value && (
          <>
            {isBusy(value) && (
              <Suspense fallback={<div className="chart" />}>
                <Chart series={value.series} bucket="hour" title={say.title} />
              </Suspense>
            )}
            <Facts facts={factsOf(value, say, words.locale)} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

const isBusy = ({ series }: Traffic): boolean => series.some((hour) => hour.messages > 0 || ENDS.some((end) => hour[end] > 0));

type Sayings = ReturnType<typeof useWords>['integrations']['traffic'];

function factsOf({ messages, answers, allowance }: Traffic, say: Sayings, locale: string): readonly (readonly [string, string])[] {
  const { done, failed, stopped, expired, undeliverable } = answers;
  const number = (value: number) => value.toLocaleString(locale);
  const others = (
    [
      ['failed', failed],
      ['stopped', stopped],
      ['expired', expired],
      ['undeliverable', undeliverable],
    ] as const
  )
    .filter(([, count]) => count > 0)
    .map(([name, count]) => [say[name], number(count)] as const);
  const { callsThisHour, callsLastHour } = allowance;
  const calls = [say.calls, say.callsPerHour(number(callsThisHour), number(callsLastHour))] as const;
  return [[say.messages, number(messages)], [say.done, number(done)], ...others, calls, [say.allowance, allowanceText(allowance, say)]];
}

function allowanceText({ limits, usedUp, longestWaitMs }: Traffic['allowance'], say: Sayings): string {
  if (limits === 0) return say.allowanceUnused;
  return usedUp === 0 ? say.allowanceFree : say.allowanceUsedUp(usedUp, limits, durationText(longestWaitMs));
}

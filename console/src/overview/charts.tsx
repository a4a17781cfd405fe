import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { durationText } from '../format';
import type { OverviewFigures } from '../model';
import { Panel } from '../parts/page-frame';
import { COLOURS, ENDS, Legend, labelOf, MARGIN, Tip, type Told, useChartLook } from './chart-parts';
import MessagesChart from './messages-chart';

const TIMES = ['answerP95', 'answerP50'] as const;

/** Messages and answers over time, and how long people waited. */
export default function Charts({ figures: { series, bucket } }: { readonly figures: OverviewFigures }) {
  const { words, line, axis } = useChartLook();
  const say = words.overview;
  const rows = series.map(({ at, answerMs }) => ({ at, answerP50: answerMs.p50, answerP95: answerMs.p95 }));
  const label = (at: string) => labelOf(at, bucket, words.locale);
  return (
    <div className="columns">
      <Panel title={say.chart} extra={<Legend series={['messages', ...ENDS]} words={words} />}>
        <MessagesChart series={series} bucket={bucket} title={say.chart} />
      </Panel>
      <Panel title={say.chartTimes} extra={<Legend series={TIMES} words={words} />}>
        <section className="chart" aria-label={`${say.chartTimes}. ${say.chartHint}`}>
          <ResponsiveContainer width="100%" height="100%">
            <AreaChart data={rows} margin={MARGIN} accessibilityLayer>
              <CartesianGrid stroke={line} vertical={false} />
              <XAxis dataKey="at" tickFormatter={label} minTickGap={28} {...axis} />
              <YAxis tickFormatter={(ms: number) => `${Math.round(ms / 100) / 10} s`} width={58} {...axis} />
              <Tooltip content={(told) => <Tip told={told as Told} title={label} words={words} show={durationText} />} />
              {TIMES.map((name) => (
                <Area
                  key={name}
                  dataKey={name}
                  stroke={COLOURS[name]}
                  fill={COLOURS[name]}
                  fillOpacity={0.14}
                  strokeWidth={2}
                  dot={{ r: 2.5, fillOpacity: 1 }}
                  connectNulls
                  isAnimationActive={false}
                />
              ))}
            </AreaChart>
          </ResponsiveContainer>
        </section>
      </Panel>
    </div>
  );
}

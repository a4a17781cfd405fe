import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Ends } from '../model';
import { COLOURS, ENDS, labelOf, MARGIN, Tip, type Told, useChartLook } from './chart-parts';

interface Props {
  readonly series: readonly (Ends & { readonly at: string; readonly messages: number })[];
  readonly bucket: 'hour' | 'day';
  /** What it shows, for screen readers. */
  readonly title: string;
}

/** Messages beside the answers that ended, hour by hour or day by day. */
export default function MessagesChart({ series, bucket, title }: Props) {
  const { words, line, axis } = useChartLook();
  const label = (at: string) => labelOf(at, bucket, words.locale);
  return (
    <section className="chart" aria-label={`${title}. ${words.overview.chartHint}`}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={[...series]} margin={MARGIN} barGap={1} accessibilityLayer>
          <CartesianGrid stroke={line} vertical={false} />
          <XAxis dataKey="at" tickFormatter={label} minTickGap={28} {...axis} />
          <YAxis allowDecimals={false} width={44} {...axis} />
          <Tooltip
            cursor={{ fill: line, opacity: 0.5 }}
            content={(told) => <Tip told={told as Told} title={label} words={words} show={String} />}
          />
          <Bar dataKey="messages" stackId="came" fill={COLOURS.messages} radius={[3, 3, 0, 0]} isAnimationActive={false} />
          {ENDS.map((name) => (
            <Bar key={name} dataKey={name} stackId="ends" fill={COLOURS[name]} isAnimationActive={false} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </section>
  );
}

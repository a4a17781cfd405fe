import { clockText, dayText } from '../format';
import { usePreferences } from '../preferences';
import type { Words } from '../words';

/** Both grounds carry these. */
export const COLOURS = {
  done: '#2f9e5b',
  stopped: '#8a93a3',
  expired: '#d9922e',
  failed: '#d8433f',
  messages: '#3f7ae8',
  answerP50: '#3f7ae8',
  answerP95: '#8e6bd8',
};
export type Series = keyof typeof COLOURS;
/** How answers end. */
export const ENDS = ['done', 'stopped', 'expired', 'failed'] as const satisfies readonly Series[];
export const MARGIN = { top: 6, right: 6, bottom: 0, left: -14 };

/** What all charts of a page look like. */
export function useChartLook() {
  const { words, dark } = usePreferences();
  const stroke = dark ? '#9aa0a8' : '#646a73';
  return { words, line: dark ? '#2d3038' : '#e4e6ea', axis: { stroke, fontSize: 12, tickLine: false, axisLine: false } as const };
}

export const Legend = ({ series, words }: { readonly series: readonly Series[]; readonly words: Words }) => (
  <ul className="legend">
    {series.map((name) => (
      <li key={name}>
        <i style={{ background: COLOURS[name] }} /> {words.overview.series[name]}
      </li>
    ))}
  </ul>
);

/** What a chart hands to its tip. */
export interface Told {
  readonly active?: boolean;
  readonly label?: string;
  readonly payload?: readonly { readonly dataKey?: string; readonly value?: number | null }[];
}

interface TipProps {
  readonly told: Told;
  readonly words: Words;
  title(at: string): string;
  show(value: number): string;
}

export function Tip({ told: { active, label, payload = [] }, words, title, show }: TipProps) {
  if (!active || label === undefined) return null;
  const known = payload.filter(({ value }) => typeof value === 'number');
  return (
    <div className="chart-tip">
      <p>{title(label)}</p>
      <ul>
        {known.map(({ dataKey = '', value }) => (
          <li key={dataKey}>
            <i style={{ background: COLOURS[dataKey as Series] }} /> {words.overview.series[dataKey]} <b>{show(value ?? 0)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

export const labelOf = (at: string, bucket: 'hour' | 'day', locale: string): string =>
  bucket === 'hour' ? clockText(at, locale) : dayText(at, locale);

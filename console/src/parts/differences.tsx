import { useWords } from '../preferences';

/** One field that is not the same; null or undefined where it is not there. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

interface Props {
  readonly label: string;
  readonly of: readonly Difference[];
  /** What forms call a field. */
  readonly nameOf?: (path: string) => string | undefined;
}

/** What is different, field by field, as it was and as it is. */
export function Differences({ label, of, nameOf }: Props) {
  const { common, audit } = useWords();
  return (
    <table className="table changes" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{common.name}</th>
          <th scope="col">{audit.before}</th>
          <th scope="col">{audit.after}</th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ path, before, after }) => (
          <tr key={path}>
            <th scope="row">
              {nameOf?.(path)} <code title={path}>{shortened(path)}</code>
            </th>
            <td data-label={audit.before}>{valueText(before)}</td>
            <td data-label={audit.after}>{valueText(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const valueText = (value: unknown): string =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

const shortened = (path: string): string => path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => id.slice(0, 8));

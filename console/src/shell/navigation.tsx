import { FileTextOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { OPENAPI_URL } from '../api';
import type { Session } from '../model';
import { useWords } from '../preferences';
import { TemporalMark } from './logo';
import { type PageEntry, pagesFor } from './pages';

interface Props {
  readonly session: Session;
  readonly current: PageEntry | undefined;
  /** Icons alone. */
  readonly rail?: boolean;
  onChosen?(): void;
}

/** The way to every page, and to what lies beside the console. */
export function Navigation({ session, current, rail = false, onChosen }: Props) {
  const words = useWords();
  const named = (title: string, entry: React.ReactElement) =>
    rail ? (
      <Tooltip title={title} placement="right">
        {entry}
      </Tooltip>
    ) : (
      entry
    );
  return (
    <nav aria-label={words.nav.label} className={rail ? 'nav nav-rail' : 'nav'}>
      <ul>
        {pagesFor(session).map((page) => (
          <li key={page.path}>
            {named(
              page.title(words),
              <a href={`#/${page.path}`} aria-current={page === current ? 'page' : undefined} onClick={onChosen}>
                {page.icon} <span>{page.title(words)}</span>
              </a>,
            )}
          </li>
        ))}
      </ul>
      <ul className="nav-beside">
        {session.temporalUiUrl && (
          <li>
            {named(
              words.header.temporalHint,
              <a href={session.temporalUiUrl} target="_blank" rel="noreferrer" aria-label={words.header.temporalHint}>
                <span className="anticon">
                  <TemporalMark />
                </span>
                <span>{words.header.temporal}</span>
              </a>,
            )}
          </li>
        )}
        <li>
          {named(
            words.header.apiHint,
            <a href={OPENAPI_URL} target="_blank" rel="noreferrer" aria-label={words.header.apiHint}>
              <FileTextOutlined aria-hidden /> <span>{words.header.api}</span>
            </a>,
          )}
        </li>
      </ul>
    </nav>
  );
}

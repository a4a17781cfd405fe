import { ApiOutlined, LogoutOutlined, MoonOutlined, SunOutlined, TranslationOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { OPENAPI_URL } from '../api';
import { usePreferences } from '../preferences';
import { useSessionAccess } from '../session';
import { LinkBadge } from './link-badge';
import { Logo, TemporalMark } from './logo';
import { pageAt, pages, useHash } from './pages';

/** The bar on top: where we are, whether the integration is connected, and the person's preferences. */
export function Header() {
  const { words, language, dark, setLanguage, setDark } = usePreferences();
  const { state, signOut } = useSessionAccess();
  const current = pageAt(useHash());
  const open = state.kind === 'open' ? state : undefined;
  return (
    <header className="header">
      <a className="brand" href="#/" aria-label={words.product}>
        <Logo />
        <span className="brand-name">{words.product}</span>
      </a>
      <nav aria-label={words.nav.label} className="nav">
        {pages.map((page) => (
          <a key={page.path} href={`#/${page.path}`} aria-current={page === current ? 'page' : undefined}>
            {page.icon} <span>{page.title(words)}</span>
          </a>
        ))}
      </nav>
      <div className="header-tools">
        {open?.session.sandbox && <LinkBadge api={open.api} integrationId={open.session.sandbox.integrationId} />}
        {open?.session.temporalUiUrl && (
          <Tooltip title={words.header.temporalHint}>
            <Button
              type="text"
              icon={<TemporalMark />}
              href={open.session.temporalUiUrl}
              target="_blank"
              rel="noreferrer"
              aria-label={words.header.temporalHint}
            >
              <span className="wide-only">{words.header.temporal}</span>
            </Button>
          </Tooltip>
        )}
        <Tooltip title={words.header.apiHint}>
          <Button type="text" icon={<ApiOutlined />} href={OPENAPI_URL} target="_blank" rel="noreferrer" aria-label={words.header.apiHint}>
            <span className="wide-only">{words.header.api}</span>
          </Button>
        </Tooltip>
        <Tooltip title={words.header.languageHint}>
          <Button
            type="text"
            icon={<TranslationOutlined />}
            onClick={() => setLanguage(language === 'zh' ? 'en' : 'zh')}
            aria-label={words.header.languageHint}
          >
            <span className="wide-only">{words.header.language}</span>
          </Button>
        </Tooltip>
        <Tooltip title={dark ? words.header.toLight : words.header.toDark}>
          <Button
            type="text"
            icon={dark ? <SunOutlined /> : <MoonOutlined />}
            onClick={() => setDark(!dark)}
            aria-label={dark ? words.header.toLight : words.header.toDark}
          />
        </Tooltip>
        {open?.byKey && (
          <Tooltip title={words.header.signOut}>
            <Button type="text" icon={<LogoutOutlined />} onClick={signOut} aria-label={words.header.signOut} />
          </Tooltip>
        )}
      </div>
    </header>
  );
}

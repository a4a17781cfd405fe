import { MenuOutlined, MoonOutlined, SunOutlined, TranslationOutlined } from '@ant-design/icons';
import { Button, Drawer, Tooltip } from 'antd';
import { useState } from 'react';
import { usePreferences } from '../preferences';
import { useSessionAccess } from '../session';
import { AccountMenu, OrganizationChoice } from './account-menu';
import { LinkBadge } from './link-badge';
import { Logo } from './logo';
import { Navigation } from './navigation';
import type { PageEntry } from './pages';

/** The bar on top: whose data this is, who one is, and the person's preferences. */
export function Header({ current, narrow }: { readonly current: PageEntry | undefined; readonly narrow: boolean }) {
  const { words, language, dark, setLanguage, setDark } = usePreferences();
  const { state } = useSessionAccess();
  const [menuOpen, setMenuOpen] = useState(false);
  const open = state.kind === 'open' ? state : undefined;
  const colours = dark ? words.header.toLight : words.header.toDark;
  return (
    <header className="header">
      {open && narrow && (
        <>
          <Button
            type="text"
            icon={<MenuOutlined />}
            aria-label={words.nav.open}
            aria-expanded={menuOpen}
            onClick={() => setMenuOpen(true)}
          />
          <Drawer
            open={menuOpen}
            onClose={() => setMenuOpen(false)}
            placement="left"
            size={264}
            title={words.product}
            rootClassName="nav-drawer"
          >
            <Navigation session={open.session} current={current} onChosen={() => setMenuOpen(false)} />
          </Drawer>
        </>
      )}
      <a className="brand" href="#/" aria-label={words.product}>
        <Logo size={26} />
        <span className="brand-name">{words.product}</span>
      </a>
      {open && <OrganizationChoice session={open.session} />}
      <div className="header-tools">
        {current?.path === 'sandbox' && open?.session.sandbox && (
          <LinkBadge api={open.api} integrationId={open.session.sandbox.integrationId} />
        )}
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
        <Tooltip title={colours}>
          <Button type="text" icon={dark ? <SunOutlined /> : <MoonOutlined />} onClick={() => setDark(!dark)} aria-label={colours} />
        </Tooltip>
        {open && <AccountMenu session={open.session} />}
      </div>
    </header>
  );
}

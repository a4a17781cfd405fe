import { App as AntApp, Button, Result, Spin } from 'antd';
import { Suspense } from 'react';
import { NamesProvider } from './parts/names';
import { useMedia, useWords } from './preferences';
import { useRoute } from './route';
import { useSessionAccess } from './session';
import { Header } from './shell/header';
import { LinkPage } from './shell/link-page';
import { Navigation } from './shell/navigation';
import { type PageEntry, pageAt } from './shell/pages';
import { SignIn } from './shell/sign-in';

/** The frame around all pages. Pages are listed in `shell/pages.tsx`. */
export function App() {
  return (
    <AntApp className="app">
      <Frame />
    </AntApp>
  );
}

function Frame() {
  const words = useWords();
  const { state } = useSessionAccess();
  const { page } = useRoute();
  const narrow = useMedia('(max-width: 899px)');
  const roomy = useMedia('(min-width: 1200px)');
  const spacious = useMedia('(min-width: 1600px)');
  const current = state.kind === 'open' ? pageAt(state.session, page) : undefined;
  return (
    <>
      <button type="button" className="skip" onClick={() => document.querySelector<HTMLElement>('main h1')?.focus()}>
        {words.nav.skip}
      </button>
      <Header current={current} narrow={narrow} />
      <div className="app-body">
        {state.kind === 'open' && !narrow && (
          <Navigation session={state.session} current={current} rail={current?.wide ? !spacious : !roomy} />
        )}
        <Main current={current} />
      </div>
    </>
  );
}

function Main({ current }: { readonly current: PageEntry | undefined }) {
  const words = useWords();
  const { state } = useSessionAccess();
  const { page, rest } = useRoute();
  if (page === 'link' && rest[0]) return <LinkPage token={rest[0]} />;
  if (state.kind === 'loading') return <Waiting />;
  if (state.kind === 'unreachable')
    return (
      <main className="centred">
        <Result status="warning" title={words.unreachable.title} subTitle={words.unreachable.detail} extra={<Spin />} />
      </main>
    );
  if (state.kind === 'signed-out') return <SignIn refused={state.refused} />;
  if (!state.session.organization && !current)
    return (
      <main className="centred">
        <Result status="info" title={words.noOrganization.title} subTitle={words.noOrganization.detail} />
      </main>
    );
  if (!current)
    return (
      <main className="centred">
        <Result
          status="404"
          title={words.nav.missing}
          extra={
            <Button type="primary" href="#/">
              {words.nav.toFirst}
            </Button>
          }
        />
      </main>
    );
  const { organization } = state.session;
  // A page goes at once, for while the next one is fetched it would read that one's address as its own.
  const shown = (
    <Suspense fallback={<Waiting />} key={`${organization?.id} ${current.path}`}>
      <current.Page />
    </Suspense>
  );
  return organization ? <NamesProvider key={organization.id}>{shown}</NamesProvider> : shown;
}

function Waiting() {
  const words = useWords();
  return (
    <main className="centred" aria-busy="true">
      <Spin size="large" aria-label={words.loading} />
    </main>
  );
}

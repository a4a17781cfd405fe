import { App as AntApp, Button, Result, Spin } from 'antd';
import { usePreferences } from './preferences';
import { useSessionAccess } from './session';
import { Header } from './shell/header';
import { pageAt, useHash } from './shell/pages';
import { SignIn } from './shell/sign-in';

/** The frame around all pages. Pages are listed in `shell/pages.tsx`. */
export function App() {
  return (
    <AntApp className="app">
      <Header />
      <Main />
    </AntApp>
  );
}

function Main() {
  const { words } = usePreferences();
  const { state } = useSessionAccess();
  const page = pageAt(useHash());
  if (state.kind === 'loading')
    return (
      <main className="centred" aria-busy="true">
        <Spin size="large" aria-label={words.loading} />
      </main>
    );
  if (state.kind === 'unreachable')
    return (
      <main className="centred">
        <Result status="warning" title={words.unreachable.title} subTitle={words.unreachable.detail} extra={<Spin />} />
      </main>
    );
  if (state.kind === 'signed-out') return <SignIn refused={state.refused} />;
  if (!page)
    return (
      <main className="centred">
        <Result
          status="404"
          title={words.nav.missing}
          extra={
            <Button type="primary" href="#/sandbox">
              {words.nav.toSandbox}
            </Button>
          }
        />
      </main>
    );
  return <page.Page />;
}

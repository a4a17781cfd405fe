import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { PreferencesProvider } from './preferences';
import { SessionProvider } from './session';
import './styles.css';
import './parts/parts.css';
import './sandbox/sandbox.css';
import './sandbox/conversation.css';
import './sandbox/card.css';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root');
createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <SessionProvider>
        <App />
      </SessionProvider>
    </PreferencesProvider>
  </StrictMode>,
);

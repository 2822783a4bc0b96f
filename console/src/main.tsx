import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from './api/use-api.ts';
import { App } from './app.tsx';
import { startLive } from './live/store.ts';
import './style/base.css';
import './style/shell.css';
import './style/list.css';
import './style/detail.css';
import './style/pictures.css';
import { Boundary } from './ui/boundary.tsx';
import { applyTheme } from './ui/prefs.ts';

applyTheme();
startLive();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Boundary at="">
        <App />
      </Boundary>
    </QueryClientProvider>
  </StrictMode>,
);

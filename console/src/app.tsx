import type { ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { AgentPage } from './pages/agent-page.tsx';
import { AlertPage } from './pages/alert-page.tsx';
import { AlertsPage } from './pages/alerts-page.tsx';
import { CredentialPage } from './pages/credential-page.tsx';
import { HealthPage } from './pages/health-page.tsx';
import { MapPage } from './pages/map-page.tsx';
import { RevocationPage } from './pages/revocation-page.tsx';
import { RevocationsPage } from './pages/revocations-page.tsx';
import { RulesPage } from './pages/rules-page.tsx';
import { Boundary } from './ui/boundary.tsx';
import { Nothing } from './ui/panel.tsx';
import { Shell } from './ui/shell.tsx';

export function App(): ReactNode {
  const [path] = useLocation();
  return (
    <Shell>
      <Boundary at={path}>
        <Switch>
          <Route path="/" component={AlertsPage} />
          <Route path="/alerts" component={AlertsPage} />
          <Route path="/alert" component={AlertPage} />
          <Route path="/agent" component={AgentPage} />
          <Route path="/credential" component={CredentialPage} />
          <Route path="/map" component={MapPage} />
          <Route path="/rules" component={RulesPage} />
          <Route path="/health" component={HealthPage} />
          <Route path="/revocations" component={RevocationsPage} />
          <Route path="/revocation" component={RevocationPage} />
          <Route>
            <Nothing title="There is no such page">
              <Link href="/">Alerts</Link>
            </Nothing>
          </Route>
        </Switch>
      </Boundary>
    </Shell>
  );
}

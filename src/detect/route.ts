import type { Runner } from './runner.ts';

/** The runners that look at events of a kind, in order. */
export type Route = (kind: string) => readonly Runner[];

/** A route to some runners: who looks at what is asked once a kind, not once an event. */
export function createRoute(runners: readonly Runner[]): Route {
  const routes = new Map<string, readonly Runner[]>();
  return (kind) => {
    let route = routes.get(kind);
    if (route === undefined) {
      route = runners.filter(({ detector: { kinds } }) => kinds?.some((one) => one === kind) ?? true);
      routes.set(kind, route);
    }
    return route;
  };
}

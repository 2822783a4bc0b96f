import type { ReactNode } from 'react';
import { useApi } from '../api/use-api.ts';
import { Panel } from '../ui/panel.tsx';

interface Rules {
  detectors: { id: string; meta: { triage: string[]; false_positives: string[]; misses: string[] } }[];
}

/** What the detector's author says to look at, and when it is wrong. Nothing where the detector is not one of ours. */
export function WhatToDo({ detector }: { detector: string }): ReactNode {
  const rules = useApi<Rules>('/api/rules');
  const meta = rules.data?.detectors.find(({ id }) => id === detector)?.meta;
  if (meta === undefined) return null;
  return (
    <Panel title="What to do">
      <ol className="triage">
        {meta.triage.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p className="muted">False alarms: {meta.false_positives.join('; ')}</p>
    </Panel>
  );
}

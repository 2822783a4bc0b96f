import type { ReactNode } from 'react';
import { useSearch } from 'wouter';
import { AlertView } from '../alerts/alert-view.tsx';
import { Nothing } from '../ui/panel.tsx';

export function AlertPage(): ReactNode {
  const id = new URLSearchParams(useSearch()).get('id') ?? '';
  if (id === '') return <Nothing title="Which alert?">The address names none.</Nothing>;
  return (
    <div className="page">
      <h1 className="sr">Alert</h1>
      <AlertView key={id} alert_id={id} />
    </div>
  );
}

import type { ReactNode } from 'react';
import { useSearch } from 'wouter';
import { OrderView } from '../orders/order-view.tsx';
import { Nothing } from '../ui/panel.tsx';

export function RevocationPage(): ReactNode {
  const id = new URLSearchParams(useSearch()).get('id') ?? '';
  if (id === '') return <Nothing title="Which order?">The address names none.</Nothing>;
  return (
    <div className="page">
      <h1 className="sr">Order</h1>
      <OrderView key={id} order_id={id} />
    </div>
  );
}

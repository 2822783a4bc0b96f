import type { Maturity, Severity, SubjectKind } from '../../../src/alert/alert.ts';
import type { Lifecycle, Outcome, ToolClass } from '../../../src/event/event.ts';
import type { Action, Mode, OrderState } from '../../../src/order/order.ts';

export type { Action, Maturity, Mode, OrderState, Outcome, Severity };

/** Times are ISO 8601 texts. */
type Time = string;

export interface OrderBrief {
  order_id: string;
  alert_id: string;
  state: OrderState;
  action: Action;
  mode: Mode;
  changed: Time;
}

export interface AlertBrief {
  alert_id: string;
  time: Time;
  detected: Time;
  tenant: string;
  detector: string;
  maturity: Maturity;
  severity: Severity;
  confidence: number;
  reason: string;
  summary: string;
  subject_kind: SubjectKind;
  subject: string;
  agent_id: string;
  session: string;
  credential: string;
}

export interface QueueRow extends AlertBrief {
  risk: number;
  orders: OrderBrief[];
}

export interface Alert extends AlertBrief {
  detector_version: string;
  task: string;
  agent_parent: string;
  event_ids: string[];
  producers: string[];
  window_from: Time;
  window_to: Time;
  threshold_name: string;
  threshold: number;
  observed: number;
  evidence: Record<string, string>;
  appended: number;
  credential_handles: Record<string, string>;
}

export interface AlertDetail extends Alert {
  events: Call[];
  events_missing: string[];
  revocations: Order[];
}

/** An event as lists show it: what is empty is left out. */
export interface Call {
  event_id: string;
  producer: string;
  time: Time;
  kind: 'tool_call' | 'token_use' | 'model_usage' | 'lifecycle';
  lifecycle?: Lifecycle;
  agent_id?: string;
  agent_name?: string;
  agent_instance?: string;
  session?: string;
  task?: string;
  credential?: string;
  tool_name?: string;
  tool_server?: string;
  tool_class?: ToolClass;
  target?: string;
  outcome?: Outcome;
  error_type?: string;
  error_status?: number;
  source_ip?: string;
  source_country?: string;
  user_agent?: string;
  marks?: string[];
}

export interface Calls {
  items: Call[];
  total: number;
}

/** One transition of an order. */
export interface Order {
  order_id: string;
  seq: number;
  state: OrderState;
  time: Time;
  who: string;
  why: string;
  tenant: string;
  alert_id: string;
  detector: string;
  rule: string;
  policy_version: string;
  mode: Mode;
  action: Action;
  target_kind: SubjectKind;
  target: string;
  agent_id: string;
  credential: string;
  receiver: string;
  attempt: number;
  http_status: number;
  proof: string;
  can_undo: number;
  event_appended: number;
}

export type Step = 'held' | 'sent' | 'accepted' | 'confirmed' | 'failed' | 'undo_requested' | 'undone';

export type OrderRow = Omit<Order, 'seq' | 'time' | 'policy_version' | 'event_appended'> & {
  created: Time;
  changed: Time;
  event_appended_ms: number;
  steps: Partial<Record<Step, Time>>;
};

export interface Line {
  detector: string;
  reason: string;
  subject_kind: SubjectKind;
  subject: string;
  severity: Severity;
  count: number;
  first: Time;
  last: Time;
  summary: string;
  alert_ids: string[];
}

export interface Incident {
  incident_id: string;
  tenant: string;
  first: Time;
  last: Time;
  severity: Severity;
  risk: number;
  alerts: number;
  agents: string[];
  sessions: string[];
  credentials: string[];
  lines: Line[];
  orders: OrderBrief[];
}

export type IncidentDetail = Omit<Incident, 'orders'> & { revocations: Order[] };

export interface Facet {
  value: string;
  n: number;
}

export interface Facets {
  total: number;
  severity: Facet[];
  detector: Facet[];
  agent_id: Facet[];
}

export interface Histogram {
  step_ms: number;
  buckets: { at: Time; counts: Partial<Record<Severity, number>> }[];
}

export interface Health {
  status: 'ok' | 'starting' | 'degraded';
  dead: string[];
  detect: { status: string; failing: { detector: string; failures?: number; message?: string }[]; lag_records: number };
  respond: {
    lag_records: number;
    paused?: { who: string; why: string; since: number };
    policy_version: string;
    orders: Partial<Record<OrderState, number>>;
    receivers: Record<string, { waiting: number; queued: number; open: number }>;
  };
  archive: { status: string; lag_records: number };
  limits: Record<string, number>;
}

export interface Producer {
  producer: string;
  tenant: string;
  events: number;
  last: Time;
  blind: Record<string, string[]>;
}

export interface Gap {
  recorded: Time;
  tenant: string;
  producer: string;
  detector: string;
  reason: string;
  time_from: Time;
  time_to: Time;
  events: number;
}

export interface Way {
  agent_id: string;
  agent_parent: string;
  tool_server: string;
  tool_name: string;
  target: string;
  calls: number;
  denied: number;
  evidence: number;
  first: Time;
  last: Time;
}

export interface Items<T> {
  items: T[];
  truncated?: boolean;
  more?: boolean;
  next_cursor?: string;
}

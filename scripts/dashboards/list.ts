import { type Dashboard, TENANTS } from './panel.ts';

const DETECTORS = 'detector IN (${detector:singlequote})';
const ALERTS = `FROM alerts WHERE $__timeFilter(time) AND ${TENANTS} AND ${DETECTORS}`;
const EVENTS = `FROM events WHERE $__timeFilter(time) AND ${TENANTS}`;
/** Each order in its present state. */
const ORDERS = `(SELECT order_id, min(time) AS made, argMax(time, seq) AS moved, argMax(state, seq) AS state, argMax(why, seq) AS why,
    argMax(receiver, seq) AS receiver, any(detector) AS detector, any(rule) AS rule, any(action) AS action,
    any(target_kind) AS target_kind, any(target) AS target, any(agent_id) AS agent_id
  FROM revocations WHERE ${TENANTS} GROUP BY order_id)`;
const ORDER_LINK = { order: { title: 'Open the order', path: '/revocation?id=%' } };
const ALERT_LINK = { alert: { title: 'Open the alert with its evidence', path: '/alert?id=%' } };
const AGENT_LINK = { agent: { title: 'What the agent did', path: '/agent?agent_id=%' } };
const BUCKET = '$__timeInterval(time) AS time';

const OVERVIEW: Dashboard = {
  uid: 'tripline-overview',
  title: 'Tripline: overview',
  description: 'What came, what was found, and what was done about it.',
  panels: [
    stat('Events', 'How much is watched in this time', `SELECT count() AS events ${EVENTS}`),
    stat('Alerts', 'How much was found', `SELECT count() AS alerts ${ALERTS}`),
    stat(
      'Confirmed gone',
      'Orders whose credential was seen to be refused',
      `SELECT countIf(state = 'confirmed') AS orders FROM ${ORDERS} WHERE $__timeFilter(made)`,
    ),
    stat(
      'Waiting for a person',
      'Held orders, whenever they were made',
      `SELECT countIf(state = 'held') AS orders FROM ${ORDERS}`,
    ),
    stat(
      'Irrevocable',
      'Orders that no receiver could carry out: act by hand',
      `SELECT countIf(state = 'irrevocable') AS orders FROM ${ORDERS}`,
    ),
    stat(
      'Taken back',
      'Orders that a person or their end undid in this time',
      `SELECT countIf(state = 'undone') AS orders FROM ${ORDERS} WHERE $__timeFilter(made)`,
    ),
    series(
      'Events by outcome',
      'Is the fleet at its usual work?',
      'short',
      `SELECT ${BUCKET}, outcome, count() AS events ${EVENTS} AND kind != 'lifecycle' GROUP BY time, outcome ORDER BY time`,
    ),
    series(
      'Alerts by severity',
      'When did it start?',
      'short',
      `SELECT ${BUCKET}, severity, count() AS alerts ${ALERTS} GROUP BY time, severity ORDER BY time`,
    ),
    {
      ...table(
        'Newest alerts',
        'What fired last, and why',
        `SELECT time, severity, detector, agent_id AS agent, summary, alert_id AS alert ${ALERTS} ORDER BY time DESC LIMIT 100`,
      ),
      links: { ...ALERT_LINK, ...AGENT_LINK },
    },
  ],
};

const DETECTIONS: Dashboard = {
  uid: 'tripline-detections',
  title: 'Tripline: detections',
  description: 'Which detectors earn their keep, and where they are blind.',
  panels: [
    series(
      'Alerts by detector',
      'Which one is loud?',
      'short',
      `SELECT ${BUCKET}, detector, count() AS alerts ${ALERTS} GROUP BY time, detector ORDER BY time`,
    ),
    series(
      'Event to alert, ms',
      'How long from the log to the alert',
      'ms',
      `SELECT ${BUCKET}, quantile(0.5)(toUnixTimestamp64Milli(detected) - appended) AS p50, quantile(0.99)(toUnixTimestamp64Milli(detected) - appended) AS p99 ${ALERTS} AND appended > 0 GROUP BY time ORDER BY time`,
    ),
    table(
      'Detectors',
      'Found, acted on, and taken back, by detector version',
      `SELECT a.detector AS detector, a.version AS version, sum(a.alerts) AS alerts, uniqExactMerge(a.agents) AS agents,
  sum(o.confirmed) AS confirmed, sum(o.undone) AS undone
FROM (SELECT detector, detector_version AS version, count() AS alerts, uniqExactState(agent_id) AS agents ${ALERTS} GROUP BY detector, version) AS a
LEFT JOIN (SELECT detector, countIf(state = 'confirmed') AS confirmed, countIf(state = 'undone') AS undone FROM ${ORDERS}
  WHERE $__timeFilter(made) GROUP BY detector) AS o ON a.detector = o.detector
GROUP BY detector, version ORDER BY alerts DESC LIMIT 100`,
    ),
    {
      ...table(
        'Agents with the most alerts',
        'Who needs a look',
        `SELECT agent_id AS agent, count() AS alerts, uniqExact(detector) AS detectors, max(time) AS last ${ALERTS} AND agent_id != '' GROUP BY agent ORDER BY alerts DESC LIMIT 50`,
      ),
      links: AGENT_LINK,
    },
    table(
      'Reasons',
      'Which judgement fired, and by how much it was crossed',
      `SELECT detector, reason, count() AS alerts, any(threshold_name) AS option, round(median(observed), 2) AS observed_median, round(any(threshold), 2) AS threshold ${ALERTS} GROUP BY detector, reason ORDER BY alerts DESC LIMIT 100`,
    ),
    {
      ...table(
        'Coverage gaps',
        'What detectors did not see, and why',
        `SELECT recorded, detector, producer, reason, events FROM coverage_gaps WHERE $__timeFilter(recorded) AND ${TENANTS} ORDER BY recorded DESC LIMIT 100`,
      ),
      may_be_empty: true,
    },
  ],
};

const RESPONSE: Dashboard = {
  uid: 'tripline-response',
  title: 'Tripline: response',
  description: 'Whether credentials go, how fast, and what was wrong.',
  panels: [
    series(
      'Orders by state',
      'How orders move',
      'short',
      `SELECT ${BUCKET}, state, count() AS transitions FROM revocations WHERE $__timeFilter(time) AND ${TENANTS} GROUP BY time, state ORDER BY time`,
    ),
    series(
      'Order to proof, ms',
      'From the order that leaves to the use that is refused',
      'ms',
      `SELECT $__timeInterval(sent) AS time, quantile(0.5)(took) AS p50, quantile(0.99)(took) AS p99 FROM (
  SELECT order_id, minIf(revocations.time, state = 'sent') AS sent, minIf(revocations.time, state = 'confirmed') AS confirmed,
    dateDiff('millisecond', sent, confirmed) AS took
  FROM revocations WHERE $__timeFilter(revocations.time) AND ${TENANTS} GROUP BY order_id HAVING countIf(state = 'confirmed') > 0)
GROUP BY time ORDER BY time`,
    ),
    {
      ...table(
        'Waiting for a person',
        'Held orders, oldest first, and what holds them',
        `SELECT made, action, target_kind, target, agent_id AS agent, rule, why, order_id AS order FROM ${ORDERS} WHERE state = 'held' ORDER BY made LIMIT 100`,
      ),
      links: ORDER_LINK,
    },
    {
      ...table(
        'Act by hand',
        'Orders that no receiver could carry out',
        `SELECT moved, action, target_kind, target, agent_id AS agent, receiver, why, order_id AS order FROM ${ORDERS} WHERE state = 'irrevocable' ORDER BY moved DESC LIMIT 100`,
      ),
      links: ORDER_LINK,
      may_be_empty: true,
    },
    table(
      'Receivers',
      'Which one answers, and which one does not',
      `SELECT receiver, uniqExactIf(order_id, state = 'sent') AS asked, uniqExactIf(order_id, state = 'accepted') AS accepted, uniqExactIf(order_id, state = 'confirmed') AS confirmed, uniqExactIf(order_id, state = 'failed') AS failed, countIf(state = 'sent') AS attempts FROM revocations WHERE $__timeFilter(time) AND ${TENANTS} AND receiver != '' GROUP BY receiver ORDER BY asked DESC LIMIT 100`,
    ),
    {
      ...table(
        'Taken back',
        'Who took what back, and why',
        `SELECT time, who, action, target_kind, target, agent_id AS agent, detector, why, order_id AS order FROM revocations WHERE state = 'undo_requested' AND $__timeFilter(time) AND ${TENANTS} ORDER BY time DESC LIMIT 100`,
      ),
      links: ORDER_LINK,
    },
  ],
};

const SPEND: Dashboard = {
  uid: 'tripline-agents',
  title: 'Tripline: agents and spend',
  description: 'What agents do and what it costs.',
  panels: [
    stat('Agents', 'Different agents in this time', `SELECT uniq(agent_id) AS agents ${EVENTS} AND agent_id != ''`),
    stat(
      'Credentials',
      'Different credentials in use',
      `SELECT uniq(credential) AS credentials ${EVENTS} AND credential != ''`,
    ),
    { ...stat('Cost', 'Model cost in this time', `SELECT sum(cost_usd) AS cost ${EVENTS}`), unit: 'currencyUSD' },
    {
      ...stat(
        'Refused or failed',
        'Share of calls that did not go well',
        `SELECT countIf(outcome != 'ok') / count() AS share ${EVENTS} AND kind IN ('tool_call', 'token_use')`,
      ),
      unit: 'percentunit',
    },
    series(
      'Cost by model',
      'Where the money goes',
      'currencyUSD',
      `SELECT ${BUCKET}, model, sum(cost_usd) AS cost ${EVENTS} AND kind = 'model_usage' GROUP BY time, model ORDER BY time`,
    ),
    series(
      'Model tokens',
      'Read and written',
      'short',
      `SELECT ${BUCKET}, sum(tokens_in) AS read, sum(tokens_out) AS written ${EVENTS} AND kind = 'model_usage' GROUP BY time ORDER BY time`,
    ),
    {
      ...table(
        'Every agent',
        'Calls, failures and cost of each',
        `SELECT agent_id AS agent, countIf(kind = 'tool_call') AS calls, countIf(outcome = 'denied') AS denied, countIf(outcome = 'error') AS failed, round(sum(cost_usd), 4) AS cost_usd, max(time) AS last ${EVENTS} AND agent_id != '' GROUP BY agent ORDER BY calls DESC LIMIT 200`,
      ),
      links: AGENT_LINK,
    },
    table(
      'Tools',
      'Which are used, by how many agents, and how they end',
      `SELECT tool_name AS tool, count() AS calls, uniqExact(agent_id) AS agents, countIf(outcome != 'ok') AS not_ok ${EVENTS} AND kind = 'tool_call' GROUP BY tool ORDER BY calls DESC LIMIT 200`,
    ),
  ],
};

const HEALTH: Dashboard = {
  uid: 'tripline-health',
  title: 'Tripline: pipeline health',
  description: 'Quiet is not blind: who reports, how late, and what was refused.',
  panels: [
    series(
      'Events by producer',
      'Who fell silent?',
      'short',
      `SELECT ${BUCKET}, producer, count() AS events ${EVENTS} GROUP BY time, producer ORDER BY time`,
    ),
    series(
      'Lateness, ms',
      'From the event to its receipt',
      'ms',
      `SELECT ${BUCKET}, quantile(0.5)(dateDiff('millisecond', events.time, received)) AS p50, quantile(0.99)(dateDiff('millisecond', events.time, received)) AS p99 ${EVENTS} GROUP BY time ORDER BY time`,
    ),
    table(
      'Producers',
      'When each was heard last, and what it names',
      `SELECT producer, count() AS events, max(received) AS last, dateDiff('second', last, now()) AS silent_s, round(countIf(credential != '') / events, 2) AS with_credential, round(countIf(session != '') / events, 2) AS with_session ${EVENTS} GROUP BY producer ORDER BY last LIMIT 200`,
    ),
    {
      ...table(
        'Refused events',
        'What was wrong, by producer and field',
        `SELECT producer, field, any(expected) AS expected, count() AS refused, max(time) AS last FROM rejects WHERE $__timeFilter(time) AND ${TENANTS} GROUP BY producer, field ORDER BY refused DESC LIMIT 100`,
      ),
      may_be_empty: true,
    },
    {
      ...table(
        'Coverage gaps',
        'Events that detectors did not see',
        `SELECT detector, producer, reason, sum(events) AS events, max(recorded) AS last FROM coverage_gaps WHERE $__timeFilter(recorded) AND ${TENANTS} GROUP BY detector, producer, reason ORDER BY events DESC LIMIT 100`,
      ),
      may_be_empty: true,
    },
  ],
};

export const DASHBOARDS: readonly Dashboard[] = [OVERVIEW, DETECTIONS, RESPONSE, SPEND, HEALTH];

function stat(title: string, description: string, sql: string) {
  return { title, description, type: 'stat', unit: 'short', sql, width: 4, height: 4 } as const;
}

function series(title: string, description: string, unit: string, sql: string) {
  return { title, description, type: 'timeseries', unit, sql, width: 12, height: 8 } as const;
}

function table(title: string, description: string, sql: string) {
  return { title, description, type: 'table', unit: 'none', sql, width: 24, height: 9 } as const;
}

/** What a panel asks and how it is drawn. Widths are of 24. */
export interface Panel {
  title: string;
  /** Which question it answers. */
  description: string;
  type: 'stat' | 'timeseries' | 'table' | 'barchart';
  /** Unit of Grafana: short, ms, s, percentunit, currencyUSD, none. */
  unit: string;
  sql: string;
  width: number;
  height: number;
  /** Columns that open something: the address after the console's; % is the cell. */
  links?: Readonly<Record<string, { title: string; path: string }>>;
  /** May find nothing where all is well. */
  may_be_empty?: true;
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  panels: readonly Panel[];
}

const SOURCE = { type: 'grafana-clickhouse-datasource', uid: '${datasource}' };
const COLUMNS = 24;

/** Asked of alerts, events and revocations alike. */
export const TENANTS = 'tenant IN (${tenant:singlequote})';

const VARIABLES = [
  { name: 'datasource', label: 'Store', type: 'datasource', query: SOURCE.type, current: {} },
  variable(
    'tenant',
    'Tenant',
    'SELECT DISTINCT tenant FROM events WHERE $__timeFilter(received) ORDER BY tenant LIMIT 1000',
  ),
  variable('detector', 'Detector', 'SELECT DISTINCT detector FROM alerts ORDER BY detector LIMIT 1000'),
  {
    name: 'console',
    label: 'Console',
    type: 'textbox',
    query: 'http://127.0.0.1:4380',
    current: { text: 'http://127.0.0.1:4380', value: 'http://127.0.0.1:4380' },
  },
];

function variable(name: string, label: string, query: string) {
  return {
    name,
    label,
    type: 'query',
    datasource: SOURCE,
    query,
    refresh: 2,
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
  };
}

const ANNOTATIONS = [
  annotation(
    'Revocations',
    'red',
    `SELECT time, concat(state, ': ', action, ' ', target_kind, ' ', target) AS text, detector AS tags
FROM revocations WHERE state IN ('confirmed', 'undone', 'irrevocable') AND $__timeFilter(time) AND ${TENANTS}
ORDER BY time DESC LIMIT 500`,
  ),
  annotation(
    'Coverage gaps',
    'orange',
    `SELECT recorded AS time, concat(detector, ' did not see ', toString(events), ' events of ', producer) AS text, reason AS tags
FROM coverage_gaps WHERE $__timeFilter(recorded) AND ${TENANTS} ORDER BY recorded DESC LIMIT 500`,
  ),
];

function annotation(name: string, iconColor: string, rawSql: string) {
  return {
    name,
    iconColor,
    enable: true,
    datasource: SOURCE,
    target: { rawSql, queryType: 'table', format: 1, refId: 'A' },
  };
}

/** As Grafana imports it: panels from left to right, a new row where one does not fit. */
export function jsonOf({ uid, title, description, panels }: Dashboard): object {
  let [x, y, rowHeight] = [0, 0, 0];
  const placed = panels.map((panel, i) => {
    if (x + panel.width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    rowHeight = Math.max(rowHeight, panel.height);
    return panelJson(panel, i + 1, gridPos);
  });
  return {
    uid,
    title,
    description,
    tags: ['tripline'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'utc',
    links: [
      {
        type: 'dashboards',
        tags: ['tripline'],
        title: 'Tripline',
        asDropdown: true,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: { list: VARIABLES },
    annotations: { list: ANNOTATIONS },
    panels: placed,
  };
}

function panelJson({ title, description, type, unit, sql, links = {} }: Panel, id: number, gridPos: object): object {
  const isSeries = type === 'timeseries';
  return {
    id,
    title,
    description,
    type,
    gridPos,
    datasource: SOURCE,
    targets: [
      {
        datasource: SOURCE,
        editorType: 'sql',
        rawSql: sql,
        queryType: isSeries ? 'timeseries' : 'table',
        format: isSeries ? 0 : 1,
        refId: 'A',
      },
    ],
    fieldConfig: { defaults: { unit }, overrides: Object.entries(links).map(linkOf) },
    options: type === 'stat' ? { reduceOptions: { calcs: ['lastNotNull'], values: false } } : {},
  };
}

function linkOf([column, { title, path }]: [string, { title: string; path: string }]): object {
  return {
    matcher: { id: 'byName', options: column },
    properties: [
      { id: 'links', value: [{ title, url: `\${console}${path.replace('%', '${__value.raw}')}`, targetBlank: true }] },
    ],
  };
}

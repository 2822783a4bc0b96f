import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Store } from '../../src/store/store.ts';

const folder = resolve(import.meta.dirname, '..', '..', 'dashboards');

interface Target {
  rawSql: string;
}
interface Panel {
  title: string;
  description: string;
  fieldConfig: { defaults: { unit: string }; overrides: { matcher: { options: string } }[] };
  targets: Target[];
}
export interface DashboardFile {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string }[] };
  annotations: { list: { name: string; target: Target }[] };
}

export interface Query {
  name: string;
  sql: string;
  /** Columns that carry links. */
  linked: string[];
}

export function dashboardFiles(): DashboardFile[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardFile);
}

/** Everything that Grafana would ask the store for, each once. */
export function queriesOf(dashboards: readonly DashboardFile[]): Query[] {
  const all = dashboards.flatMap(({ title, panels, templating, annotations }) => [
    ...panels.flatMap((panel) =>
      panel.targets.map(({ rawSql }) => ({
        name: `${title} / ${panel.title}`,
        sql: rawSql,
        linked: panel.fieldConfig.overrides.map(({ matcher }) => matcher.options),
      })),
    ),
    ...templating.list
      .filter(({ type }) => type === 'query')
      .map(({ name, query }) => ({ name: `variable ${name}`, sql: query, linked: [] })),
    ...annotations.list.map(({ name, target }) => ({ name: `annotation ${name}`, sql: target.rawSql, linked: [] })),
  ]);
  return [...new Map(all.map((query) => [query.sql, query])).values()];
}

export interface Range {
  from_s: number;
  to_s: number;
  tenants: readonly string[];
  detectors: readonly string[];
}

/** What the plugin and Grafana make of macros and variables before they ask. */
export function substituted(sql: string, { from_s, to_s, tenants, detectors }: Range): string {
  const list = (values: readonly string[]) => values.map((value) => `'${value}'`).join(',');
  return sql
    .replace(/\$__timeFilter\(([\w.]+)\)/g, `$1 >= toDateTime(${from_s}) AND $1 <= toDateTime(${to_s})`)
    .replace(/\$__timeInterval\(([\w.]+)\)/g, 'toStartOfInterval(toDateTime($1), INTERVAL 20 second)')
    .replaceAll('${tenant:singlequote}', list(tenants))
    .replaceAll('${detector:singlequote}', list(detectors));
}

/** Rows that each query finds. */
export async function askAll(store: Pick<Store, 'query'>, queries: readonly Query[], range: Range) {
  const answers: { query: Query; rows: Record<string, unknown>[] }[] = [];
  for (const query of queries) {
    const sql = substituted(query.sql, range);
    if (sql.includes('$')) throw new Error(`${query.name}: a variable is left in ${sql}`);
    answers.push({ query, rows: await store.query(sql) });
  }
  return answers;
}

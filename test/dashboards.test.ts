import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles, queriesOf } from './support/dashboards.ts';

const root = resolve(import.meta.dirname, '..');

/** Their queries are run on what the sample leaves: test/sample.test.ts. */
describe('the dashboards', () => {
  const dashboards = dashboardFiles();

  it('are the five', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(
      ['agents', 'detections', 'health', 'overview', 'response'].map((name) => `tripline-${name}`),
    );
  });

  it('name no data source but the one that is chosen', () => {
    for (const dashboard of dashboards) {
      const sources = JSON.stringify(dashboard).match(/"datasource":\{.*?"\}/g) ?? [];
      expect(new Set(sources)).toEqual(
        new Set(['"datasource":{"type":"grafana-clickhouse-datasource","uid":"${datasource}"}']),
      );
    }
  });

  it('ask for named columns, within the chosen time or the present state', () => {
    const queries = queriesOf(dashboards);
    expect(queries.length).toBeGreaterThan(25);
    for (const { name, sql } of queries) {
      expect(sql, name).not.toMatch(/SELECT\s+\*/i);
      expect(sql, name).toMatch(/\$__timeFilter|GROUP BY order_id|DISTINCT/);
    }
  });

  it('say of every panel what it is for and in which unit', () => {
    for (const { title, panels } of dashboards) {
      expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
      for (const panel of panels) {
        expect(panel.description, `${title} / ${panel.title}`).toMatch(/\w/);
        expect(panel.fieldConfig.defaults.unit, `${title} / ${panel.title}`).toMatch(/\w/);
      }
    }
  });

  it('are where the provisioning of Grafana looks, and so is their source', () => {
    const [provider] = (
      parse(readFileSync(join(root, 'dashboards/provisioning/dashboards/tripline.yaml'), 'utf8')) as {
        providers: { options: { path: string } }[];
      }
    ).providers;
    const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
    expect(compose).toContain(`./dashboards:${provider!.options.path}:ro`);
    const source = readFileSync(join(root, 'dashboards/provisioning/datasources/clickhouse.yaml'), 'utf8');
    expect(parse(source)).toMatchObject({ datasources: [{ type: 'grafana-clickhouse-datasource' }] });
    expect(existsSync(join(root, 'dashboards/prometheus-rules.yml'))).toBe(true);
  });
});

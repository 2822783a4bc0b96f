import type { VaultEntry } from '../vault.ts';
import { type Answer, numberOf, ok, pick, type Resource } from './resource.ts';

const BUILD_STATES = [
  'queued',
  'cloning',
  'compiling',
  'testing 38 of 212',
  'testing 140 of 212',
  'packaging',
  'passed',
];

/** Builds, services, hosts, data and secrets. */
export function platform(vault: Map<string, VaultEntry>): readonly Resource[] {
  const entryOf = (params: Readonly<Record<string, string>>) => `${params.group}/${params.name}`;
  return [
    {
      method: 'GET',
      path: '/vault/secrets/:group/:name',
      scope: 'vault:read',
      answer: ({ params }) => {
        const entry = vault.get(entryOf(params));
        return entry === undefined ? missing(entryOf(params)) : ok({ name: entryOf(params), ...entry });
      },
    },
    {
      method: 'POST',
      path: '/vault/secrets/:group/:name/rotations',
      scope: 'vault:write',
      answer: ({ params, nth }) => ok({ name: entryOf(params), version: 3 + nth, state: 'rotated' }),
    },
    ...OPERATIONS,
  ];
}

const OPERATIONS: readonly Resource[] = [
  {
    method: 'POST',
    path: '/builds',
    scope: 'builds:write',
    answer: ({ body, nth }) => ({
      status: 201,
      body: { build: `B-${900 + nth}`, branch: body.branch, state: 'queued' },
    }),
  },
  {
    method: 'GET',
    path: '/builds/:id',
    scope: 'builds:read',
    answer: ({ params: { id = '' }, nth }) =>
      ok({ build: id, state: BUILD_STATES[Math.min(nth, BUILD_STATES.length) - 1], seconds: nth * 7 }),
  },
  {
    method: 'POST',
    path: '/services/:name/deployments',
    scope: 'services:write',
    answer: ({ params: { name = '' }, body, nth }) =>
      ok({ service: name, version: body.version, replica: nth, state: 'live' }),
  },
  {
    method: 'GET',
    path: '/metrics/:service',
    scope: 'metrics:read',
    answer: ({ params: { service = '' }, nth }) =>
      ok({ service, p99_ms: 80 + ((numberOf(service, 50) + nth * 13) % 60), errors: (nth * 7) % 5, sample: nth }),
  },
  {
    method: 'GET',
    path: '/hosts/:name/inventory',
    scope: 'hosts:read',
    answer: ({ params: { name = '' } }) =>
      ok({ host: name, packages: 300 + numberOf(name, 200), kernel: pick(name, ['6.1.119', '6.6.63', '6.12.1']) }),
  },
  {
    method: 'GET',
    path: '/hosts/:name/shell',
    scope: 'hosts:admin',
    answer: ({ params: { name = '' } }) => ok({ host: name, shell: 'open' }),
  },
  {
    // A cold warehouse: the first two calls for an export find it still waking up.
    method: 'GET',
    path: '/warehouse/exports/:id',
    scope: 'warehouse:read',
    answer: ({ params: { id = '' }, nth }) =>
      nth <= 2
        ? { status: 503, body: { error: 'waking_up', message: 'The cluster is starting' }, retry_after_s: 1 }
        : ok({ export: id, rows: 1000 + numberOf(id, 5000), columns: 14 }),
  },
  {
    method: 'POST',
    path: '/warehouse/queries',
    scope: 'warehouse:read',
    answer: ({ body, nth }) => ok({ query: `Q-${nth}`, rows: numberOf(String(body.sql), 400), nth }),
  },
];

function missing(name: string): Answer {
  return { status: 404, body: { error: 'not_found', message: `No secret ${name}` } };
}

import { describe, expect, it } from 'vitest';
import { testRevoker } from '../contract.ts';
import { orderOf, patient, type RecordedAnswer, recorded } from '../testing.ts';
import { aws } from './index.ts';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const ROLE = 'arn:aws:iam::123456789012:role/agents/crm-agent';
const OURS = 'AKIATRIPLINECONTRACT';

const xml = (action: string, result: string): RecordedAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${result}</${action}Result></${action}Response>`,
});
const refuse = (status: number, code: string): RecordedAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code><Message>x</Message></Error></ErrorResponse>`,
});

/** As the API reference of IAM says: the Query protocol, XML answers, NoSuchEntity for what is not there. */
async function prepared(way: string) {
  process.env.CONTRACT_AWS_ID = OURS;
  process.env.CONTRACT_AWS_SECRET = 'secret-of-the-contract';
  process.env.CONTRACT_WRONG = 'AKIAWRONGWRONGWRONG0';
  const state = { status: 'Active' as string | undefined, policies: new Map<string, string>() };
  const server = await recorded(({ headers, body }, { changes }) => {
    if (!(headers.authorization ?? '').includes(`Credential=${OURS}/`)) return refuse(403, 'InvalidClientTokenId');
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const policy = form.get('PolicyName') ?? '';
    switch (action) {
      case 'GetAccessKeyLastUsed':
        return xml(action, '<UserName>crm-agent</UserName>');
      case 'ListAccessKeys':
        return xml(
          action,
          `<AccessKeyMetadata>${state.status === undefined ? '' : `<member><UserName>crm-agent</UserName><AccessKeyId>${KEY}</AccessKeyId><Status>${state.status}</Status></member>`}</AccessKeyMetadata><IsTruncated>false</IsTruncated>`,
        );
      case 'UpdateAccessKey':
        state.status = form.get('Status')!;
        changes.push(`${form.get('AccessKeyId')} ${state.status}`);
        return xml(action, '');
      case 'GetRolePolicy':
        return state.policies.has(policy)
          ? xml(
              action,
              `<RoleName>crm-agent</RoleName><PolicyName>${policy}</PolicyName><PolicyDocument>x</PolicyDocument>`,
            )
          : refuse(404, 'NoSuchEntity');
      case 'PutRolePolicy':
        state.policies.set(policy, form.get('PolicyDocument')!);
        changes.push(`put ${form.get('RoleName')}`);
        return xml(action, '');
      case 'DeleteRolePolicy':
        changes.push(`delete ${form.get('RoleName')}`);
        return state.policies.delete(policy) ? xml(action, '') : refuse(404, 'NoSuchEntity');
      default:
        return xml(action, '');
    }
  });
  const open = (env: string) =>
    aws.create(
      aws.config.parse({
        type: 'aws',
        way,
        endpoint: server.url,
        access_key_id: { env },
        secret_access_key: { env: 'CONTRACT_AWS_SECRET' },
        allow_private: true,
      }),
      'contract',
    );
  const handles = { access_key_id: KEY, issuer: ROLE };
  return { server, state, open, order: orderOf({ credential_handles: handles }) };
}

for (const way of ['access_key', 'role_sessions'])
  testRevoker(
    aws,
    async () => {
      const { server, state, open, order } = await prepared(way);
      return {
        receiver: open('CONTRACT_AWS_ID'),
        stranger: open('CONTRACT_WRONG'),
        order,
        isGone: async () => (way === 'access_key' ? state.status === 'Inactive' : state.policies.size > 0),
        acted: () => server.changes.length,
        down: async () => {
          server.open = false;
        },
        up: async () => {
          server.open = true;
        },
        secrets: ['secret-of-the-contract'],
        close: server.close,
      };
    },
    `by ${way}`,
  );

describe('aws', () => {
  it('reads the key as inactive afterwards, and makes it active again', async () => {
    const { server, open, order } = await prepared('access_key');
    const receiver = open('CONTRACT_AWS_ID');
    expect(await receiver.revoke(order, patient())).toMatchObject({
      status: 'accepted',
      proof: JSON.stringify({ access_key_id: KEY, status: 'Inactive' }),
    });
    await receiver.undo!(order, patient());
    expect(server.changes).toEqual([`${KEY} Inactive`, `${KEY} Active`]);
    await server.close();
  });

  it('denies what began before the order, under a name of its own, and takes just that back', async () => {
    const { server, state, open, order } = await prepared('role_sessions');
    const receiver = open('CONTRACT_AWS_ID');
    state.policies.set('somebody-elses', '{}');
    await receiver.revoke(order, patient());
    const document = JSON.parse(state.policies.get(`tripline-${order.order_id}`)!) as { Statement: unknown[] };
    expect(document.Statement).toEqual([
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(order.time).toISOString() } },
      },
    ]);
    for (const _ of [1, 2]) expect(await receiver.undo!(order, patient())).toMatchObject({ status: 'accepted' });
    expect([...state.policies.keys()]).toEqual(['somebody-elses']);
    expect(server.changes).toEqual(['put crm-agent', 'delete crm-agent', 'delete crm-agent']);
    await server.close();
  });

  it('takes a key that is gone for revoked', async () => {
    const { server, state, open, order } = await prepared('access_key');
    state.status = undefined;
    expect(await open('CONTRACT_AWS_ID').revoke(order, patient())).toMatchObject({ status: 'accepted' });
    await server.close();
  });

  it.each([
    [400, 'Throttling', { status: 'retry' }],
    [503, 'ServiceUnavailable', { status: 'retry' }],
    [403, 'AccessDenied', { status: 'failed', http_status: 403 }],
  ])('takes %i %s for what it is', async (status, code, result) => {
    const { server, open, order } = await prepared('access_key');
    server.instead = () => refuse(status, code);
    expect(await open('CONTRACT_AWS_ID').revoke(order, patient())).toMatchObject(result);
    await server.close();
  });

  it.each(['ASIAIOSFODNN7EXAMPLE', '', 'AKIA/../x'])('asks nobody about the key %j', async (access_key_id) => {
    const { server, open } = await prepared('access_key');
    const order = orderOf({ credential_handles: { access_key_id } });
    expect(await open('CONTRACT_AWS_ID').revoke(order, patient())).toMatchObject({ status: 'failed' });
    expect(server.received).toEqual([]);
    await server.close();
  });

  it('is told who it is, or to find out by itself, and not both', () => {
    const keys = { access_key_id: { env: 'A' }, secret_access_key: { env: 'B' } };
    const parses = (more: object) => aws.config.safeParse({ type: 'aws', way: 'access_key', ...more }).success;
    expect([
      parses({}),
      parses(keys),
      parses({ default_chain: true }),
      parses({ ...keys, default_chain: true }),
    ]).toEqual([false, true, true, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { type AwsCall, awsEvent } from './aws-call.ts';
import { eventsOf, ndjson, readText } from './testing.ts';

const record = {
  eventVersion: '1.09',
  userIdentity: {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:i-0abc',
    arn: 'arn:aws:sts::111122223333:assumed-role/web/i-0abc',
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLE1',
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: 'arn:aws:iam::111122223333:role/web' },
      attributes: { creationDate: '2026-03-01T09:00:00Z', mfaAuthenticated: 'false' },
    },
  },
  eventTime: '2026-03-01T10:00:00Z',
  eventSource: 'secretsmanager.amazonaws.com',
  eventName: 'GetSecretValue',
  awsRegion: 'eu-central-1',
  sourceIPAddress: '203.0.113.7',
  userAgent: '[Boto3/1.26 Python/3.10]',
  errorCode: 'AccessDenied',
  requestParameters: { secretId: 'db' },
  responseElements: null,
  readOnly: true,
  resources: [{ ARN: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:db' }],
  eventID: '875240ac-e821-4fc6-a311-8c352a1d20f5',
  eventType: 'AwsApiCall',
};
const event = {
  event_id: '875240ac-e821-4fc6-a311-8c352a1d20f5',
  kind: 'token_use',
  time: '2026-03-01T10:00:00.000Z',
  agent_id: 'arn:aws:sts::111122223333:assumed-role/web/i-0abc',
  credential: 'aws-session:arn:aws:sts::111122223333:assumed-role/web/i-0abc',
  credential_handles: {
    access_key_id: 'ASIAEXAMPLE1',
    principal: 'arn:aws:sts::111122223333:assumed-role/web/i-0abc',
    issuer: 'arn:aws:iam::111122223333:role/web',
    account: '111122223333',
    session_created: '2026-03-01T09:00:00Z',
  },
  session: 'arn:aws:sts::111122223333:assumed-role/web/i-0abc',
  tool_name: 'GetSecretValue',
  tool_server: 'secretsmanager.amazonaws.com',
  tool_class: 'secret_read',
  target: 'secretsmanager:GetSecretValue',
  outcome: 'denied',
  error_type: 'AccessDenied',
  source_ip: '203.0.113.7',
  user_agent: 'Boto3/1.26 Python/3.10',
  args: { secretId: 'db' },
  attributes: {
    region: 'eu-central-1',
    identity_type: 'AssumedRole',
    resource: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:db',
  },
};

describe('CloudTrail', () => {
  it('is read as AWS delivers it, and one record a line', async () => {
    expect(eventsOf(await readText(JSON.stringify({ Records: [record] })))).toEqual([event]);
    expect(eventsOf(await readText(ndjson(record), { gzip: true }))).toEqual([event]);
    expect(await readText(JSON.stringify({ Records: [record, 5] }))).toMatchObject([
      { ok: true },
      { ok: false, field: 'Records' },
    ]);
  });

  it('is read as flat rows', async () => {
    const row = {
      time: '2026-03-01T10:00:00Z',
      source: 'secretsmanager.amazonaws.com',
      name: 'GetSecretValue',
      region: 'eu-central-1',
      ip: '203.0.113.7',
      ua: '[Boto3/1.26 Python/3.10]',
      error: 'AccessDenied',
      read_only: true,
      principal_type: 'AssumedRole',
      principal: 'arn:aws:sts::111122223333:assumed-role/web/i-0abc',
      access_key: 'ASIAEXAMPLE1',
      issuer: 'arn:aws:iam::111122223333:role/web',
      account: '111122223333',
      session_created: '2026-03-01T09:00:00Z',
      request: '{"secretId": "db"}',
      event_id: '875240ac-e821-4fc6-a311-8c352a1d20f5',
      issued_key: null,
      label: { attack: true },
    };
    const attributes = { region: 'eu-central-1', identity_type: 'AssumedRole' };
    expect(eventsOf(await readText(ndjson(row)))).toEqual([{ ...event, attributes }]);
  });

  it('names a session alike under each of its keys, and other users by their key', async () => {
    const identity = record.userIdentity;
    const other = { ...record, eventID: 'x', userIdentity: { ...identity, accessKeyId: 'ASIAEXAMPLE2' } };
    const user = {
      ...record,
      eventID: 'y',
      userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::1:user/a', accessKeyId: 'AKIAEXAMPLE' },
    };
    const read = eventsOf(await readText(ndjson(record, other, user)));
    expect(read.map(({ credential }) => credential)).toEqual([
      event.credential,
      event.credential,
      'aws-akid:AKIAEXAMPLE',
    ]);
  });

  it('names who shows no key by who he is: a password at the sign-in page, an AWS service that acts for itself', async () => {
    const login = {
      ...record,
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      userIdentity: { type: 'Root', arn: 'arn:aws:iam::1:root', accountId: '1', accessKeyId: '' },
    };
    const service = {
      ...record,
      userIdentity: { type: 'AWSService', invokedBy: 'ec2.amazonaws.com' },
      sourceIPAddress: 'ec2.amazonaws.com',
      eventName: 'AssumeRole',
      responseElements: { credentials: { accessKeyId: 'ASIAEXAMPLE3' } },
    };
    const nameless = { ...service, eventType: 'AwsServiceEvent', userIdentity: { accountId: '1' } };
    const center = {
      ...record,
      userIdentity: { type: 'IdentityCenterUser', onBehalfOf: { userId: '544894e8', identityStoreArn: 'arn:x' } },
    };
    const read = eventsOf(await readText(ndjson(login, service, nameless, center)));
    expect(read.map(({ credential, agent_id, marks }) => [credential, agent_id, marks])).toEqual([
      ['aws-principal:arn:aws:iam::1:root', 'arn:aws:iam::1:root', undefined],
      ['aws-principal:ec2.amazonaws.com', 'ec2.amazonaws.com', ['service_hop']],
      ['aws-principal:secretsmanager.amazonaws.com', 'secretsmanager.amazonaws.com', ['service_hop']],
      ['aws-principal:544894e8', '544894e8', undefined],
    ]);
    expect(read[1]?.attributes).toMatchObject({ issued_access_key_id: 'ASIAEXAMPLE3', called_by: 'ec2.amazonaws.com' });
  });

  it('keeps apart two principals whose names are too long for their fields', async () => {
    const user = (name: string) => ({
      ...record,
      userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::1:user/${'deep/'.repeat(110)}${name}` },
    });
    const read = eventsOf(await readText(ndjson(user('ann'), user('bob'))));
    for (const field of ['credential', 'agent_id'] as const)
      expect(new Set(read.map((event) => event[field])).size).toBe(2);
  });

  it('that names nobody is counted as ignored, with the reason', async () => {
    const asked = { ...record, eventName: 'CheckMfa', userIdentity: { type: 'IAMUser', accessKeyId: '' } };
    expect(await readText(ndjson(asked))).toEqual([
      { ok: false, field: 'userIdentity', expected: 'a principal or an access key', got: 'CheckMfa', ignored: true },
    ]);
  });

  it('keeps apart records that share an id which is none', async () => {
    const read = eventsOf(
      await readText(ndjson({ ...record, eventID: '1' }, { ...record, eventID: '1', eventName: 'X' })),
    );
    expect(new Set(read.map(({ event_id }) => event_id)).size).toBe(2);
  });

  it('without a time is refused', async () => {
    expect(await readText(ndjson({ ...record, eventTime: null }))).toMatchObject([{ ok: false, field: 'time' }]);
  });
});

const call: AwsCall = {
  time: '2026-03-01T10:00:00Z',
  source: 's3.amazonaws.com',
  name: 'GetBucketAcl',
  address: '203.0.113.7',
  access_key_id: 'AKIAEXAMPLE',
};
const mappedOf = (more: Partial<AwsCall>) => eventsOf([awsEvent({ ...call, ...more })])[0];

describe('outcomes', () => {
  it.each([
    ['AccessDenied', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['Client.UnauthorizedOperation', 'denied'],
    ['InvalidClientTokenId', 'denied'],
    ['ExpiredTokenException', 'denied'],
    ['ThrottlingException', 'error'],
    ['NoSuchBucketPolicy', 'error'],
    ['InvalidAccessException', 'error'],
    [undefined, 'ok'],
  ])('%s is %s', (error, outcome) => {
    expect(mappedOf({ error })?.outcome).toBe(outcome);
  });

  it('a failed console login is denied', async () => {
    const login = {
      ...record,
      errorCode: undefined,
      eventName: 'ConsoleLogin',
      responseElements: { ConsoleLogin: 'Failure' },
    };
    expect(eventsOf(await readText(ndjson(login)))[0]?.outcome).toBe('denied');
  });
});

describe('service hops', () => {
  const console_client = 'S3Console/0.4, aws-internal/3 aws-sdk-java/1.12';
  it.each<[string, Partial<AwsCall>, boolean]>([
    ['an address that is a service', { address: 'rds.amazonaws.com' }, true],
    ['an address that is AWS itself', { address: 'AWS Internal' }, true],
    ['a service as identity', { identity_type: 'AWSService' }, true],
    ['a service that calls for somebody', { invoked_by: 'cloudformation.amazonaws.com' }, true],
    ['the client inside a console, from inside AWS', { address: '10.1.2.3', user_agent: console_client }, true],
    // The caller writes his user agent: from an address of the internet it proves nothing.
    ['the same client from the internet', { user_agent: console_client }, false],
    [
      'the same client through a private endpoint',
      { address: '10.1.2.3', user_agent: console_client, vpc_endpoint: 'vpce-1' },
      false,
    ],
    ['a user agent that names a service', { user_agent: 'secretsmanager.amazonaws.com' }, false],
    ['a console in the browser', { user_agent: 'console.ec2.amazonaws.com' }, false],
    ['a private address', { address: '10.1.2.3', user_agent: 'Boto3/1.26' }, false],
  ])('%s', (_, more, hop) => {
    expect(mappedOf(more)?.marks ?? []).toEqual(hop ? ['service_hop'] : []);
  });

  it('have no source address, but say who called', () => {
    const hop = mappedOf({ address: 'rds.amazonaws.com' });
    expect(hop).not.toHaveProperty('source_ip');
    expect(hop?.attributes).toEqual({ called_by: 'rds.amazonaws.com' });
  });
});

import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { cut, ignored, type Mapped, refused } from '../mapped.ts';
import { mapped, timeOf } from './format.ts';

/** One AWS API call, from whichever form of CloudTrail record. */
export interface AwsCall {
  event_id?: string | undefined;
  time: unknown;
  /** Service, such as `s3.amazonaws.com`. */
  source?: string | undefined;
  name?: string | undefined;
  region?: string | undefined;
  /** Source address, or the name of an AWS service. */
  address?: string | undefined;
  user_agent?: string | undefined;
  error?: string | undefined;
  read_only?: boolean | undefined;
  identity_type?: string | undefined;
  principal?: string | undefined;
  access_key_id?: string | undefined;
  /** Role behind a session. */
  issuer?: string | undefined;
  account?: string | undefined;
  session_created?: string | undefined;
  /** The AWS service that called on behalf of the principal. */
  invoked_by?: string | undefined;
  vpc_endpoint?: string | undefined;
  resource?: string | undefined;
  request?: unknown;
  issued_key?: string | undefined;
}

/** Errors that refuse the caller, not the request: throttling and missing objects are none of these. */
const REFUSAL =
  /(?:^|\.)(?:AccessDenied|Unauthorized|NotAuthorized|Forbidden|AuthFailure|AuthorizationError|Authoriz\w*Failed|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|Failed authentication)/i;
/** Calls that AWS marks as read-only and that hand out a secret. */
const SECRET_READS = new Set([
  'secretsmanager:GetSecretValue',
  'secretsmanager:BatchGetSecretValue',
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParametersByPath',
  'ec2:GetPasswordData',
  'kms:Decrypt',
]);
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The use of a credential at AWS. */
export function awsEvent(call: AwsCall): Mapped {
  const time = timeOf(call.time);
  if (time === undefined) return refused('time', 'a time', call.time);
  if (call.source === undefined || call.name === undefined)
    return refused('eventSource, eventName', 'texts', call.name);
  const credential = credentialOf(call);
  // A sign-in page asks about users who are not yet known.
  if (credential === undefined) return ignored('userIdentity', 'a principal or an access key', call.name);
  const action = `${call.source.replace(/\.amazonaws\.com$/, '')}:${call.name}`;
  const isAddress = call.address !== undefined && isIP(call.address) !== 0;
  return mapped({
    event_id: idOf(call),
    kind: 'token_use',
    time,
    agent_id: fitting(call.principal, 256),
    credential,
    credential_handles: handlesOf(call),
    session: fitting(call.session_created === undefined ? call.access_key_id : call.principal, 256),
    tool_name: call.name.slice(0, 256),
    tool_server: call.source.slice(0, 256),
    tool_class: SECRET_READS.has(action) ? 'secret_read' : call.read_only === true ? 'read' : undefined,
    target: action.slice(0, 1024),
    ...outcomeOf(call.error),
    source_ip: isAddress ? call.address : undefined,
    user_agent: clientOf(call.user_agent)?.slice(0, 1024),
    args: call.request ?? undefined,
    marks: isServiceHop(call, isAddress) ? ['service_hop'] : undefined,
    attributes: texts({
      region: call.region,
      identity_type: call.identity_type,
      resource: call.resource,
      issued_access_key_id: call.issued_key,
      called_by: call.invoked_by ?? (isAddress ? undefined : call.address),
    }),
  });
}

/**
 * A call that AWS itself made while serving the principal: its address says nothing about who holds the
 * credential. Known by class. Where it rests on the user agent, which the caller writes, the address must be
 * one that nobody outside AWS can come from.
 */
function isServiceHop(call: AwsCall, isAddress: boolean): boolean {
  if (call.address !== undefined && !isAddress) return true;
  if (call.identity_type === 'AWSService' || call.invoked_by !== undefined) return true;
  const internalClient = /(?:^|[\s[])aws-internal\/\d/.test(call.user_agent ?? '');
  return internalClient && isAddress && isPrivate(call.address ?? '') && call.vpc_endpoint === undefined;
}

/** RFC 1918, RFC 6598, loopback, link-local and unique local addresses. */
function isPrivate(address: string): boolean {
  if (isIP(address) === 6) return /^(?:f[cd]|fe[89ab]|::1$)/i.test(address);
  const [a = 0, b = 0] = address.split('.').map(Number);
  if (a === 10 || a === 127) return true;
  return (
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

/**
 * What AWS can be asked to revoke. The keys of a role's session change while the session lives, so a session
 * is named by its principal; everything else by its access key. Who signs in with a password, and an AWS service
 * that acts for itself, show no key: these are named by who they are.
 */
function credentialOf({ identity_type, principal, access_key_id }: AwsCall): string | undefined {
  const isSession = identity_type === 'AssumedRole' || identity_type === 'FederatedUser';
  if (isSession && principal !== undefined) return fitting(`aws-session:${principal}`, 512);
  if (access_key_id !== undefined) return fitting(`aws-akid:${access_key_id}`, 512);
  return principal === undefined ? undefined : fitting(`aws-principal:${principal}`, 512);
}

/** A name that is too long for its field: cut, and still no other's. */
function fitting<T extends string | undefined>(name: T, chars_max: number): T | string {
  if (name === undefined || name.length <= chars_max) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${cut(name, chars_max - digest.length - 1)}#${digest}`;
}

function handlesOf(call: AwsCall): Record<string, string> | undefined {
  const { access_key_id, principal, issuer, account, session_created } = call;
  return texts({ access_key_id, principal, issuer, account, session_created });
}

function outcomeOf(error: string | undefined) {
  if (error === undefined) return { outcome: 'ok' };
  return { outcome: REFUSAL.test(error) ? 'denied' : 'error', error_type: error.slice(0, 256) };
}

/** S3 writes the same client in brackets. */
function clientOf(user_agent: string | undefined): string | undefined {
  return user_agent === undefined ? undefined : (/^\[(.+)\]$/.exec(user_agent)?.[1] ?? user_agent.replace(/^\[/, ''));
}

/** Hand-made records share ids such as "1"; those get an id of their content. */
function idOf(call: AwsCall): string {
  if (call.event_id !== undefined && UUID.test(call.event_id)) return call.event_id;
  return `aws-${createHash('sha256').update(JSON.stringify(call)).digest('hex').slice(0, 32)}`;
}

function texts(values: Record<string, string | undefined>): Record<string, string> | undefined {
  const said = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.slice(0, 4096)]],
  );
  return said.length === 0 ? undefined : Object.fromEntries(said);
}

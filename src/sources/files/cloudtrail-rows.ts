import { type AwsCall, awsEvent } from './aws-call.ts';
import { type Format, type Json, textOf } from './format.ts';

/** CloudTrail records as flat rows, as the public collection that we score with has them. */
export const cloudtrailRows: Format = {
  id: 'CloudTrail rows',
  matches: (record) => 'principal_type' in record && 'access_key' in record && 'source' in record,
  events: (record) => [awsEvent(callOf(record))],
};

function callOf(row: Json): AwsCall {
  return {
    event_id: textOf(row.event_id),
    time: row.time,
    source: textOf(row.source),
    name: textOf(row.name),
    region: textOf(row.region),
    address: textOf(row.ip),
    user_agent: textOf(row.ua),
    error: textOf(row.error),
    read_only: row.read_only === true,
    identity_type: textOf(row.principal_type),
    principal: textOf(row.principal),
    access_key_id: textOf(row.access_key),
    issuer: textOf(row.issuer),
    account: textOf(row.account),
    session_created: textOf(row.session_created),
    request: requestOf(row.request),
    issued_key: textOf(row.issued_key),
  };
}

/** JSON as text, in long ones cut off. */
function requestOf(request: unknown): unknown {
  if (typeof request !== 'string') return request ?? undefined;
  try {
    return JSON.parse(request);
  } catch {
    return request;
  }
}

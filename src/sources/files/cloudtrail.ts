import { refused } from '../mapped.ts';
import { type AwsCall, awsEvent } from './aws-call.ts';
import { type Format, isObject, type Json, textOf } from './format.ts';

/** CloudTrail as AWS delivers it: files of `{"Records": [...]}`, or one record a line. */
export const cloudtrail: Format = {
  id: 'CloudTrail',
  matches: (record) => (Array.isArray(record.Records) && isRecord(record.Records[0])) || isRecord(record),
  events(record) {
    const records: unknown[] = Array.isArray(record.Records) ? record.Records : [record];
    return records.map((each) =>
      isRecord(each) ? awsEvent(callOf(each)) : refused('Records', 'CloudTrail records', each),
    );
  },
};

function isRecord(value: unknown): value is Json {
  return isObject(value) && 'eventSource' in value && 'eventName' in value;
}

function callOf(record: Json): AwsCall {
  const identity = objectOf(record.userIdentity);
  const context = objectOf(identity.sessionContext);
  const issuer = objectOf(context.sessionIssuer);
  const answer = objectOf(record.responseElements);
  const [resource] = Array.isArray(record.resources) ? record.resources.filter(isObject) : [];
  const source = textOf(record.eventSource);
  const isServiceEvent = record.eventType === 'AwsServiceEvent';
  const loginFailed = answer.ConsoleLogin === 'Failure' ? 'Failed authentication' : undefined;
  return {
    event_id: textOf(record.eventID),
    time: record.eventTime,
    source,
    name: textOf(record.eventName),
    region: textOf(record.awsRegion),
    address: textOf(record.sourceIPAddress),
    user_agent: textOf(record.userAgent),
    error: textOf(record.errorCode) ?? loginFailed,
    read_only: record.readOnly === true || record.readOnly === 'true' ? true : undefined,
    identity_type: isServiceEvent ? 'AWSService' : textOf(identity.type),
    principal: principalOf(identity) ?? (isServiceEvent ? source : undefined),
    access_key_id: textOf(identity.accessKeyId),
    issuer: textOf(issuer.arn),
    account: textOf(identity.accountId) ?? textOf(record.recipientAccountId),
    session_created: textOf(objectOf(context.attributes).creationDate),
    invoked_by: textOf(identity.invokedBy),
    vpc_endpoint: textOf(record.vpcEndpointId),
    resource: textOf(resource?.ARN),
    request: record.requestParameters,
    issued_key: textOf(objectOf(answer.credentials).accessKeyId),
  };
}

/** Most exact name first; a service has none but its own, a user of Identity Center none but his id there. */
function principalOf({ arn, principalId, userName, invokedBy, onBehalfOf }: Json): string | undefined {
  return [arn, principalId, userName, invokedBy, objectOf(onBehalfOf).userId].map(textOf).find(Boolean);
}

const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

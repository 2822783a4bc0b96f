import {
  DeleteRolePolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAccountAliasesCommand,
  PutRolePolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { createIam, isAbsent, misfortune } from './client.ts';
import { AwsConfig } from './config.ts';

/** Makes an access key inactive, or denies everything to a role's sessions that began before the order. */
export const aws = revoker({
  id: 'aws',
  meta: {
    title: 'Access key, or sessions of a role, in an AWS account',
    tested: 'recorded',
    permissions: [
      'access_key: iam:GetAccessKeyLastUsed, iam:ListAccessKeys, iam:UpdateAccessKey',
      'role_sessions: iam:GetRolePolicy, iam:PutRolePolicy, iam:DeleteRolePolicy on the roles of the agents',
      'both: iam:ListAccountAliases, to be tried without harm',
    ],
    proof:
      'That IAM reads the key as Inactive, or the policy as attached, is kept with the order; AWS applies it within seconds to minutes, and the later uses that it refuses confirm',
    example: { type: 'aws', way: 'access_key', default_chain: true },
  },
  config: AwsConfig,
  create(config, name): Receiver {
    const iam = createIam(config);
    const { capabilities, revoke, undo } = config.way === 'access_key' ? byKey(iam) : byRole(iam);
    return {
      capabilities,
      check: (signal) => check(iam, name, signal),
      revoke: (order, signal) => revoke(order, signal).catch(misfortune),
      undo: (order, signal) => undo(order, signal).catch(misfortune),
      close: async () => iam.destroy(),
    };
  },
});

interface Way {
  capabilities: Receiver['capabilities'];
  revoke(order: Order, signal: AbortSignal): Promise<RevokeResult>;
  undo(order: Order, signal: AbortSignal): Promise<RevokeResult>;
}

/** Long-lived keys begin so; ASIA is a temporary one, which IAM cannot switch off. */
const LONG_LIVED = /^AKIA[A-Z0-9]{12,124}$/;

function byKey(iam: IAMClient): Way {
  const set = async (order: Order, Status: 'Active' | 'Inactive', abortSignal: AbortSignal): Promise<RevokeResult> => {
    const AccessKeyId = order.credential_handles.access_key_id ?? '';
    if (!LONG_LIVED.test(AccessKeyId))
      return { status: 'failed', detail: 'The access_key_id is not that of a long-lived key (AKIA...)' };
    const used = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), { abortSignal });
    const UserName = used.UserName ?? '';
    const statusOf = async () => {
      const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }), { abortSignal });
      return AccessKeyMetadata.find((each) => each.AccessKeyId === AccessKeyId)?.Status;
    };
    const before = await statusOf();
    if (before === undefined) return absent(Status === 'Inactive');
    if (before !== Status)
      await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }), { abortSignal });
    if ((await statusOf()) !== Status) return { status: 'retry', detail: 'the key did not change' };
    const proof = JSON.stringify({ access_key_id: AccessKeyId, status: Status });
    return { status: 'accepted', http_status: 200, detail: `The key is ${Status.toLowerCase()}`, proof };
  };
  return {
    capabilities: {
      actions: ['suspend', 'revoke'],
      targets: ['credential', 'session', 'agent_instance', 'agent'],
      handles: ['access_key_id'],
      undo: true,
    },
    revoke: (order, signal) => set(order, 'Inactive', signal),
    undo: (order, signal) => set(order, 'Active', signal),
  };
}

function absent(isRevocation: boolean): RevokeResult {
  return isRevocation
    ? { status: 'accepted', http_status: 404, detail: 'It was gone already' }
    : { status: 'failed', http_status: 404, detail: 'It is gone' };
}

const ROLE = /^arn:aws[\w-]*:iam::\d{12}:role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;

function byRole(iam: IAMClient): Way {
  const roleOf = ({ credential_handles }: Order) => ROLE.exec(credential_handles.issuer ?? '')?.[1];
  const policyOf = ({ order_id }: Order) => `tripline-${order_id}`.slice(0, 128);
  return {
    capabilities: { actions: ['suspend', 'revoke'], targets: ['agent'], handles: ['issuer'], undo: true },
    async revoke(order, abortSignal) {
      const RoleName = roleOf(order);
      if (RoleName === undefined) return { status: 'failed', detail: 'The issuer is not the ARN of a role' };
      const PolicyName = policyOf(order);
      const read = () =>
        iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }), { abortSignal }).catch((error: unknown) => {
          if (isAbsent(error)) return undefined;
          throw error;
        });
      if ((await read()) === undefined)
        await iam.send(
          new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: denyBefore(new Date(order.time)) }),
          { abortSignal },
        );
      if ((await read()) === undefined) return { status: 'retry', detail: 'the policy is not there yet' };
      const proof = JSON.stringify({ role: RoleName, policy: PolicyName });
      return { status: 'accepted', http_status: 200, detail: 'Sessions that began before are denied', proof };
    },
    async undo(order, abortSignal) {
      const RoleName = roleOf(order);
      if (RoleName === undefined) return { status: 'failed', detail: 'The issuer is not the ARN of a role' };
      await iam
        .send(new DeleteRolePolicyCommand({ RoleName, PolicyName: policyOf(order) }), { abortSignal })
        .catch((error: unknown) => {
          if (!isAbsent(error)) throw error;
        });
      return { status: 'accepted', http_status: 200, detail: 'The sessions are let be again' };
    },
  };
}

/** What the console of IAM attaches to end a role's sessions: everything is denied to tokens of before. */
function denyBefore(time: Date): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': time.toISOString() } },
      },
    ],
  });
}

async function check(iam: IAMClient, name: string, abortSignal: AbortSignal): Promise<string> {
  try {
    await iam.send(new ListAccountAliasesCommand({}), { abortSignal });
    return 'IAM answers, and knows who asks';
  } catch (cause) {
    const { status, detail } = misfortune(cause);
    throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, {
      cause: cause instanceof Error ? cause.name : undefined,
      retriable: status === 'retry',
    });
  }
}

import * as z from 'zod';
import { TriplineError } from '../../../errors.ts';
import type { Order } from '../../../order/order.ts';
import { type Receiver, type RevokeResult, revoker } from '../../revoker.ts';
import { type Api, createApi, isGood, jsonOf } from '../api.ts';
import { certificates } from '../certificates.ts';
import { originOf, ReceiverUrl } from '../request.ts';
import { refusalOf, unreachable, unreached } from '../result.ts';
import { readSecret, SecretRef } from '../secret.ts';

const config = z.strictObject({
  type: z.literal('kubernetes'),
  url: ReceiverUrl.describe('Address of the API server'),
  token: SecretRef.describe("Bearer token of Tripline's service account; a file is read again at each request"),
  ca_file: z.string().min(1).optional().describe('Certificates (PEM) that the API server is checked by'),
  grace_period_s: z.int().min(0).max(300).default(0).describe('Seconds that a pod gets to end'),
  allow_private: z.boolean().default(false).describe('Whether the API server may have a private or loopback address'),
});

/** Deletes the pod that a service account token is bound to: the token ends with it (bound tokens, KEP-1205). */
export const kubernetes = revoker({
  id: 'kubernetes',
  meta: {
    title: 'Bound service account token of a Kubernetes cluster',
    tested: 'recorded',
    permissions: ['get and delete on pods in the namespaces of the agents'],
    proof: 'That the pod of this uid is gone is kept with the order; the API server refuses its token from then on',
    example: {
      type: 'kubernetes',
      url: 'https://kubernetes.default.svc',
      token: { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      ca_file: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      allow_private: true,
    },
  },
  config,
  create(options, name): Receiver {
    readSecret(options.token);
    const api = createApi({
      url: options.url,
      headers: () => ({ authorization: `Bearer ${readSecret(options.token)}` }),
      allow_private: options.allow_private,
      ...(options.ca_file !== undefined && { ca: certificates(options.ca_file) }),
    });
    return {
      capabilities: {
        actions: ['revoke'],
        targets: ['credential', 'session', 'agent_instance', 'agent'],
        handles: ['pod_uid'],
        undo: false,
      },
      check: (signal) => check(api, options.url, name, signal),
      revoke: (order, signal) => revoke(api, order, options.grace_period_s, signal).catch(unreached),
    };
  },
});

/** RFC 1123 label or subdomain: what names of namespaces and pods are. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const UID = /^[0-9a-f-]{8,64}$/i;
const Pod = z.object({ metadata: z.object({ uid: z.string() }) });

async function revoke(
  api: Api,
  { credential_handles }: Order,
  grace_period_s: number,
  signal: AbortSignal,
): Promise<RevokeResult> {
  const { namespace = '', pod = '', pod_uid: uid = '' } = credential_handles;
  if (!NAME.test(namespace) || !NAME.test(pod) || !UID.test(uid))
    return { status: 'failed', detail: 'namespace, pod and pod_uid are needed to name the pod of the token' };
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
  const gone = (http_status: number, detail: string): RevokeResult => ({
    status: 'accepted',
    http_status,
    detail,
    proof: JSON.stringify({ pod, uid, gone: true }),
  });
  const found = await api('GET', path, signal);
  if (found.status === 404) return gone(404, 'The pod was gone already');
  if (!isGood(found)) return refusalOf(found);
  const read = Pod.safeParse(jsonOf(found));
  if (!read.success) return { status: 'failed', detail: 'answered with something that is no pod' };
  // Another pod has the name by now: that one is nobody's business.
  if (read.data.metadata.uid !== uid) return gone(200, 'The pod was replaced already');
  const answer = await api('DELETE', path, signal, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: grace_period_s,
    preconditions: { uid },
  });
  if (answer.status === 404 || answer.status === 409) return gone(answer.status, 'The pod was gone already');
  if (!isGood(answer)) return refusalOf(answer);
  const after = await api('GET', path, signal).catch(() => undefined);
  const next = after && Pod.safeParse(jsonOf(after));
  if (after?.status === 404 || (next?.success && next.data.metadata.uid !== uid))
    return gone(answer.status, 'The pod is deleted');
  return { status: 'accepted', http_status: answer.status, detail: 'The pod is being deleted' };
}

async function check(api: Api, url: string, name: string, signal: AbortSignal): Promise<string> {
  const answer = await api('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', signal, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'delete', resource: 'pods' } },
  }).catch((cause: unknown) => {
    throw unreachable(name, cause);
  });
  const review = z.object({ status: z.object({ allowed: z.boolean() }) }).safeParse(jsonOf(answer));
  if (isGood(answer) && review.success)
    return `${originOf(url)} answers; to delete pods in every namespace is ${review.data.status.allowed ? '' : 'not '}allowed`;
  const { status, detail } = refusalOf(answer);
  throw new TriplineError('TRIPLINE_RECEIVER_FAILED', `Receiver ${name} ${detail}`, { retriable: status === 'retry' });
}

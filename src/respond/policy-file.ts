import * as z from 'zod';
import { MATURITIES, SEVERITIES } from '../alert/alert.ts';
import { ACTIONS, MODES } from '../order/order.ts';
import { cedarProblem } from './cedar.ts';

/** What an order can be aimed at, from narrow to wide. */
export const TARGETS = ['credential', 'session', 'agent_instance', 'agent'] as const;
export type TargetKind = (typeof TARGETS)[number];

const name = z.string().min(1).max(128);
const patterns = z.array(z.string().min(1).max(1024)).max(1000);
const oneOrMore = z.union([name.transform((one) => [one]), z.array(name).min(1).max(100)], {
  error: 'Invalid input: expected a text of 1 to 128 characters, or a list of them',
});

/** A strict object that says which keys it knows. */
function section<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? `Unknown key: expected one of ${known}` : undefined),
  });
}

const Match = section({
  detector: oneOrMore.optional().describe('Id of a detector, or several; * stands for any text'),
  reason: oneOrMore.optional().describe('Reason that the detector gives, or several; * stands for any text'),
  severity_min: z.enum(SEVERITIES).optional().describe('At least this severity'),
  maturity: z.enum(MATURITIES).optional().describe('Exactly this maturity'),
  confidence_min: z.number().min(0).max(1).optional().describe('At least this confidence, 0 to 1'),
  tenant: oneOrMore.optional().describe('Tenant, or several; * stands for any text'),
  agent: oneOrMore.optional().describe('Agent, or several, which is how a class of agents is named; * as above'),
  signals_min: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .describe(
      'Different detectors that told of the same credential, session or agent within signals_ms, this one included',
    ),
  cedar: z
    .string()
    .min(1)
    .max(65_536)
    .superRefine((text, context) => {
      const problem = cedarProblem(text);
      if (problem !== undefined)
        context.addIssue({ code: 'custom', message: `expected Cedar policies: ${problem}`, input: text });
    })
    .optional()
    .describe(
      'Cedar policies that must permit Agent::"..." Action::"respond" on Credential::"..."; the alert is in context',
    ),
  credential_scheme: oneOrMore.optional().describe('Part of the credential before the colon, for example jwt'),
});

const caps = {
  orders_max: z.int().min(1).max(100_000).describe('Orders that one rule sends per tenant and interval'),
  interval_ms: z.int().min(1000).max(86_400_000).describe('Length of the interval'),
  tenant_orders_max: z.int().min(1).max(100_000).describe('The same over all rules of a tenant'),
  receiver_orders_max: z.int().min(1).max(100_000).describe('The same for one receiver, over all tenants'),
  producer_orders_max: z
    .int()
    .min(1)
    .max(100_000)
    .describe('The same for evidence of one producer: what a stolen key can have revoked'),
  fleet_share_max: z
    .number()
    .gt(0)
    .max(1)
    .describe('Orders per tenant and interval as a share of the agents seen lately, over all rules'),
  fleet_orders_min: z
    .int()
    .min(0)
    .max(100_000)
    .describe('The share never allows fewer orders than this, so that a small fleet is defended too'),
};
const CAPS_DEFAULT = {
  orders_max: 20,
  interval_ms: 600_000,
  tenant_orders_max: 100,
  receiver_orders_max: 200,
  producer_orders_max: 20,
  fleet_share_max: 0.25,
  fleet_orders_min: 10,
};

const Rule = section({
  name: name.describe('Name of the rule; orders carry it'),
  match: Match.prefault({}).describe('All that is named must fit; an empty match fits every alert'),
  mode: z.enum(MODES).optional().describe('observe: record what would have happened; approve: hold; enforce: act'),
  action: z.enum(ACTIONS).optional().describe('What is asked of the receiver'),
  ladder: z
    .array(z.enum(ACTIONS))
    .min(2)
    .max(5)
    .optional()
    .describe('Actions from mild to strong, instead of one: the next is asked for when the one before did not help'),
  ladder_wait_ms: z
    .int()
    .min(1000)
    .max(604_800_000)
    .optional()
    .describe(
      'An alert this long after a step of the ladder was accepted asks for the next one; a sooner one is the same story',
    ),
  target: z.enum(TARGETS).optional().describe('What it is done to; the narrowest the evidence names where absent'),
  receivers: z.array(name).max(16).optional().describe('Names of receivers; the next is asked when one fails'),
  entitled_producers: patterns
    .optional()
    .describe("Producers whose word counts; all of the tenant's keys where absent. Other evidence gives a held order"),
  proof: z
    .enum(['stream', 'receiver'])
    .optional()
    .describe("Whether a receiver's own proof confirms, or only the stream"),
  grace_ms: z
    .int()
    .min(0)
    .max(3_600_000)
    .optional()
    .describe('Uses this long after acceptance do not count as failure'),
  hold_ms: z.int().min(1000).max(604_800_000).optional().describe('A held order expires after this time'),
  cool_down_ms: z
    .int()
    .min(0)
    .max(2_592_000_000)
    .optional()
    .describe('After a person took an order back, another one for the same target is held this long'),
  approvals_min: z.int().min(1).max(2).optional().describe('People who must say yes to a held order'),
  suspend_ms: z
    .int()
    .min(0)
    .max(604_800_000)
    .optional()
    .describe('A suspension is taken back by itself after this time; 0: only by a person'),
  caps: section(caps).partial().optional().describe('Caps of this rule where they differ'),
});

const Maintenance = section({
  from: z.iso.datetime({ offset: true }).describe('Begins, ISO 8601'),
  to: z.iso.datetime({ offset: true }).describe('Ends, ISO 8601'),
  why: name.describe('What is done; stands with the held orders'),
  tenants: patterns.default(['*']).describe('Tenants that it is about; * stands for any text'),
  agents: patterns.default(['*']).describe('Agents that it is about; * stands for any text'),
});

const Defaults = section({
  mode: z.enum(MODES).default('observe').describe('Mode of a rule that names none'),
  action: z.enum(ACTIONS).default('revoke').describe('Action of a rule that names none'),
  receivers: z.array(name).max(16).default([]).describe('Receivers of a rule that names none'),
  proof: z.enum(['stream', 'receiver']).default('stream').describe('What confirms where a rule does not say'),
  grace_ms: z.int().min(0).max(3_600_000).default(5000).describe('Grace of a rule that names none'),
  hold_ms: z.int().min(1000).max(604_800_000).default(86_400_000).describe('Hold of a rule that names none'),
  ladder_wait_ms: z.int().min(1000).max(604_800_000).default(60_000).describe('Wait of a ladder that names none'),
  cool_down_ms: z.int().min(0).max(2_592_000_000).default(86_400_000).describe('Cool-down of a rule that names none'),
  approvals_min: z.int().min(1).max(2).default(1).describe('Approvals of a rule that names none'),
  suspend_ms: z
    .int()
    .min(0)
    .max(604_800_000)
    .default(3_600_000)
    .describe('Length of a suspension of a rule that names none'),
  caps: section(caps)
    .partial()
    .prefault({})
    .transform((said) => ({ ...CAPS_DEFAULT, ...said }))
    .describe('Past a cap orders are held and somebody is told'),
});

export const PolicyFile = section({
  version: z.literal(1).describe('Version of this format'),
  protected: section({
    agents: patterns.default([]).describe('Agents that are never acted on by rule; * stands for any text'),
    credentials: patterns.default([]).describe('Credentials (scheme:value) that are never acted on by rule'),
  })
    .prefault({})
    .describe('Orders on these are held, whatever a rule says'),
  maintenance: z
    .array(Maintenance)
    .max(1000)
    .default([])
    .describe('Times in which orders are held: what was announced is no attack, and nobody is to be locked out of it'),
  signals_ms: z
    .int()
    .min(1000)
    .max(86_400_000)
    .default(3_600_000)
    .describe('Alerts of different detectors count together within this time (signals_min)'),
  defaults: Defaults.prefault({}),
  rules: z.array(Rule).max(1000).default([]).describe('The first rule that fits decides'),
}).superRefine((file, context) => {
  const seen = new Map<string, number>();
  file.rules.forEach((rule, i) => {
    const first = seen.get(rule.name);
    if (first !== undefined) refuse(context, i, 'name', `a name of its own (rules.${first} has it too)`);
    seen.set(rule.name, i);
    const mode = rule.mode ?? file.defaults.mode;
    if (mode !== 'observe' && (rule.receivers ?? file.defaults.receivers).length === 0)
      refuse(context, i, 'receivers', `at least one receiver, because mode is ${mode}`);
  });
});

export type File = z.output<typeof PolicyFile>;
export type RuleFile = z.output<typeof Rule>;

function refuse(context: z.core.$RefinementCtx<unknown>, rule: number, key: keyof RuleFile, expected: string): void {
  const input = (context.value as File).rules[rule]?.[key];
  context.issues.push({ code: 'custom', path: ['rules', rule, key], message: `expected ${expected}`, input });
}

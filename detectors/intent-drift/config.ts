import * as z from 'zod';

const patterns = z.array(z.string().min(1).max(1024)).max(1000).default([]);

/** The scope of agents whose tasks declare none. */
const scope = z.strictObject({
  agents: patterns.describe('Agents that it holds for; * stands for any text'),
  tools: patterns.describe('Tools that they may call; * stands for any text. Empty: any'),
  targets: patterns.describe('Targets that they may reach; * stands for any text. Empty: any'),
  cost_usd_max: z.number().positive().optional().describe('What a session of theirs may spend, in US dollars'),
});

export const config = z.strictObject({
  scopes: z
    .array(scope)
    .max(1000)
    .default([])
    .describe('Scopes of agents whose tasks declare none; the first that names the agent holds'),
  tasks_max: z.int().min(1).max(64).default(8).describe('Tasks of one agent whose scope is remembered at once'),
  quiet_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(3_600_000)
    .describe('Calls of one tool outside of one scope are told once within this time'),
});

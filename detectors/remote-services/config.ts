import * as z from 'zod';

const ports = (values: number[], what: string) =>
  z.array(z.int().min(1).max(65_535)).max(64).default(values).describe(what);

export const config = z.strictObject({
  window_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(1_800_000)
    .describe('Signs about one source and one destination count together within this time'),
  signs_min: z.int().min(2).max(4).default(2).describe('Kinds of signs on one pair that fire'),
  habit_days: z
    .int()
    .min(1)
    .max(30)
    .default(7)
    .describe('A pair with signs on this many different days is a habit, and no longer fires'),
  habit_forget_ms: z
    .int()
    .min(1)
    .max(180 * 86_400_000)
    .default(1_209_600_000)
    .describe('After this long without a sign a habit is none'),
  admin_ports: ports(
    [22, 23, 135, 139, 445, 593, 3389, 5900, 5985, 5986],
    'Ports by which a host is administered from another one',
  ),
  rpc_ports: ports([135, 445, 593], 'Ports that a system service opens for people; a process of their own is a sign'),
  rpc_dynamic_port_min: z
    .int()
    .min(1024)
    .max(65_535)
    .default(49_152)
    .describe('Lowest port that remote procedure calls are handed on to'),
  controller_ports: ports(
    [53, 88, 389, 3268, 9389],
    'Whoever answers on one of these is a domain controller: everybody connects to it',
  ),
  quiet_ms: z
    .int()
    .min(1)
    .max(86_400_000)
    .default(600_000)
    .describe('One story of a source gives one alert: repeats within this time are only counted'),
});

import { FLEET } from '../../samples/scenario/fleet.ts';
import { playScenario } from '../../samples/scenario/play.ts';
import { takeBackDrills } from './duty.ts';
import { type RunOptions, untilStopped } from './io.ts';
import { createRecord, isGood, judgeAttacks, type Outcome, outcomeOf, type Record, touchedHonest } from './outcome.ts';
import { forgetSampleKeys, freshSampleKeys, ordersSettled, prepareSample, type Sample } from './sample.ts';
import { type Doors, openDoors } from './server.ts';
import { createTimeline } from './timeline.ts';
import { openTripline, type Tripline } from './tripline.ts';

type PlayOptions = RunOptions & { once: boolean };

/** `tripline up --sample`: plays the bundled fleet through the door, says what came of it, and stays up unless `once`. */
export async function runSample(options: PlayOptions): Promise<number> {
  const sample = await prepareSample(options.config);
  try {
    const tripline = await openTripline({ config: sample.config, policy: sample.policy, logger: options.logger });
    try {
      return await playAndReport(options, sample, tripline);
    } finally {
      await tripline.close();
    }
  } finally {
    await sample.close();
  }
}

async function playAndReport(options: PlayOptions, sample: Sample, tripline: Tripline): Promise<number> {
  const { print, printJson, once } = options;
  const doors = await openDoors(tripline);
  print(`Door     ${doors.ingest.url}   events and OpenTelemetry`);
  print(`Console  ${doors.serve.url}   what is found, why, what was done and its proof`);
  print('\nSixteen honest agents, four attacks, a drill that looks like one, and somebody who makes one up;');
  print('with real tokens of an issuer in a process beside this one:\n');
  const record = createRecord();
  const show = createTimeline(print, options.colour);
  tripline.live.listen((item) => {
    record.add(item);
    show(item);
  });
  takeBackDrills(tripline.live, doors.serve.url, isDrill);
  const outcome = await play(options, sample, tripline, doors, record);
  if (once) {
    printJson(outcome);
    return isGood(outcome) ? 0 : 1;
  }
  print(`\nStill up. Send an event of your own:\n\n  ${ownEvent(doors)}\n\nCtrl-C stops.`);
  printJson(outcome);
  await Promise.race([untilStopped(), tripline.failed]);
  return 0;
}

async function play(
  options: PlayOptions,
  sample: Sample,
  tripline: Tripline,
  doors: Doors,
  record: Record,
): Promise<Outcome> {
  const data_dir = sample.config.data_dir;
  const keys = await freshSampleKeys(data_dir);
  const stop = new AbortController();
  try {
    const playing = playScenario({ ingestUrl: doors.ingest.url, keys, sandbox: sample.sandbox, signal: stop.signal });
    const played = await Promise.race([playing, tripline.failed]);
    await ordersSettled(tripline, () =>
      judgeAttacks(played, record).some(({ caught, confirmed }) => caught && !confirmed),
    );
    const outcome = await outcomeOf(played, record, tripline.metrics);
    summarise(options.print, outcome, judgeAttacks(played, record), touchedHonest(played, record));
    return outcome;
  } finally {
    stop.abort();
    await forgetSampleKeys(data_dir);
  }
}

function summarise(
  print: RunOptions['print'],
  outcome: Outcome,
  attacks: ReturnType<typeof judgeAttacks>,
  touched: string[],
): void {
  print('\nattack             agent               found by                     caught  gone');
  for (const { detector, agent_id, found_by, caught, confirmed } of attacks) {
    const found = found_by.join(', ') || 'nobody';
    print(
      `${detector.padEnd(18)} ${agent_id.padEnd(19)} ${found.padEnd(28)} ${mark(caught).padEnd(7)} ${mark(confirmed)}`,
    );
  }
  const { event_to_order_ms: order, order_to_confirmed_ms: gone } = outcome;
  print(
    `\n${outcome.events} events. ${outcome.honest_agents} honest agents, ${outcome.honest_touched} touched${touched.length > 0 ? `: ${touched.join(', ')}` : ''}.`,
  );
  print(
    `The drill was suspended and ${outcome.drills_taken_back > 0 ? 'taken back by a person, and goes on' : 'NOT taken back'}. The made-up storm was ${outcome.forgeries_held > 0 ? 'held: its reporter may not speak for that agent' : 'NOT held'}.`,
  );
  print(
    `Event durable to signed order leaving: p50 ${order.p50} ms, p99 ${order.p99} ms. Order to proof: p50 ${gone.p50} ms, p99 ${gone.p99} ms.`,
  );
}

/** Whose revocation the sample takes back. */
export function isDrill(agent_id: string): boolean {
  return FLEET.some(({ id, drill }) => id === agent_id && drill === true);
}

function mark(yes: boolean): string {
  return yes ? 'yes' : 'NO';
}

function ownEvent({ ingest }: Doors): string {
  const event = `{"kind":"tool_call","agent_id":"my-agent","session":"s1","tool_name":"read_file","outcome":"ok"}`;
  return `curl -sS ${ingest.url}/v1/events -H 'content-type: application/json' -d '${event}'`;
}

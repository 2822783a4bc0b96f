import type { DetectorMeta } from './detector.ts';
import type { Voice } from './make-alert.ts';
import { SELF } from './self.ts';

type Said = Pick<DetectorMeta, 'title' | 'detects' | 'misses' | 'false_positives' | 'triage'> &
  Partial<Pick<DetectorMeta, 'attack'>>;

const own = ({ maturity, severity }: Voice, said: Said): DetectorMeta => ({
  maturity,
  severity,
  attack: [],
  atlas: [],
  asi: [],
  nhi: [],
  safe_mcp: [],
  ...said,
});

/** What the findings of the runtime about itself and its producers mean, by id. */
export const SELF_META: Readonly<Record<string, DetectorMeta>> = {
  'blind-spot': own(SELF.silence, {
    title: 'A producer fell silent',
    detects:
      'A producer that has reported for some time (learning_ms_min, learning_events_min) and then reports nothing for pause_factor times its longest usual pause, by the clock of the log. Pauses that do not come again are forgotten after one to two times learning_ms_min.',
    misses: [
      'A producer that stops some of its events and goes on with others',
      'A producer in its first days, or with pauses that are long and come often',
      'Silence shorter than silence_ms_min',
    ],
    false_positives: [
      'An agent that was retired, where it had a producer, or its partition, to itself',
      'Tripline itself was down for longer than any pause it knows: everybody was silent',
      'One producer that reports for agents of several partitions is told of in each',
    ],
    triage: [
      'Look whether other producers fell silent at the same time: then it is the network or Tripline',
      'Ask the owner of the producer whether it was stopped on purpose, and by whom',
      'What its agents did since then was not seen: look at the logs of what they can reach',
    ],
  }),
  'clock-skew': own(SELF.skew, {
    title: 'A producer whose clock is ahead',
    detects:
      'Events whose time lies further ahead of the clock of the log than skew_max_ms. Their times are set back to the time of receipt, so that they make nothing late. Told once an hour for each producer.',
    misses: [
      'Clocks that are behind: their events are late, which is a coverage gap',
      'Clocks ahead by less than that',
    ],
    false_positives: ['A producer that writes local time and says that it is UTC'],
    triage: [
      'Compare the claimed time (attribute claimed_time) with the time of receipt: hours are a time zone, minutes a clock',
      'If it is neither, somebody tries to move time: look at what else the producer sends',
    ],
  }),
  'detector-health': own(SELF.health, {
    title: 'A detector failed',
    detects:
      'A detector threw: the event was not judged by it and is a coverage gap. Told once an hour for each detector.',
    misses: ['A detector that is wrong without throwing'],
    false_positives: ['None: it is a mistake in the detector, or an event that was made to cause one'],
    triage: ['Read the error of the evidence, and the event', 'Report it; the detector goes on with the next event'],
  }),
  'key-flood': own(SELF.flood, {
    title: 'More keys than a detector can remember',
    detects:
      'So many new agents, sessions or credentials that an operator forgot more than live_evictions_max of those that still mattered, within a minute. Flooding detectors with names is a way to be forgotten by them. Told once an hour for each operator.',
    misses: [
      'A flood slow enough to stay below the threshold',
      'Who was forgotten: only how many, and who sent the last',
    ],
    false_positives: ['A fleet that has outgrown keys_max', 'A producer that makes a new agent id for each run'],
    triage: [
      'Look at the newest agent ids of that producer: are they made up?',
      'If they are honest raise keys_max, or have the producer use a stable agent id',
    ],
    attack: ['T1499.003'],
  }),
};

import type { Detector } from '../src/detect/detector.ts';
import { canary } from './canary/index.ts';
import { firstSeen } from './first-seen/index.ts';
import { intentDrift } from './intent-drift/index.ts';
import { lateralMovement } from './lateral-movement/index.ts';
import { remoteServices } from './remote-services/index.ts';
import { retryStorm } from './retry-storm/index.ts';
import { secretExposure } from './secret-exposure/index.ts';
import { sharedCredential } from './shared-credential/index.ts';
import { standingCredential } from './standing-credential/index.ts';
import { taskEnd } from './task-end/index.ts';
import { tokenReplay } from './token-replay/index.ts';
import { toolChaining } from './tool-chaining/index.ts';
import { usageSpike } from './usage-spike/index.ts';

/** Every detector, in order of its id. */
export const DETECTORS: readonly Detector[] = [
  canary,
  firstSeen,
  intentDrift,
  lateralMovement,
  remoteServices,
  retryStorm,
  secretExposure,
  sharedCredential,
  standingCredential,
  taskEnd,
  tokenReplay,
  toolChaining,
  usageSpike,
];

import type { Detector } from '../src/detect/detector.ts';

/** Every detector, in order of its id. */
export const DETECTORS: readonly Detector[] = [];

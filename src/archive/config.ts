import * as z from 'zod';

export const ArchiveConfig = z
  .strictObject({
    rows_max: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Rows of one block at most, where a frame has fewer'),
    bytes_max: z
      .int()
      .min(1)
      .default(32 << 20)
      .describe('Bytes of the frames of one block at most, where a frame has fewer'),
    block_ms: z.int().min(1).default(1000).describe('A block is written when its oldest frame has waited this long'),
    retry_ms_min: z.int().min(1).default(100).describe('First wait before a failed insert is tried again; doubles'),
    retry_ms_max: z.int().min(1).default(10_000).describe('Longest wait before a failed insert is tried again'),
    refused_frames_max: z
      .int()
      .min(0)
      .default(100)
      .describe('Frames per partition that are put aside when the store refuses them; more stay only in the log'),
  })
  .refine((archive) => archive.retry_ms_min <= archive.retry_ms_max, {
    error: ({ input }) => {
      const { retry_ms_min, retry_ms_max } = input as { retry_ms_min: number; retry_ms_max: number };
      return `retry_ms_min (${retry_ms_min}) is above retry_ms_max (${retry_ms_max})`;
    },
  })
  .prefault({});

export type ArchiveConfig = z.output<typeof ArchiveConfig>;

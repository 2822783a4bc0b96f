import * as z from 'zod';

export const ServeConfig = z
  .strictObject({
    host: z
      .enum(['127.0.0.1', 'localhost', '::1'])
      .default('127.0.0.1')
      .describe('Address of the API and console; loopback only until sign-in exists'),
    in_container: z
      .boolean()
      .default(false)
      .describe(
        'Listens on every address of a container, whose port you publish on loopback only: there is no sign-in yet',
      ),
    port: z.int().min(0).max(65535).default(4380).describe('Port of the API and console; 0 takes a free one'),
    advertise: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Where other processes of the installation reach this port; its own address without it'),
    page_rows_max: z.int().min(1).max(1000).default(200).describe('Rows of one page of a list at most'),
    answer_ms_max: z
      .int()
      .min(1)
      .default(10_000)
      .describe('A request that waits longer for the store is answered with 503'),
    streams_max: z.int().min(1).default(100).describe('Live streams open at once'),
    stream_buffer_bytes_max: z
      .int()
      .min(1024)
      .default(1 << 20)
      .describe('A reader of the live stream that falls further behind is let go'),
  })
  .prefault({});

export type ServeConfig = z.output<typeof ServeConfig>;

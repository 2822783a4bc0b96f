import * as z from 'zod';

export const ServeConfig = z
  .strictObject({
    host: z
      .enum(['127.0.0.1', 'localhost', '::1'])
      .default('127.0.0.1')
      .describe('Address of the API and page; loopback only until sign-in exists'),
    port: z.int().min(0).max(65535).default(4380).describe('Port of the API and page; 0 takes a free one'),
    page_rows_max: z.int().min(1).max(1000).default(200).describe('Rows of one page of a list at most'),
    streams_max: z.int().min(1).default(100).describe('Live streams open at once'),
  })
  .prefault({});

export type ServeConfig = z.output<typeof ServeConfig>;

import { decompress } from 'fzstd';
import kafkajs from 'kafkajs';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compress, uncompress } from 'snappy';

const { CompressionCodecs, CompressionTypes } = kafkajs;

interface Encoded {
  buffer: Buffer;
}

/** Java's snappy stream: this magic, two versions (4 bytes each), then blocks of a length (4 bytes) and raw snappy. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/** kafkajs has gzip only; topics of others come in any codec. Ours are written in lz4. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: async ({ buffer }: Encoded) => compressFrameSync(buffer),
    decompress: async (buffer: Buffer) => decompressFrameSync(buffer),
  });
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: Encoded) => compress(buffer),
    decompress: readSnappy,
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: () => Promise.reject(new Error('zstd is only read here')),
    decompress: async (buffer: Buffer) => Buffer.from(decompress(buffer)),
  });
}

async function readSnappy(buffer: Buffer): Promise<Buffer> {
  if (!buffer.subarray(0, XERIAL.length).equals(XERIAL)) return asBuffer(await uncompress(buffer));
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < buffer.length; ) {
    const length = buffer.readInt32BE(at);
    blocks.push(asBuffer(await uncompress(buffer.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

const asBuffer = (bytes: string | Buffer): Buffer => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

const NEW_FILES_BYTES = 256 * 1024;
const MAGIC_AT = 24;
/** 0xBEEFC0DE in the byte order of this machine, which LMDB files are bound to. */
const MAGIC = 0xbeefc0de;

/** LMDB brings the process down on a file that is not its own or not open to it, and where a new one has no room. */
export function checkFiles(file: string, lockFile: string): void {
  if (!existsSync(file)) {
    try {
      writeFileSync(`${file}.room`, Buffer.alloc(NEW_FILES_BYTES), { flush: true });
    } finally {
      rmSync(`${file}.room`, { force: true });
    }
    return;
  }
  accessSync(file, constants.R_OK | constants.W_OK);
  if (existsSync(lockFile)) accessSync(lockFile, constants.R_OK | constants.W_OK);
  const fd = openSync(file, 'r');
  try {
    const found = new Uint32Array(1);
    if (fstatSync(fd).size === 0) return;
    readSync(fd, found, 0, 4, MAGIC_AT);
    if (found[0] !== MAGIC) throw new Error(`${file} is not a log`);
  } finally {
    closeSync(fd);
  }
}

export { encodeFrame } from './encode.ts';
export { Frame } from './frame.ts';
export { copyRow, type RowCursor, rowsOf } from './rows.ts';

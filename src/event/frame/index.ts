export { encodeFrame } from './encode.ts';
export { Frame } from './frame.ts';
export { copyRow, copyRows, type RowCursor, rowsOf } from './rows.ts';

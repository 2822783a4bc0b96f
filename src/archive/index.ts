export { ARCHIVE_GROUP, type Archive, type ArchiveDeps, startArchive } from './archive.ts';
export { ArchiveConfig } from './config.ts';

#!/usr/bin/env node
// Plain old JavaScript: it must run far enough on any Node to say which one is needed.
'use strict';
var NEEDED = [20, 19];
var version = process.versions.node.split('.').map(Number);
if (version[0] < NEEDED[0] || (version[0] === NEEDED[0] && version[1] < NEEDED[1])) {
  console.error(`Tripline needs Node ${NEEDED.join('.')} or newer, and this is ${process.versions.node}.`);
  process.exit(2);
}
// Each running ClickHouse query holds a thread of this pool, and file access needs some too.
if (!process.env.UV_THREADPOOL_SIZE) process.env.UV_THREADPOOL_SIZE = '12';
var path = require('node:path');
var main = path.join(__dirname, '..', 'dist', 'src', 'cli', 'main.js');
if (!require('node:fs').existsSync(main)) {
  console.error(`Tripline is not built yet: run "npm run build" in ${path.join(__dirname, '..')} first.`);
  process.exit(2);
}
import(require('node:url').pathToFileURL(main).href);

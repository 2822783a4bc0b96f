import { defineConfig } from 'vite';

/** `npx vite console` while working on it: pages from source, data from a Tripline that runs beside it. */
const API = 'http://127.0.0.1:4380';

export default defineConfig({
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows no inline script and no data: script.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries mark what may not run on a server; nothing here does.
      onLog: (level, log, say) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && say(level, log),
    },
  },
  server: { proxy: { '/api': API, '/metrics': API } },
});

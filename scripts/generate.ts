/** Makes every generated page anew; with --check only says which are stale (exit 1). */
await import('./generate-schema.ts');
await import('./generate-detector-docs.ts');
await import('./generate-config-docs.ts');
await import('./generate-detection-docs.ts');
await import('./generate-coverage-docs.ts');
await import('./generate-revoker-docs.ts');
await import('./generate-dashboards.ts');

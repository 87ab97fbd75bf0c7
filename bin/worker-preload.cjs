// Every worker process starts with this; harness/vitest/start-vitest.ts says why.
'use strict';

process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit(1));

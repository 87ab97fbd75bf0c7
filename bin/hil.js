#!/usr/bin/env node
import module from 'node:module';

// Node 22.8 and later keep compiled code from start to start; earlier ones have no such cache.
module.enableCompileCache?.();
await import('../dist/harness/cli/main.js');

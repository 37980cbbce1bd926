#!/usr/bin/env node
// The command line's entry: checks Node, finds the command, reports errors in one shape.
import { run } from './commands/run.ts';

process.exitCode = await run(process.argv.slice(2));

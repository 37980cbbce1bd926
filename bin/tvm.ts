#!/usr/bin/env node
// The command line's entry: checks Node before anything newer is loaded, then finds the command.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 22) {
  process.stderr.write(`tvm: Node.js ${process.versions.node} is too old\ntry: Node.js 22 or later\n`);
  process.exitCode = 3;
} else {
  const { run } = await import('./commands/run.ts');
  process.exitCode = await run(process.argv.slice(2));
}

export {};

// StrykerJS for one room (MUTATION_ROOM). Sandbox and reports live under coverage/, which no tool of ours reads or commits.
// @see https://stryker-mutator.io/docs/stryker-js/configuration/
import process from 'node:process';
import { currentRoom } from './rooms.ts';

const output = `coverage/mutation/${process.env.MUTATION_ROOM}`;

export default {
  mutate: [...currentRoom().mutate],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/refusal-text.js'],
  ignorers: ['refusal-text'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  coverageAnalysis: 'perTest',
  // Nothing but what these tests read is copied into the sandbox.
  ignorePatterns: ['**', '!core/**', '!lambda/**', '!test/**', '!package.json', '!tsconfig.json'],
  disableTypeChecks: false,
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  // Endless loops are found by counting; the time is for machines that are busy with something else.
  timeoutMS: 20_000,
  timeoutFactor: 2,
  tempDirName: `${output}/sandbox`,
  cleanTempDir: 'always',
  incremental: true,
  incrementalFile: `${output}/incremental.json`,
  jsonReporter: { fileName: `${output}/report.json` },
  reporters: ['json', 'progress-append-only'],
  allowConsoleColors: false,
};

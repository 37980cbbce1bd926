// The unit tests of the room that is mutated, and no others: they run once per mutant, so tests that build, synthesise or start
// processes stay out of it.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { currentRoom } from './rooms.ts';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: [...currentRoom().tests], setupFiles: ['test/mutation/setup.ts'], testTimeout: 20_000 },
});

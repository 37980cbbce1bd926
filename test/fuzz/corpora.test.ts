// Every input that is kept is tried again: the seeds, and whatever once broke a parser.
import { describe, expect, it } from 'vitest';
import { corpusNames, readCorpus } from './corpus.ts';
import { tryInput } from './engine.ts';
import type { Outcome } from './target.ts';
import { targets } from './targets/index.ts';

describe('SEC-SUP-05 fuzz corpora', () => {
  it('belong to a target each', () => {
    expect(corpusNames()).toEqual(targets.map(({ name }) => name).sort());
  });

  describe.each(targets)('of $name', (target) => {
    const seeds = readCorpus(target.name);

    it.each(seeds.map(({ file, bytes }) => [file.slice(file.lastIndexOf('/') + 1), bytes] as const))(
      'keep their promise: %s',
      async (_, bytes) => {
        expect(await tryInput(target, bytes)).not.toHaveProperty('reason');
      },
    );

    it('hold what is accepted and what is refused', async () => {
      const outcomes = await Promise.all(seeds.map(({ bytes }) => tryInput(target, bytes)));
      expect(new Set(outcomes.map((outcome) => (outcome as Outcome).accepted))).toEqual(new Set([true, false]));
    });
  });
});

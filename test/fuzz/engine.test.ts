// The fuzzer against parsers with known faults: one that finds nothing in them would find nothing in ours.
import { describe, expect, it } from 'vitest';
import { runTarget, shrink, tryInput } from './engine.ts';
import { hold, promise, textOf, type Target } from './target.ts';

class DocumentedError extends Error {}

const limits = { seed: 1, seconds: 20, inputs: 20_000 };
const seeds = [Buffer.from('key=value'), Buffer.from('other=1')];

function targetOf(parse: (text: string) => string, over: Partial<Target> = {}): Target {
  return {
    name: 'planted',
    words: ['=', 'key', '%'],
    maxLength: 100,
    check: (input) =>
      hold(
        () => parse(textOf(input) ?? ''),
        [DocumentedError],
        (value) => {
          promise(!value.includes('%%'), 'lets %% through');
          return undefined;
        },
      ),
    ...over,
  };
}

const sound = targetOf((text) => {
  if (!text.includes('=') || text.includes('%%')) throw new DocumentedError('refused');
  return text;
});

describe('the fuzzer', () => {
  it('finds an error that is not documented', async () => {
    const target = targetOf((text) => {
      if (text.startsWith('key=%')) throw new RangeError('planted');
      return '';
    });
    expect((await runTarget(target, seeds, limits)).broken?.reason).toContain('planted');
  });

  it('finds an accepted input that breaks the property', async () => {
    const { broken } = await runTarget(
      targetOf((text) => text),
      seeds,
      limits,
    );
    expect(broken?.reason).toContain('lets %% through');
  });

  it('finds an input that takes too long', async () => {
    const target = targetOf(
      (text) => {
        const before = process.threadCpuUsage().user;
        const wanted = text.length > 20 ? 60_000 : 0;
        while (process.threadCpuUsage().user - before < wanted);
        return '';
      },
      { maxMilliseconds: 30 },
    );
    expect((await runTarget(target, seeds, limits)).broken?.reason).toMatch(/takes \d+ ms of CPU/);
  });

  it('finds nothing in a parser that keeps its promises, and saw both kinds of input', async () => {
    const { broken, accepted, refused, inputs } = await runTarget(sound, seeds, { ...limits, inputs: 3_000 });
    expect(broken).toBeUndefined();
    expect(inputs).toBe(3_000);
    expect(accepted + refused).toBe(inputs);
    expect(Math.min(accepted, refused)).toBeGreaterThan(300);
  });

  it('gives the same inputs for the same seed, and others for another', async () => {
    const inputsOf = async (seed: number): Promise<string[]> => {
      const inputs: string[] = [];
      await runTarget(sound, seeds, { ...limits, seed, inputs: 500 }, (input) => {
        inputs.push(Buffer.from(input).toString('hex'));
      });
      return inputs;
    };
    expect(await inputsOf(7)).toEqual(await inputsOf(7));
    expect(await inputsOf(7)).not.toEqual(await inputsOf(8));
  });

  it('leaves out of a broken input what does not matter', async () => {
    const target = targetOf((text) => text);
    const small = await shrink(target, Buffer.from('a lot before %% and more behind'));
    expect(Buffer.from(small).toString()).toBe('%%');
    expect(await tryInput(target, small)).toHaveProperty('reason');
  });
});

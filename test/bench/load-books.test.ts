// The books of the load run find what they are kept for: a run that could not fail would prove nothing.
import { describe, expect, it } from 'vitest';
import { openBooks } from '../../bench/load/books.ts';
import { judgeMemory } from '../../bench/load/memory.ts';
import type { Answered, LedgerEntry } from '../../bench/load/messages.ts';

const entry: LedgerEntry = {
  sessionToken: 'load-session-1',
  tenant: 'acme',
  sessionName: 'acme@alice',
  policyTenants: ['acme'],
  isForeign: false,
};
const vended: Answered = {
  requestId: 'r1',
  request: 'GET',
  status: 200,
  code: 'vended',
  isAudited: true,
  vend: { tenant: 'acme', subject: 'alice', sessionToken: 'load-session-1' },
};
const line = '{"event":"credentials.vended","request_id":"r1"}\n{"_aws":{}}\n';
const part = 'c2lnbmF0dXJlLW9mLWEtdG9rZW4tdGhhdC1pcy1sb25nLWVub3VnaA';

/** Books of one vend, with one thing changed. */
function findingsOf(
  change: { readonly entry?: Partial<LedgerEntry>; readonly answer?: Partial<Answered>; readonly log?: string } = {},
  hungUp = 0,
): readonly string[] {
  const books = openBooks();
  books.addTokenParts([part]);
  books.addLedger([{ ...entry, ...change.entry }]);
  books.addAnswers([{ ...vended, ...change.answer }]);
  const log = change.log ?? line;
  // Pieces come as they like.
  books.addLog(log.slice(0, 20));
  books.addLog(log.slice(20));
  return books.close(hungUp).findings;
}

describe('the books of a load run', () => {
  it('have nothing to say of a right vend', () => {
    expect(findingsOf()).toEqual([]);
  });

  it.each<[string, Parameters<typeof findingsOf>[0], RegExp]>([
    ['the tag of another tenant', { entry: { tenant: 'globex' } }, /crossed/],
    ['the session of another user', { entry: { sessionName: 'acme@bob' } }, /crossed/],
    ['a policy for another tenant too', { entry: { policyTenants: ['acme', 'globex'] } }, /crossed/],
    ['a policy for nobody', { entry: { policyTenants: [] } }, /crossed/],
    ['a session made for somebody else', { entry: { isForeign: true } }, /somebody else/],
    ['a session that STS did not make', { entry: { sessionToken: 'load-session-2' } }, /did not make/],
    ['an answer that its client found wrong', { answer: { wrong: 'expected 401' } }, /expected 401/],
    ['a request without a record', { answer: { requestId: 'r2' } }, /0 audit lines/],
    ['a request with two records', { log: line + line }, /2 audit lines/],
    ['a record where none belongs', { answer: { isAudited: false } }, /1 audit lines/],
    ['a record of no request', { log: `${line}{"event":"x","request_id":"r9"}\n` }, /belong to no request/],
    ['a session token in the log', { log: `${line}{"x":"load-session-1"}\n` }, /holds a secret/],
    ['a secret of the execution role in the log', { log: `${line}{"x":"executionLoadSecretAccessKey"}\n` }, /secret/],
    ['a whole token in the log', { log: `${line}{"x":"eyJhIjoxfQ.eyJiIjoyfQ.x"}\n` }, /holds a secret/],
    ['a signature in the log', { log: `${line}{"x":"${part}"}\n` }, /part of a token/],
    ['a line that is no JSON', { log: `${line}Error: x\n` }, /no JSON/],
    ['half a line', { log: `${line}{"x"` }, /half a line/],
  ])('find %s', (_, change, finding) => {
    expect(findingsOf(change).join('\n')).toMatch(finding);
  });

  it('allow a record of a caller who hung up', () => {
    expect(findingsOf({ log: `${line}{"event":"x","request_id":"r9"}\n` }, 1)).toEqual([]);
  });
});

describe('memory', () => {
  const samples = (grow: (second: number) => number): readonly number[] =>
    Array.from({ length: 60 }, (_, second) => grow(second) * 1e6);

  it('is flat where it swings and stays', () => {
    expect(judgeMemory(samples((second) => 50 + (second % 5)))).toMatchObject({ isFlat: true });
  });

  it('is not where it grows, and the slope says how fast', () => {
    const trend = judgeMemory(samples((second) => 50 + second));
    expect(trend?.isFlat).toBe(false);
    expect(trend?.slopeKilobytesPerSecond).toBeCloseTo(1_000, 3);
  });

  it('is not judged by a handful of samples', () => {
    expect(judgeMemory([1, 2, 3])).toBeUndefined();
  });
});

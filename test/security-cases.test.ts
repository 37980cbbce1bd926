// The case table holds: every case has a test or a reason, no title names a case that is not there, and the page says so.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exceptions, findTests, page, readCases, renderPage } from './security-cases.ts';

const cases = readCases();
const tests = findTests();
const excepted = exceptions.map(({ id }) => id);

describe('the security cases', () => {
  it('are 156, each once', () => {
    expect(cases).toHaveLength(156);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(156);
  });

  it('have a test named by their id each, or a reason', () => {
    expect(cases.map(({ id }) => id).filter((id) => !tests.has(id) && !excepted.includes(id))).toEqual([]);
  });

  it('are all that titles name', () => {
    const known = new Set(cases.map(({ id }) => id));
    expect([...tests.keys()].filter((id) => !known.has(id))).toEqual([]);
  });

  it('are excepted only where they are there, once, and for features of a later step mostly', () => {
    expect(new Set(excepted).size).toBe(excepted.length);
    const later = cases.filter(({ id }) => exceptions.some((one) => one.id === id && one.kind === 'later'));
    expect(later.map(({ group }) => group).filter((group) => !/^(?:replay-revocation|rate-cost)$/.test(group))).toEqual(
      [],
    );
    expect(excepted.filter((id) => !cases.some((one) => one.id === id))).toEqual([]);
  });

  it('over HTTP stand at the door, in tests of the built handler', () => {
    const groups = /^(?:jwt-|tenant-claim|request-abuse|response)/;
    const elsewhere = cases
      .filter(({ id, harness, group }) => harness === 'H' && groups.test(group) && !excepted.includes(id))
      .filter(({ id }) => !tests.get(id)!.some((path) => /^test\/(?:security-cases|e2e)\//.test(path)))
      .map(({ id }) => id);
    // A warning of synth, which no request can show.
    expect(elsewhere).toEqual(['SEC-TEN-11']);
  });

  it('name test files that are there', () => {
    expect([...tests.values()].flat().filter((path) => !existsSync(path))).toEqual([]);
  });

  it('stand in the page as they are: `node test/security-cases.ts --write-docs` writes it', () => {
    expect(readFileSync(page, 'utf8')).toBe(renderPage(cases, tests));
  });
});

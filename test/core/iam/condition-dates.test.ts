// Dates in conditions: days that never come are no dates, in a policy as in a request.
import { describe, expect, it } from 'vitest';
import { evaluate, type PolicyStatement } from '../../../core/iam/index.ts';
import { parseConditions } from '../../../core/iam/condition.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import { documentOf, principalWith, readObject } from './fixtures.ts';

describe('a date in a condition', () => {
  it.each(['2026-02-29', '2026-02-30', '2026-04-31T10:00:00Z', '2100-02-29', '2026-00-10', '2026-13-01', '2026-01-32'])(
    'is refused where there is no such day: %s',
    (text) => {
      expect(() => parseConditions({ DateLessThan: { 'aws:CurrentTime': text } }, true, 'here')).toThrow(
        PolicySyntaxError,
      );
    },
  );

  it.each(['2028-02-29', '2000-02-29T23:59:59Z', '2026-12-31', '2026-01-01T00:00:00+01:00'])(
    'is taken where there is: %s',
    (text) => {
      expect(parseConditions({ DateLessThan: { 'aws:CurrentTime': text } }, true, 'here')).toHaveLength(1);
    },
  );

  it('denies for a Deny whose request names a day that never comes', () => {
    const ask = (statement: PolicyStatement): string =>
      evaluate({
        policies: { role: [documentOf([{ Effect: 'Allow', Action: '*', Resource: '*' }, statement])] },
        principal: principalWith(),
        request: { ...readObject, context: { 'aws:CurrentTime': '2026-02-30T00:00:00Z' } },
      }).outcome;
    const condition = { DateGreaterThan: { 'aws:CurrentTime': '2030-01-01' } };
    expect(ask({ Effect: 'Deny', Action: '*', Resource: '*', Condition: condition })).toBe('explicitly-denied');
  });
});

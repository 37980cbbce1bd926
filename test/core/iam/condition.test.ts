import { describe, expect, it } from 'vitest';
import { evaluate, type ConditionElement, type Decision } from '../../../core/iam/index.ts';
import vectors from '../../vectors/iam-conditions.json' with { type: 'json' };
import { allowAll, documentInVersion, principalWith, readObject } from './fixtures.ts';

interface ConditionVector {
  readonly id: string;
  readonly condition: ConditionElement;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly holds: boolean | 'error';
  readonly version?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
}

function decide(effect: 'Allow' | 'Deny', vector: ConditionVector): Decision {
  const statement = { Effect: effect, Action: '*', Resource: '*', Condition: vector.condition };
  const document = documentInVersion(statement, vector.version);
  return evaluate({
    policies: { role: effect === 'Allow' ? [document] : [allowAll, document] },
    principal: principalWith(vector.tags),
    request: { ...readObject, context: vector.context },
  });
}

describe('conditions', () => {
  const conditions = vectors as unknown as readonly ConditionVector[];

  it.each(conditions)('$id on an Allow', (vector) => {
    expect(decide('Allow', vector).outcome).toBe(vector.holds === true ? 'allowed' : 'implicitly-denied');
  });

  it.each(conditions)('$id on a Deny', (vector) => {
    const { outcome } = decide('Deny', vector);
    if (vector.holds === true) expect(outcome).toBe('explicitly-denied');
    else if (vector.holds === false) expect(outcome).toBe('allowed');
    else expect(outcome).not.toBe('allowed');
  });

  it('tells which condition failed and on what values', () => {
    const condition = { StringEquals: { 'aws:PrincipalTag/t': 'acme' } };
    const vector = { id: '', condition, context: {}, holds: false, tags: { t: 'globex' } } as const;
    const [reason] = decide('Allow', vector).reasons;
    expect(reason).toMatchObject({ layer: 'role', document: 0, statement: 0, effect: 'Allow', result: 'not-matched' });
    expect(reason?.detail).toContain('globex');
  });

  it('tells that a condition could not be decided', () => {
    const vector = { id: '', condition: { NumericLessThan: { a: '1' } }, context: { a: 'x' }, holds: 'error' } as const;
    expect(decide('Allow', vector)).toMatchObject({ outcome: 'implicitly-denied', reasons: [{ result: 'error' }] });
    expect(decide('Deny', vector)).toMatchObject({ outcome: 'explicitly-denied', decidedBy: { result: 'error' } });
  });
});

import { describe, expect, it } from 'vitest';
import { evaluate, type PolicyDocument } from '../../../core/iam/index.ts';
import { parsePolicy } from '../../../core/iam/policy.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import vectors from '../../vectors/iam-malformed.json' with { type: 'json' };
import { allowAll, documentOf, principalWith, readObject } from './fixtures.ts';

interface MalformedVector {
  readonly id: string;
  readonly kind: 'role' | 'resource';
  readonly document: PolicyDocument;
}

describe('malformed documents', () => {
  const documents = vectors as unknown as readonly MalformedVector[];

  it.each(documents)('$id is refused by the parser', ({ kind, document }) => {
    expect(() => parsePolicy(document, kind === 'role' ? 'identity' : 'resource')).toThrow(PolicySyntaxError);
  });

  it.each(documents)('$id denies, in whatever layer it stands', ({ kind, document }) => {
    const layers =
      kind === 'resource'
        ? [{ role: [allowAll], resource: document }]
        : [
            { role: [allowAll, document] },
            { role: [allowAll], session: [allowAll, document] },
            { role: [allowAll], boundary: [document, allowAll] },
          ];
    for (const policies of layers) {
      const decision = evaluate({ policies, principal: principalWith(), request: readObject });
      expect(decision).toMatchObject({ outcome: 'explicitly-denied', decidedBy: { result: 'error' } });
    }
  });
});

describe('parsing', () => {
  it('takes a document without Version as of 2008', () => {
    expect(parsePolicy({ Statement: [] }, 'identity').version).toBe('2008-10-17');
  });

  it('keeps Sid and position of each statement', () => {
    const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
    const { statements } = parsePolicy(documentOf([statement, { ...statement, Sid: 'Second' }]), 'identity');
    expect(statements).toMatchObject([{ index: 0 }, { index: 1, sid: 'Second' }]);
  });

  it('takes a star for everybody as AWS principals only', () => {
    for (const kind of ['Service', 'Federated', 'CanonicalUser']) {
      const statement = { Effect: 'Allow', Principal: { [kind]: '*' }, Action: '*', Resource: '*' };
      expect(() => parsePolicy(documentOf(statement), 'resource')).toThrow(PolicySyntaxError);
    }
  });

  it('refuses a document whose elements are only inherited', () => {
    const inherited = Object.create({ Statement: [] }) as PolicyDocument;
    const statement = Object.create({ Effect: 'Allow', Action: '*', Resource: '*' }) as Record<string, unknown>;
    expect(
      evaluate({ policies: { role: [inherited] }, principal: principalWith(), request: readObject }).outcome,
    ).not.toBe('allowed');
    expect(() => parsePolicy(documentOf(JSON.parse(JSON.stringify(statement)) as never), 'identity')).toThrow(
      PolicySyntaxError,
    );
  });
});

// What the evaluator says of its decision, and whom a resource policy names: the words are read by people, the places by tools.
import { describe, expect, it } from 'vitest';
import { evaluate, type Decision, type EvaluationInput, type PolicyStatement } from '../../../core/iam/index.ts';
import { allowAll, documentOf, principalWith, readObject, roleArn, sessionArn } from './fixtures.ts';

const deny: PolicyStatement = { Sid: 'Never', Effect: 'Deny', Action: 's3:*', Resource: '*' };
const allow: PolicyStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/t/acme/*' };

function decide(policies: EvaluationInput['policies'], over: Partial<EvaluationInput['request']> = {}): Decision {
  return evaluate({ policies, principal: principalWith(), request: { ...readObject, ...over } });
}

describe('reasons', () => {
  it('name the layer, document and statement that decided', () => {
    const both = [allowAll, documentOf([allow, deny])];
    for (const [layer, policies] of [
      ['role', { role: both }],
      ['session', { role: [allowAll], session: both }],
      ['boundary', { role: [allowAll], boundary: both }],
    ] as const) {
      expect(decide(policies).decidedBy).toEqual({
        layer,
        document: 1,
        statement: 1,
        sid: 'Never',
        effect: 'Deny',
        result: 'matched',
        detail: `Deny of s3:GetObject on ${readObject.resource}`,
      });
    }
    const resource = documentOf({ ...deny, Principal: '*' });
    expect(decide({ role: [allowAll], resource }).decidedBy).toMatchObject({ layer: 'resource', document: 0 });
  });

  it('leave out a Sid that is not there', () => {
    expect(decide({ role: [documentOf(allow)] }).decidedBy).not.toHaveProperty('sid');
  });

  it('list what denied, what allowed and what nearly did', () => {
    const other = { ...allow, Resource: 'arn:aws:s3:::b/t/globex/*' };
    const { reasons } = decide({ role: [documentOf([allow, other, deny])] });
    expect(reasons.map(({ statement, effect, result }) => [statement, effect, result])).toEqual([
      [2, 'Deny', 'matched'],
      [0, 'Allow', 'matched'],
      [1, 'Allow', 'not-matched'],
    ]);
  });

  it('say nothing of statements about other actions', () => {
    expect(decide({ role: [documentOf([allow, { ...allow, Action: 'sqs:*' }])] }).reasons).toHaveLength(1);
  });

  it('say which element did not match, and on what', () => {
    const detailOf = (statement: PolicyStatement, context = {}): string =>
      decide({ role: [documentOf(statement)] }, { context }).reasons[0]!.detail;
    expect(detailOf({ ...allow, Resource: ['arn:aws:s3:::c/*'] })).toBe(
      `Resource ["arn:aws:s3:::c/*"] does not match ${readObject.resource}`,
    );
    const { Resource: _, ...rest } = allow;
    expect(detailOf({ ...rest, NotResource: 'arn:aws:s3:::b/*' })).toBe(
      `NotResource ["arn:aws:s3:::b/*"] covers ${readObject.resource}`,
    );
    const conditional = { ...allow, Condition: { StringEquals: { 's3:prefix': 'a' } } };
    expect(detailOf(conditional)).toBe('StringEquals wants ["a"]: s3:prefix is absent');
    expect(detailOf(conditional, { 's3:prefix': 'b' })).toBe('StringEquals wants ["a"]: s3:prefix is ["b"]');
    const undecidable = { ...allow, Condition: { NumericEquals: { n: '1' } } };
    expect(detailOf(undecidable, { n: 'x' })).toBe('NumericEquals: "x" is not a number');
  });

  it('name the caller that a Principal does not match: the session where there is one, else the role', () => {
    const resource = documentOf({ ...allow, Principal: { AWS: 'arn:aws:iam::111122223333:role/other' } });
    expect(decide({ role: [], resource }).reasons[0]!.detail).toBe(`Principal does not match ${sessionArn}`);
    const { reasons } = evaluate({
      policies: { role: [], resource },
      principal: { arn: roleArn, accountId: '111122223333' },
      request: readObject,
    });
    expect(reasons[0]!.detail).toBe(`Principal does not match ${roleArn}`);
  });

  it('of a malformed document say where it stands, and that it denies', () => {
    const decision = decide({ role: [allowAll, { Statement: { Effect: 'allow' } }] });
    expect(decision).toMatchObject({
      outcome: 'explicitly-denied',
      decidedBy: { layer: 'role', document: 1, result: 'error', detail: 'statement 0: Effect is not Allow or Deny' },
    });
  });

  it('of a request that cannot be read say so, and nothing allows it', () => {
    const decision = decide({ role: [allowAll] }, { context: { 's3:prefix': 'a', 'S3:Prefix': 'b' } });
    expect(decision).toMatchObject({ outcome: 'implicitly-denied', decidedBy: undefined });
    expect(decision.reasons).toMatchObject([{ layer: 'role', document: 0, result: 'error' }]);
  });

  it('keep a Deny that cannot be decided, and count an Allow of that kind as a near miss', () => {
    const Condition = { NumericEquals: { n: '1' } };
    const denying = decide({ role: [allowAll, documentOf({ ...deny, Condition })] }, { context: { n: 'x' } });
    expect(denying).toMatchObject({ outcome: 'explicitly-denied', decidedBy: { result: 'error', sid: 'Never' } });
    const allowing = decide({ role: [documentOf({ ...allow, Condition })] }, { context: { n: 'x' } });
    expect(allowing).toMatchObject({ outcome: 'implicitly-denied', reasons: [{ result: 'error', effect: 'Allow' }] });
  });
});

describe('an account in a resource policy', () => {
  const named = (AWS: string): string =>
    evaluate({
      policies: {
        role: [allowAll],
        resource: documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS } }),
      },
      principal: principalWith(),
      request: { action: 'sts:AssumeRole', resource: 'arn:aws:iam::111122223333:role/target' },
    }).outcome;

  it.each(['111122223333', 'arn:aws:iam::111122223333:root', roleArn, sessionArn, '*'])('is ours as %s', (AWS) => {
    expect(named(AWS)).toBe('allowed');
  });

  it.each([
    '999999999999',
    'arn:aws:iam::999999999999:root',
    'arn:aws-cn:iam::111122223333:root',
    'arn:aws:sts::111122223333:root',
    'arn:aws:iam::111122223333:roots',
    'arn:aws:iam::111122223333:role/other',
    'arn:aws:iam::111122223333:user/root',
    'root',
    `${roleArn}2`,
  ])('is not ours as %s', (AWS) => {
    expect(named(AWS)).toBe('implicitly-denied');
  });

  it.each(['Service', 'Federated', 'CanonicalUser'])('and its session are no %s of the same name', (kind) => {
    for (const id of ['111122223333', sessionArn, 'arn:aws:iam::111122223333:root']) {
      const statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { [kind]: id } };
      const { outcome } = evaluate({
        policies: { role: [allowAll], resource: documentOf(statement) },
        principal: principalWith(),
        request: { action: 'sts:AssumeRole', resource: 'arn:aws:iam::111122223333:role/target' },
      });
      expect([id, outcome]).toEqual([id, 'implicitly-denied']);
    }
  });

  it.each([5, true, null, 'x', [], ['*'], { AWS: 5 }, { AWS: [null] }, { Aws: '*' }, { AWS: 'arn:aws:iam::1:role/*' }])(
    'is refused where the element is malformed: %j',
    (element) => {
      for (const name of ['Principal', 'NotPrincipal']) {
        const resource = documentOf({ ...deny, [name]: element });
        expect(decide({ role: [allowAll], resource }).decidedBy).toMatchObject({ layer: 'resource', result: 'error' });
      }
    },
  );

  it('of a principal whose ARN is none is not its root', () => {
    const { outcome } = evaluate({
      policies: {
        role: [allowAll],
        resource: documentOf({
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        }),
      },
      principal: { arn: 'someone', accountId: '111122223333' },
      request: { action: 'sts:AssumeRole', resource: 'arn:aws:iam::111122223333:role/target' },
    });
    expect(outcome).toBe('implicitly-denied');
  });

  it('and NotPrincipal name one, none or both, but both is refused', () => {
    const both = documentOf({ ...deny, Effect: 'Deny', Principal: '*', NotPrincipal: { AWS: roleArn } });
    expect(decide({ role: [allowAll], resource: both }).decidedBy?.result).toBe('error');
    const spared = documentOf({ ...deny, NotPrincipal: { AWS: [roleArn, sessionArn] } });
    expect(decide({ role: [allowAll], resource: spared }).outcome).toBe('allowed');
    expect(decide({ role: [allowAll], boundary: [allowAll], resource: spared }).outcome).toBe('explicitly-denied');
    const other = documentOf({ ...deny, NotPrincipal: { AWS: 'arn:aws:iam::111122223333:role/other' } });
    expect(decide({ role: [allowAll], resource: other }).outcome).toBe('explicitly-denied');
  });
});

describe('assuming a role', () => {
  const ask = (action: string): string =>
    evaluate({
      policies: { role: [allowAll] },
      principal: principalWith(),
      request: { action, resource: 'arn:aws:iam::111122223333:role/target' },
    }).outcome;

  it.each(['sts:AssumeRole', 'STS:assumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'])(
    'needs a trust policy: %s',
    (action) => {
      expect(ask(action)).toBe('implicitly-denied');
    },
  );

  it.each(['sts:GetCallerIdentity', 'xsts:AssumeRole', 'sts:TagSessions', 'iam:PassRole'])(
    'is something else: %s',
    (action) => {
      expect(ask(action)).toBe('allowed');
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, type EvaluationInput, type PolicyDocument, type PolicyStatement } from '../../../core/iam/index.ts';
import vectors from '../../vectors/iam-evaluation.json' with { type: 'json' };
import { allowAll, documentOf, principalWith, readObject, roleArn, sessionArn, type Outcome } from './fixtures.ts';

interface EvaluationVector {
  readonly id: string;
  readonly outcome: Outcome;
  readonly policies: EvaluationInput['policies'];
  readonly request: EvaluationInput['request'];
  readonly tags?: Readonly<Record<string, string>>;
  readonly principal?: EvaluationInput['principal'];
}

describe('evaluate', () => {
  it.each(vectors as unknown as readonly EvaluationVector[])(
    '$id',
    ({ outcome, policies, request, tags, principal = principalWith(tags) }) => {
      expect(evaluate({ policies, principal, request }).outcome).toBe(outcome);
    },
  );

  it('names the statement that denied', () => {
    const deny = documentOf([
      { Sid: 'Some', Effect: 'Allow', Action: '*', Resource: '*' },
      { Sid: 'Guard', Effect: 'Deny', Action: 's3:*', Resource: '*' },
    ]);
    const policies = { role: [allowAll], session: [allowAll, deny] };
    expect(evaluate({ policies, principal: principalWith(), request: readObject }).decidedBy).toMatchObject({
      layer: 'session',
      document: 1,
      statement: 1,
      sid: 'Guard',
      effect: 'Deny',
      result: 'matched',
    });
  });

  it('names nobody where nothing allowed', () => {
    const decision = evaluate({ policies: { role: [] }, principal: principalWith(), request: readObject });
    expect(decision).toEqual({ outcome: 'implicitly-denied', decidedBy: undefined, reasons: [] });
  });

  it('gives no near miss for statements about other actions', () => {
    const role = [documentOf({ Effect: 'Allow', Action: 'sqs:*', Resource: '*' })];
    expect(evaluate({ policies: { role }, principal: principalWith(), request: readObject }).reasons).toEqual([]);
  });

  it('refuses a principal that carries one tag in two spellings', () => {
    const principal = principalWith({ t: 'acme', T: 'globex' });
    expect(evaluate({ policies: { role: [allowAll] }, principal, request: readObject }).outcome).toBe(
      'implicitly-denied',
    );
  });

  it('takes the session name for aws:userid where no user id is given, and the given one otherwise', () => {
    const role = [
      documentOf({
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:userid': 'AROA:x' } },
      }),
    ];
    const principal = { ...principalWith(), userId: 'AROA:x' };
    expect(evaluate({ policies: { role }, principal, request: readObject }).outcome).toBe('allowed');
    expect(evaluate({ policies: { role }, principal: principalWith(), request: readObject }).outcome).toBe(
      'implicitly-denied',
    );
  });

  it('does not change what it was given', () => {
    const input = { policies: { role: [allowAll] }, principal: principalWith({ t: 'acme' }), request: readObject };
    const before = structuredClone(input);
    evaluate(input);
    expect(input).toEqual(before);
  });
});

// Small alphabets, so that random policies and requests meet.
const action = fc.constantFrom('s3:GetObject', 's3:PutObject', 'sts:AssumeRole', 'sqs:SendMessage');
const actionPattern = fc.oneof(action, fc.constantFrom('*', 's3:*', 's3:Get*', 'sts:*'));
const resource = fc.constantFrom('arn:aws:s3:::b/a/k', 'arn:aws:s3:::b/a-b/k', 'arn:aws:s3:::b', '*');
const resourcePattern = fc.oneof(
  resource,
  fc.constantFrom(
    'arn:aws:s3:::b/*',
    'arn:aws:s3:::b/a*',
    'arn:aws:s3:::b/${aws:PrincipalTag/t}/*',
    'arn:aws:s3:*:*:*',
  ),
);
const value = fc.constantFrom('a', 'a-b', '', '*', '1', 'true');
const condition = fc.dictionary(
  fc.constantFrom(
    'StringEquals',
    'StringNotEquals',
    'StringLike',
    'StringLikeIfExists',
    'ForAllValues:StringEquals',
    'ForAnyValue:StringLike',
    'NumericLessThan',
    'Bool',
    'Null',
    'Nonsense',
  ),
  fc.dictionary(
    fc.constantFrom('aws:x', 'aws:PrincipalTag/t', 's3:prefix'),
    fc.oneof(value, fc.array(value, { maxLength: 2 })),
    {
      maxKeys: 2,
    },
  ),
  { maxKeys: 2 },
);
const principalElement = fc.constantFrom<NonNullable<PolicyStatement['Principal']>>(
  '*',
  { AWS: sessionArn },
  { AWS: roleArn },
  { AWS: '111122223333' },
  { AWS: '444455556666' },
);
const statementOf = (effect: fc.Arbitrary<string>): fc.Arbitrary<PolicyStatement> =>
  fc
    .record({
      Effect: effect,
      actions: fc.array(actionPattern, { maxLength: 2 }),
      negated: fc.boolean(),
      Resource: resourcePattern,
      Condition: condition,
    })
    .map(({ actions, negated, ...rest }) => ({ ...rest, ...(negated ? { NotAction: actions } : { Action: actions }) }));
const statement = statementOf(fc.constantFrom('Allow', 'Allow', 'Deny'));
const document: fc.Arbitrary<PolicyDocument> = fc
  .array(statement, { maxLength: 3 })
  .map((statements) => ({ Version: '2012-10-17', Statement: statements }));
const resourcePolicy: fc.Arbitrary<PolicyDocument> = fc
  .array(
    fc.tuple(statement, principalElement).map(([rest, Principal]) => ({ ...rest, Principal })),
    { maxLength: 2 },
  )
  .map((statements) => ({ Version: '2012-10-17', Statement: statements }));
const context = fc.dictionary(
  fc.constantFrom('aws:x', 's3:prefix', 'aws:TagKeys'),
  fc.oneof(value, fc.array(value, { maxLength: 2 })),
);
const input: fc.Arbitrary<EvaluationInput> = fc
  .record({
    role: fc.array(document, { maxLength: 2 }),
    session: fc.option(fc.array(document, { maxLength: 2 }), { nil: undefined }),
    boundary: fc.option(fc.array(document, { maxLength: 1 }), { nil: undefined }),
    resourcePolicy: fc.option(resourcePolicy, { nil: undefined }),
    action,
    resource,
    context,
    tag: fc.option(value, { nil: undefined }),
  })
  .map((random) => ({
    policies: {
      role: random.role,
      ...(random.session === undefined ? {} : { session: random.session }),
      ...(random.boundary === undefined ? {} : { boundary: random.boundary }),
      ...(random.resourcePolicy === undefined ? {} : { resource: random.resourcePolicy }),
    },
    principal: principalWith(random.tag === undefined ? {} : { t: random.tag }),
    request: { action: random.action, resource: random.resource, context: random.context },
  }));
const isAllowed = (question: EvaluationInput): boolean => evaluate(question).outcome === 'allowed';
const runs = { numRuns: 1500 };

describe('evaluate, for all policies and requests', () => {
  it('never throws, whatever JSON stands where a document belongs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), input, (json, question) => {
        const broken = json as unknown as PolicyDocument;
        const statements = { Version: '2012-10-17', Statement: json } as unknown as PolicyDocument;
        for (const role of [[broken], [statements]]) {
          expect(['implicitly-denied', 'explicitly-denied']).toContain(
            evaluate({ ...question, policies: { role } }).outcome,
          );
        }
        evaluate({
          ...question,
          policies: { role: [allowAll], session: [broken], boundary: [broken], resource: broken },
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('decides allowed only where some statement allows', () => {
    fc.assert(
      fc.property(input, (question) => {
        const { outcome, decidedBy } = evaluate(question);
        if (outcome === 'allowed') expect(decidedBy).toMatchObject({ effect: 'Allow', result: 'matched' });
        else expect(decidedBy?.effect).not.toBe('Allow');
      }),
      runs,
    );
  });

  it('never turns denied into allowed when a Deny is added', () => {
    fc.assert(
      fc.property(input, statementOf(fc.constant('Deny')), (question, deny) => {
        const added = documentOf(deny);
        const { policies } = question;
        for (const changed of [
          { ...policies, role: [...policies.role, added] },
          ...(policies.session === undefined ? [] : [{ ...policies, session: [...policies.session, added] }]),
          ...(policies.boundary === undefined ? [] : [{ ...policies, boundary: [added, ...policies.boundary] }]),
        ]) {
          if (isAllowed({ ...question, policies: changed })) expect(isAllowed(question)).toBe(true);
        }
      }),
      runs,
    );
  });

  it('never enlarges when a session policy or a boundary is added', () => {
    fc.assert(
      fc.property(input, document, (question, added) => {
        const { session, boundary, ...bare } = question.policies;
        const base = { ...question, policies: bare };
        if (isAllowed({ ...question, policies: { ...bare, session: [added] } })) expect(isAllowed(base)).toBe(true);
        if (isAllowed({ ...question, policies: { ...bare, boundary: [added] } })) expect(isAllowed(base)).toBe(true);
        expect(session === undefined || boundary === undefined || Array.isArray(session)).toBe(true);
      }),
      runs,
    );
  });

  it('stays within the session policy unless a resource policy grants to the session or to everybody', () => {
    fc.assert(
      fc.property(input, (question) => {
        const { session, resource: attached } = question.policies;
        if (session === undefined || !isAllowed(question)) return;
        const named = JSON.stringify(attached ?? '');
        if (named.includes(sessionArn) || named.includes('"Principal":"*"')) return;
        expect(isAllowed({ ...question, policies: { ...question.policies, role: session } })).toBe(true);
      }),
      runs,
    );
  });

  it('does not depend on the order of documents, statements or layers of one kind', () => {
    fc.assert(
      fc.property(input, (question) => {
        const reversed = (list: readonly PolicyDocument[]): PolicyDocument[] =>
          list.map((one) => ({ ...one, Statement: [one.Statement].flat().toReversed() })).toReversed();
        const { role, session } = question.policies;
        const changed = {
          ...question.policies,
          role: reversed(role),
          ...(session === undefined ? {} : { session: reversed(session) }),
        };
        expect(evaluate({ ...question, policies: changed }).outcome).toBe(evaluate(question).outcome);
      }),
      runs,
    );
  });

  it('P7: a request parameter that names the caller changes nothing', () => {
    fc.assert(
      fc.property(input, value, fc.constantFrom('t', 'T', 'other'), (question, forged, tag) => {
        const forgedContext = {
          ...question.request.context,
          [`aws:PrincipalTag/${tag}`]: forged,
          'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/admin',
          'AWS:USERID': 'AROA:admin',
          'aws:PrincipalAccount': '444455556666',
        };
        const changed = { ...question, request: { ...question.request, context: forgedContext } };
        expect(evaluate(changed).outcome).toBe(evaluate(question).outcome);
      }),
      runs,
    );
  });

  it('answers thousands of random questions without running away', () => {
    const question = fc.sample(input, { numRuns: 2000, seed: 1 });
    const startedAt = performance.now();
    question.forEach(evaluate);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

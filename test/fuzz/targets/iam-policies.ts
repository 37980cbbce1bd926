// Conditions and whole policy documents, parsed and decided.
import fc from 'fast-check';
import { holds, parseConditions } from '../../../core/iam/condition.ts';
import { buildContext } from '../../../core/iam/context.ts';
import { evaluate, type PolicyDocument } from '../../../core/iam/index.ts';
import { parsePolicy } from '../../../core/iam/policy.ts';
import { ConditionError, isRecord, PolicySyntaxError } from '../../../core/iam/syntax.ts';
import { accepted, hold, jsonOf, promise, promiseEqual, refused, type Target } from '../target.ts';
import { arnText } from './iam-names.ts';

const contextValue = fc.oneof(
  fc.constantFrom('acme', 'ACME', 'acme2', '5', 'true', '2026-01-01T00:00:00Z', '10.0.0.1', 'arn:aws:s3:::b/k'),
  fc.string({ maxLength: 6 }),
);
const operatorName = fc
  .tuple(
    fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
      'NumericEquals',
      'NumericLessThan',
      'DateGreaterThan',
      'Bool',
      'IpAddress',
      'NotIpAddress',
      'ArnLike',
      'ArnNotLike',
      'Null',
      'BinaryEquals',
      'StringMatches',
    ),
    fc.constantFrom('', '', 'IfExists'),
  )
  .map((parts) => parts.join(''));
const conditionBlock = fc.dictionary(
  operatorName,
  fc.dictionary(
    fc.constantFrom('k', 'K', 'aws:SourceIp', 'q'),
    fc.oneof(contextValue, fc.array(contextValue, { maxLength: 3 })),
    { maxKeys: 2 },
  ),
  { maxKeys: 2 },
);
const contextBlock = fc.dictionary(
  fc.constantFrom('k', 'q', 'aws:SourceIp'),
  fc.oneof(contextValue, fc.array(contextValue, { maxLength: 3 })),
  { maxKeys: 3 },
);
/** Pairs of operators of which exactly one holds for a key with one value. */
const opposites: Readonly<Record<string, string>> = {
  StringEquals: 'StringNotEquals',
  StringLike: 'StringNotLike',
  StringEqualsIgnoreCase: 'StringNotEqualsIgnoreCase',
  NumericEquals: 'NumericNotEquals',
  DateEquals: 'DateNotEquals',
  IpAddress: 'NotIpAddress',
  ArnLike: 'ArnNotLike',
  ArnEquals: 'ArnNotEquals',
};

/** Whether the day at the start of a date exists, by the calendar's own rule. */
function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? [];
  if (day === undefined) return true;
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1];
  return days !== undefined && Number(day) >= 1 && Number(day) <= days;
}

const condition: Target = {
  name: 'condition',
  words: [
    'ForAllValues:',
    'ForAnyValue:',
    'IfExists',
    'StringLike',
    'Null',
    'true',
    '${aws:PrincipalTag/k}',
    '10.0.0.0/8',
    '::1',
    '2026-02-30',
    '1e3',
    '[]',
  ],
  maxLength: 1200,
  structured: fc.tuple(conditionBlock, contextBlock).map((pair) => JSON.stringify(pair)),
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined || !Array.isArray(read.value)) return refused('no pair');
    const [block, given] = read.value as unknown[];
    const isGiven =
      isRecord(given) &&
      Object.values(given)
        .flat()
        .every((value) => typeof value === 'string');
    if (!isGiven) return refused('no context');
    return hold(
      () => {
        const conditions = parseConditions(block, true, 'here');
        const context = buildContext({ arn: 'arn:aws:iam::1:role/r', accountId: '1' }, given as Record<string, string>);
        return conditions.map((one) => ({ one, context, verdict: holds(one, context) }));
      },
      [PolicySyntaxError, ConditionError],
      (decided) => {
        for (const { one, context, verdict } of decided) {
          const values = context.values(one.key);
          if (one.operator.startsWith('Null')) {
            promise(
              verdict === ((values === undefined) === (one.expected[0]!.toLowerCase() === 'true')),
              'Null decides otherwise',
            );
          }
          if (/^Date/.test(one.operator)) promise(one.expected.every(isDay), 'takes a day that never comes for a date');
          const opposite = opposites[one.operator];
          if (opposite === undefined || values === undefined) continue;
          const [other] = parseConditions({ [opposite]: { [one.key]: one.expected } }, true, 'here');
          promise(holds(other!, context) !== verdict, `${one.operator} and ${opposite} agree`);
        }
        return accepted(
          decided
            .map(({ one, verdict }) => `${one.operator} ${verdict}`)
            .join()
            .slice(0, 60),
        );
      },
    );
  },
};

const oneOrMany = (items: fc.Arbitrary<string>): fc.Arbitrary<unknown> =>
  fc.oneof(items, fc.array(items, { maxLength: 2 }));
const statement = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny', 'Deny', 'allow'),
    Action: oneOrMany(fc.constantFrom('s3:GetObject', 's3:*', '*', 'sts:AssumeRole', 's3:Get?bject')),
    NotAction: oneOrMany(fc.constantFrom('iam:*', 's3:PutObject')),
    Resource: oneOrMany(fc.oneof(fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/k', 'b'), arnText)),
    NotResource: oneOrMany(fc.constantFrom('arn:aws:s3:::c/*')),
    Principal: fc.constantFrom(
      '*',
      { AWS: '111122223333' },
      { AWS: ['*'] },
      { Service: 'lambda.amazonaws.com' },
      { Bad: 'x' },
    ),
    Condition: conditionBlock,
    Sid: fc.constantFrom('A', 1),
  },
  { requiredKeys: ['Effect'] },
);
const goodStatement = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: oneOrMany(fc.constantFrom('s3:GetObject', 's3:*', '*')),
    Resource: oneOrMany(fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/k', 'arn:aws:s3:::c')),
    Principal: fc.constantFrom('*', { AWS: '111122223333' }, { AWS: 'arn:aws:iam::111122223333:role/r' }),
    Condition: fc.constantFrom(
      { StringEquals: { k: 'acme' } },
      { Null: { k: 'false' } },
      { NumericLessThan: { k: 5 } },
    ),
  },
  { requiredKeys: ['Effect', 'Action', 'Resource'] },
);
const document = fc
  .record(
    {
      Version: fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17', 'x'),
      Statement: fc.oneof(
        statement,
        fc.array(statement, { maxLength: 3 }),
        goodStatement,
        fc.array(goodStatement, { maxLength: 3 }),
      ),
      Id: fc.constant('i'),
    },
    { requiredKeys: ['Statement'] },
  )
  .map((value) => JSON.stringify(value));

const asked = {
  principal: {
    arn: 'arn:aws:iam::111122223333:role/r',
    sessionArn: 'arn:aws:sts::111122223333:assumed-role/r/s',
    accountId: '111122223333',
  },
  request: { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', context: { k: 'acme' } },
};
const allowAll: PolicyDocument = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
const denyAll: PolicyDocument = { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: '*', Resource: '*' } };

const policy: Target = {
  name: 'policy',
  words: [
    '"Statement":[',
    '"Effect":"Allow"',
    '"Effect":"Deny"',
    '"Action":"*"',
    '"NotAction":"iam:*"',
    '"Resource":"*"',
    '"Principal":"*"',
    '"Condition":{}',
    '"Version":"2012-10-17"',
    'null',
    '{}',
    '[]',
  ],
  maxLength: 4096,
  structured: document,
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    const untrusted = read.value as PolicyDocument;
    const outcomes = (['identity', 'resource'] as const).map((kind) =>
      hold(
        () => parsePolicy(untrusted, kind),
        [PolicySyntaxError],
        ({ statements }) => {
          promise(
            statements.every(({ effect }) => ['Allow', 'Deny'].includes(effect)),
            'another effect',
          );
          return accepted(`${kind} of ${Math.min(statements.length, 3)}`);
        },
      ),
    );
    const layers = {
      role: { role: [untrusted] },
      session: { role: [allowAll], session: [untrusted] },
      boundary: { role: [allowAll], boundary: [untrusted] },
      resource: { role: [allowAll], resource: untrusted },
    };
    for (const [layer, policies] of Object.entries(layers)) {
      const { outcome, decidedBy } = evaluate({ ...asked, policies });
      const parses = outcomes[layer === 'resource' ? 1 : 0]!.accepted;
      promise(parses || outcome === 'explicitly-denied', `does not deny for a malformed document as ${layer}`);
      promise((outcome === 'implicitly-denied') === (decidedBy === undefined), 'decides without a statement');
      const denied = evaluate({ ...asked, policies: { ...policies, role: [...policies.role, denyAll] } });
      promise(denied.outcome === 'explicitly-denied', `allows past a Deny of everything as ${layer}`);
      promiseEqual(evaluate({ ...asked, policies }).outcome, outcome, 'decides differently the second time');
    }
    return outcomes.find((outcome) => outcome.accepted) ?? outcomes[0]!;
  },
};

export const iamPolicyTargets: readonly Target[] = [condition, policy];

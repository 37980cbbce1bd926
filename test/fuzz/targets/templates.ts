// Statement templates with hostile values, and the session policies they render to, asked of the evaluator.
import fc from 'fast-check';
import { evaluate, type PolicyStatement } from '../../../core/iam/index.ts';
import { parsePolicy, type Statement } from '../../../core/iam/policy.ts';
import type { Issue } from '../../../core/schema.ts';
import { renderSessionPolicy } from '../../../core/session-policy.ts';
import {
  fillStatement,
  placeholdersOf,
  statementTemplateSchema,
  type StatementTemplate,
} from '../../../core/statement-template.ts';
import { isTenantId } from '../../../core/tenant.ts';
import { configWith, permissionSetInput } from '../../core/fixtures.ts';
import { accepted, holdCodes, jsonOf, promise, promiseEqual, refused, type Target } from '../target.ts';

const schema = statementTemplateSchema(() => ['folder']);
/** What a value would need to break out of its place, in any of the languages that the text passes through. */
const hostile = [
  '*',
  '?',
  '${aws:username}',
  '${*}',
  '"',
  '\\',
  '{{tenant}}',
  '}',
  '{',
  ':',
  'a:b:c:d:e:f',
  "', 'x'",
  '/../',
  '\n',
  '$',
  '$${',
  '\u{1f600}',
];

/** Everything about a statement but its literal text: elements, their counts, and where wildcards and variables stand. */
function structureOf(statement: PolicyStatement): unknown {
  const parsed: Statement = parsePolicy({ Version: '2012-10-17', Statement: statement }, 'identity').statements[0]!;
  const kinds = (parts: readonly { readonly kind: string }[]): unknown =>
    parts.map((part) => ('name' in part ? part.name : part.kind)).filter((kind) => kind !== 'literal');
  const resources = (parsed.resources?.patterns ?? []).map((one) =>
    one.kind === 'all' ? one.kind : one.parts.map(kinds),
  );
  return {
    elements: Object.keys(statement),
    actions: parsed.actions,
    resources,
    conditions: parsed.conditions.map(({ operator, key, expected }) => [operator, key, expected.length]),
  };
}

const templateText = fc
  .array(
    fc.constantFrom(
      '{{tenant}}',
      '{{subject}}',
      '{{folder}}',
      '{{x}}',
      '/',
      '*',
      ':',
      '${',
      '}',
      'a',
      '${aws:x}',
      '$',
      '{',
      "${a, '",
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(''));
const templateStatement = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('s3:GetObject', ['s3:*'], '{{tenant}}'),
    Resource: fc.oneof(
      fc.constant('*'),
      templateText.map((text) => `arn:aws:s3:::b/${text}`),
      templateText.map((text) => `arn:aws:sqs:${text}`),
      fc.array(templateText, { maxLength: 2 }),
    ),
    Condition: fc.dictionary(
      fc.constantFrom(
        'StringEquals',
        'StringLike',
        'ForAllValues:StringLike',
        'ArnLike',
        'NumericEquals',
        'Bool',
        'Null',
      ),
      fc.dictionary(
        fc.constantFrom('s3:prefix', 'aws:PrincipalTag/TenantId', '{{tenant}}'),
        fc.oneof(templateText, fc.constantFrom('true', '5'), fc.array(templateText, { maxLength: 2 })),
        { maxKeys: 1 },
      ),
      { maxKeys: 2 },
    ),
    shared: fc.string({ maxLength: 4 }),
  },
  { requiredKeys: ['Effect', 'Action', 'Resource'] },
);

const statementTemplate: Target = {
  name: 'statement-template',
  words: [
    '{{tenant}}',
    '{{subject}}',
    '{{folder}}',
    '{{',
    '}}',
    '${',
    '${*}',
    '"Condition":',
    '"StringLike":',
    'arn:aws:s3:::b/',
    ':',
    '*',
    '\\u007b',
  ],
  maxLength: 3000,
  structured: templateStatement.map((value) => JSON.stringify(value)),
  check: (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    const issues: Issue[] = [];
    const template: StatementTemplate | undefined = schema.parse(read.value, '', issues);
    promise((template === undefined) === issues.length > 0, 'refuses without an issue, or accepts with one');
    if (template === undefined) return refused(`${issues[0]!.pointer.slice(0, 24)} ${issues[0]!.message.slice(0, 40)}`);
    const expected = structureOf(fillStatement(template, () => 'x'));
    for (const value of hostile) {
      const filled = fillStatement(template, () => value);
      promiseEqual(structureOf(filled), expected, `${JSON.stringify(value)} changes the structure`);
      promise(!('shared' in filled), 'the reason of a shared statement leaves');
    }
    return accepted([...placeholdersOf(template)].sort().join());
  },
};

const sets = configWith({
  permissionSets: {
    documents: permissionSetInput({
      parameters: { folder: { from: 'request' } },
      statements: [
        { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/{{folder}}/*' },
        { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::b/{{tenant}}/home/{{subject}}/*' },
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: 'arn:aws:s3:::b',
          Condition: { StringLike: { 's3:prefix': '{{tenant}}/*' } },
        },
        {
          Effect: 'Allow',
          Action: 'dynamodb:GetItem',
          Resource: 'arn:aws:dynamodb:eu-west-1:1:table/t',
          Condition: {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'TENANT#{{tenant}}#*' },
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
        },
      ],
    }),
  },
});
const principal = { arn: 'arn:aws:iam::1:role/r', sessionArn: 'arn:aws:sts::1:assumed-role/r/s', accountId: '1' };
/** What the owner of a name may reach, one request for each statement. */
const requestsOf = (
  tenant: string,
  subjectName: string,
  folder: string,
): Parameters<typeof evaluate>[0]['request'][] => [
  { action: 's3:GetObject', resource: `arn:aws:s3:::b/${tenant}/${folder}/k` },
  { action: 's3:PutObject', resource: `arn:aws:s3:::b/${tenant}/home/${subjectName}/k` },
  { action: 's3:ListBucket', resource: 'arn:aws:s3:::b', context: { 's3:prefix': `${tenant}/x` } },
  {
    action: 'dynamodb:GetItem',
    resource: 'arn:aws:dynamodb:eu-west-1:1:table/t',
    context: { 'dynamodb:LeadingKeys': [`TENANT#${tenant}#1`] },
  },
];
const name = fc.oneof(
  fc.constantFrom('acme', 'acme2', 'a', 'a-b', 'ab', 'a.b', '*', 'acme/', '${aws:x}'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const sessionPolicy: Target = {
  name: 'session-policy',
  words: ['*', '?', '${aws:username}', '/', '..', 'acme', 'acme2', '"', '\\', '#', '\\u0000', '","'],
  maxLength: 400,
  structured: fc.tuple(name, name, name, name).map((values) => JSON.stringify(values)),
  check: (input) => {
    const read = jsonOf(input);
    const values: unknown[] = Array.isArray(read?.value) ? (read.value as unknown[]) : [];
    const [tenant, other, subjectName, folder] = values;
    if (
      typeof tenant !== 'string' ||
      typeof other !== 'string' ||
      typeof subjectName !== 'string' ||
      typeof folder !== 'string'
    ) {
      return refused('no four names');
    }
    return holdCodes(
      () => renderSessionPolicy(sets, 'documents', { tenant, subject: subjectName, parameters: { folder } }),
      ['tenant-invalid', 'parameter-invalid', 'policy-too-large'],
      ({ document, text }) => {
        promise(isTenantId(tenant) && isTenantId(folder), 'renders what the grammar refuses');
        promiseEqual(JSON.parse(text), document, 'sends another document than it shows');
        const decide = (request: Parameters<typeof evaluate>[0]['request']): string =>
          evaluate({
            policies: {
              role: [{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
              session: [document],
            },
            principal,
            request,
          }).outcome;
        promise(
          requestsOf(tenant, subjectName, folder).every((request) => decide(request) === 'allowed'),
          'keeps a tenant from its own',
        );
        const foreign = [
          ...requestsOf(other, subjectName, folder),
          ...requestsOf(tenant.slice(0, -1), subjectName, folder),
          ...requestsOf(`${tenant}2`, subjectName, folder),
        ];
        if (other !== tenant && isTenantId(other))
          promise(
            foreign.every((request) => decide(request) !== 'allowed'),
            'lets a tenant reach another',
          );
        return undefined;
      },
    );
  },
};

export const templateTargets: readonly Target[] = [statementTemplate, sessionPolicy];

// How fast the policy engine is: evaluations a second of a ten-statement policy, and the proof per shipped permission set.
// Run by bench/run.ts.
import {
  evaluate,
  parseVendingConfig,
  prove,
  renderSessionPolicy,
  type PolicyDocument,
  type VendingConfig,
} from '../core/index.ts';

const role = 'arn:aws:iam::111122223333:role/documents';

function configOf(statements: readonly object[]): VendingConfig {
  return parseVendingConfig({
    issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
    permissionSets: { documents: { roleArn: role, statements } },
  });
}

const tenStatements = Array.from({ length: 10 }, (_, index) => ({
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject'],
  Resource: `arn:aws:s3:::bucket-${index}/{{tenant}}/*`,
  ...(index % 2 === 0
    ? { Condition: { Bool: { 'aws:SecureTransport': 'true' }, StringLike: { 's3:prefix': '{{tenant}}/*' } } }
    : {}),
}));

/** Runs a task for about `milliseconds` and gives the runs per second. */
export function perSecond(task: () => void, milliseconds = 1000): number {
  const until = performance.now() + milliseconds;
  const startedAt = performance.now();
  let runs = 0;
  while (performance.now() < until) {
    task();
    runs += 1;
  }
  return runs / ((performance.now() - startedAt) / 1000);
}

/** Evaluations a second of a ten-statement policy whose last statement decides; `walls` 2 adds a session policy of ten more. */
export function evaluationsPerSecond(walls: 1 | 2, milliseconds?: number): number {
  const tenant = 'acme';
  const session: PolicyDocument = {
    Version: '2012-10-17',
    Statement: tenStatements.map((statement) => ({
      ...statement,
      Resource: statement.Resource.replace('{{tenant}}', tenant),
    })),
  };
  const input = {
    policies: { role: [session], ...(walls === 2 ? { session: [session] } : {}) },
    principal: { arn: role, accountId: '111122223333', tags: { TenantId: tenant } },
    request: {
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::bucket-9/acme/key',
      context: { 'aws:SecureTransport': 'true', 's3:prefix': 'acme/' },
    },
  };
  if (evaluate(input).outcome !== 'allowed') throw new TypeError('the benchmark measures the wrong thing');
  return perSecond(() => void evaluate(input), milliseconds);
}

/** Microseconds of one rendering of a set with three statements. */
export function renderMicroseconds(milliseconds?: number): number {
  const config = configOf(tenStatements.slice(0, 3));
  return (
    1e6 /
    perSecond(() => void renderSessionPolicy(config, 'documents', { tenant: 'acme', subject: 'alice' }), milliseconds)
  );
}

/** Milliseconds of one proof, per kind of template. */
export function proofMilliseconds(): Readonly<
  Record<string, { readonly verdict: string; readonly milliseconds: number }>
> {
  const leadingKeys = {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['{{tenant}}', '{{tenant}}#*'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
  const templates: Readonly<Record<string, readonly object[]>> = {
    'S3 prefix': [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
    'DynamoDB leading key': [
      {
        Effect: 'Allow',
        Action: 'dynamodb:GetItem',
        Resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/t',
        Condition: leadingKeys,
      },
    ],
    'leak: no delimiter': [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}*' }],
    'leak: suffix': [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:111122223333:*-{{tenant}}' },
    ],
    'ten statements': tenStatements,
  };
  return Object.fromEntries(
    Object.entries(templates).map(([name, statements]) => {
      const config = configOf(statements);
      const startedAt = performance.now();
      const { verdict } = prove(config);
      return [name, { verdict, milliseconds: Math.round((performance.now() - startedAt) * 10) / 10 }];
    }),
  );
}

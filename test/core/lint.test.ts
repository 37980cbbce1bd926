// What is risky is named, by rule and place.
import { describe, expect, it } from 'vitest';
import { lint, parseVendingConfig, type StatementTemplate } from '../../core/index.ts';

function rulesOf(statement: StatementTemplate, set: object = {}): readonly string[] {
  const config = parseVendingConfig({
    issuers: [{ name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } }],
    permissionSets: {
      documents: { roleArn: 'arn:aws:iam::111122223333:role/documents', statements: [statement], ...set },
    },
  });
  return lint(config).map(({ rule, severity }) => `${severity} ${rule}`);
}

const allow = (
  Action: string | readonly string[],
  Resource = 'arn:aws:s3:::b/{{tenant}}/*',
  more: object = {},
): StatementTemplate => ({ Effect: 'Allow', Action, Resource, ...more });
const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/t';
const leadingKeys = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['{{tenant}}'] } };

describe('lint', () => {
  it.each<[string, StatementTemplate]>([
    ["named actions on the tenant's own", allow(['s3:GetObject', 's3:PutObject'])],
    [
      'a leading key that must be there',
      allow('dynamodb:GetItem', table, { Condition: { ...leadingKeys, Null: { 'dynamodb:LeadingKeys': 'false' } } }),
    ],
    [
      'every resource, by its tag',
      allow('secretsmanager:GetSecretValue', '*', {
        Condition: { StringEquals: { 'aws:ResourceTag/tenant': '{{tenant}}' } },
      }),
    ],
    ['what is shared on purpose', allow('sns:Publish', '*', { shared: 'one topic for all' })],
    ['a Deny of anything', { Effect: 'Deny', NotAction: 's3:*', Resource: '*' }],
  ])('has nothing against %s', (_, statement) => {
    expect(rulesOf(statement)).toEqual([]);
  });

  it.each<[string, StatementTemplate, string]>([
    [
      'NotAction',
      { Effect: 'Allow', NotAction: 's3:PutObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' },
      'error TVM-LINT-NEGATED',
    ],
    [
      'NotResource',
      { Effect: 'Allow', Action: 's3:GetObject', NotResource: 'arn:aws:s3:::b/x' },
      'error TVM-LINT-NEGATED',
    ],
    ['every action', allow('*'), 'error TVM-LINT-ACTION-WILDCARD'],
    ['every action of a service', allow('s3:*'), 'error TVM-LINT-ACTION-WILDCARD'],
    ['a family of actions', allow('s3:Get*'), 'warning TVM-LINT-ACTION-WILDCARD'],
    ['every resource', allow('s3:GetObject', '*'), 'error TVM-LINT-RESOURCE-WILDCARD'],
    ['assuming roles', allow('sts:AssumeRole', 'arn:aws:iam::111122223333:role/{{tenant}}'), 'error TVM-LINT-ESCAPE'],
    [
      'tagging a session',
      allow('sts:TagSession', 'arn:aws:iam::111122223333:role/{{tenant}}'),
      'error TVM-LINT-ESCAPE',
    ],
    ['editing IAM', allow('iam:PassRole', 'arn:aws:iam::111122223333:role/{{tenant}}'), 'error TVM-LINT-ESCAPE'],
    ['bucket policies', allow('s3:PutBucketPolicy', 'arn:aws:s3:::b-{{tenant}}'), 'error TVM-LINT-CONTROL'],
    ['ACLs', allow('s3:PutObjectAcl'), 'error TVM-LINT-CONTROL'],
    ['object tags', allow('s3:PutObjectTagging'), 'error TVM-LINT-CONTROL'],
    [
      'KMS grants',
      allow('kms:CreateGrant', '*', { Condition: { StringEquals: { 'kms:EncryptionContext:tenant': '{{tenant}}' } } }),
      'error TVM-LINT-CONTROL',
    ],
    [
      'resource tags',
      allow('secretsmanager:TagResource', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:{{tenant}}/*'),
      'error TVM-LINT-CONTROL',
    ],
    [
      'SEC-DDB-04 ForAllValues alone',
      allow('dynamodb:GetItem', table, { Condition: leadingKeys }),
      'error TVM-LINT-FORALL',
    ],
    [
      'ForAllValues with the key asked to be absent',
      allow('dynamodb:GetItem', table, { Condition: { ...leadingKeys, Null: { 'dynamodb:LeadingKeys': 'true' } } }),
      'error TVM-LINT-FORALL',
    ],
    [
      'SEC-DDB-06 an index',
      allow('dynamodb:Query', `${table}/index/by-date`, {
        Condition: { ...leadingKeys, Null: { 'dynamodb:LeadingKeys': 'false' } },
      }),
      'warning W-GSI',
    ],
  ])('SEC-INJ-11 names %s', (_, statement, rule) => {
    expect(rulesOf(statement)).toContain(rule);
  });

  it('lets a set exempt an action by its exact name', () => {
    const assume = allow('sts:AssumeRole', 'arn:aws:iam::111122223333:role/{{tenant}}');
    expect(rulesOf(assume, { allowDespiteGuard: ['sts:AssumeRole'] })).toEqual([]);
  });

  it('warns of sessions so short that SDKs would fetch for every call', () => {
    expect(rulesOf(allow('s3:GetObject'), { maxDurationSeconds: 900 })).toEqual(['warning TVM-LINT-SHORT-LIFE']);
    expect(rulesOf(allow('s3:GetObject'), { maxDurationSeconds: 1260 })).toEqual([]);
  });
});

// Templates as plain data: what is resolved, what stops the start by name, and what nobody needs.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveTemplate, type ResolvedTemplate } from '../../../local/template/index.ts';

type Template = Readonly<Record<string, unknown>>;

const scratch = mkdtempSync(join(tmpdir(), 'tvm-template-'));
let count = 0;

/** Reads one template, as `--template FILE` does. */
function read(template: Template, name = 'App'): ResolvedTemplate {
  count += 1;
  const directory = join(scratch, String(count));
  mkdirSync(directory);
  writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
  return resolveTemplate(join(directory, `${name}.template.json`));
}

/** Reads an assembly of several stacks. */
function readAll(stacks: Readonly<Record<string, Template>>): ResolvedTemplate {
  count += 1;
  const directory = join(scratch, String(count));
  mkdirSync(directory);
  const artifacts = Object.keys(stacks).map(
    (name) =>
      [name, { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.template.json` } }] as const,
  );
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: Object.fromEntries(artifacts) }));
  for (const [name, template] of Object.entries(stacks)) {
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
  }
  return resolveTemplate(directory);
}

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '111122223333' } }],
};
const roleWith = (resource: unknown, more: Template = {}): Template => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trust,
    Policies: [
      {
        PolicyName: 'p',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: resource }] },
      },
    ],
    ...more,
  },
});

/** The value, resolved where a role's policy needs it. */
function inPolicy(value: unknown, more: Template = {}): unknown {
  const { Resources: resources, ...rest } = more;
  const { account } = read({ ...rest, Resources: { ...(resources as Template | undefined), Role: roleWith(value) } });
  return (account.roles[0]!.policies[0]!.Statement as unknown as { Resource: unknown }[])[0]!.Resource;
}

const bucket = { Bucket: { Type: 'AWS::S3::Bucket' } };
const misconfigured = (detail: RegExp) =>
  expect.objectContaining({ code: 'misconfigured', detail: expect.stringMatching(detail) as string }) as Error;

describe('what is resolved', () => {
  test.each<[string, unknown, unknown, Template?]>([
    ['a plain string with a policy variable', 'x/${aws:PrincipalTag/TenantId}/*', 'x/${aws:PrincipalTag/TenantId}/*'],
    [
      'Ref to pseudo parameters',
      [
        { Ref: 'AWS::Partition' },
        { Ref: 'AWS::AccountId' },
        { Ref: 'AWS::Region' },
        { Ref: 'AWS::URLSuffix' },
        { Ref: 'AWS::StackName' },
      ],
      ['aws', '111122223333', 'us-east-1', 'amazonaws.com', 'App'],
    ],
    [
      'Ref to a parameter with a default',
      { Ref: 'Name' },
      'fallback',
      { Parameters: { Name: { Type: 'String', Default: 'fallback' } } },
    ],
    [
      'Ref to a list parameter',
      { Ref: 'Names' },
      ['a', 'b'],
      { Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'a,b' } } },
    ],
    ['Ref to a bucket', { Ref: 'Bucket' }, 'app-bucket', { Resources: bucket }],
    [
      'Ref to a named bucket',
      { Ref: 'Bucket' },
      'mine',
      { Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'mine' } } } },
    ],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'arn:aws:s3:::app-bucket', { Resources: bucket }],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Bucket.Arn' }, 'arn:aws:s3:::app-bucket', { Resources: bucket }],
    [
      'Fn::Join',
      { 'Fn::Join': ['/', ['a', { Ref: 'AWS::Region' }, { 'Fn::Join': ['-', ['b', 1]] }]] },
      'a/us-east-1/b-1',
    ],
    ['Fn::Join over Fn::Split', { 'Fn::Join': ['-', { 'Fn::Split': ['.', 'a.b.c'] }] }, 'a-b-c'],
    [
      'Fn::Select over Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Bucket', 'Arn'] }] }] },
      'app-bucket',
      { Resources: bucket },
    ],
    ['Fn::Select by text', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::${Bucket}/${Bucket.Arn}/${!aws:userid}' },
      'arn:aws:s3:::app-bucket/arn:aws:s3:::app-bucket/${aws:userid}',
      { Resources: bucket },
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': ['${a}-${AWS::Region}', { a: { Ref: 'Bucket' } }] },
      'app-bucket-us-east-1',
      { Resources: bucket },
    ],
    [
      'Fn::If',
      { 'Fn::If': ['IsEast', 'east', 'elsewhere'] },
      'east',
      { Conditions: { IsEast: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } } },
    ],
    [
      'nested conditions',
      { 'Fn::If': ['Both', 'yes', 'no'] },
      'no',
      {
        Conditions: {
          A: { 'Fn::Equals': ['a', 'a'] },
          Both: { 'Fn::And': [{ Condition: 'A' }, { 'Fn::Or': [{ 'Fn::Not': [{ Condition: 'A' }] }] }] },
        },
      },
    ],
    ['AWS::NoValue in a list', ['a', { Ref: 'AWS::NoValue' }], ['a']],
  ])('%s', (_, value, expected, more) => {
    expect(inPolicy(value, more)).toEqual(expected);
  });

  test.each([
    ['AWS::EC2::VPC', 'DefaultSecurityGroup', /^sg-[0-9a-f]{17}$/],
    ['AWS::EC2::VPC', 'VpcId', /^vpc-[0-9a-f]{17}$/],
    ['AWS::EC2::SecurityGroup', 'GroupId', /^sg-[0-9a-f]{17}$/],
    ['AWS::Events::EventBus', 'Arn', /^arn:aws:events:us-east-1:111122223333:event-bus\/App-One$/],
    ['AWS::Kinesis::Stream', 'Arn', /^arn:aws:kinesis:us-east-1:111122223333:stream\/App-One$/],
    ['AWS::ApiGateway::RestApi', 'RootResourceId', /^[0-9a-f]{10}$/],
  ])('what policies beside a machine name: %s.%s', (type, attribute, expected) => {
    expect(inPolicy({ 'Fn::GetAtt': ['One', attribute] }, { Resources: { One: { Type: type } } })).toMatch(expected);
  });

  test('names are the same on every reading, and fit', () => {
    const long = `Very${'Long'.repeat(40)}`;
    const template = {
      Resources: {
        [long]: { Type: 'AWS::S3::Bucket' },
        [`${long}2`]: { Type: 'AWS::S3::Bucket' },
        Role: roleWith('*'),
      },
    };
    const first = read(template);
    expect(read(template).account).toEqual(first.account);
    const names = first.account.buckets.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{3,63}$/);
  });

  test('imports and outputs of other stacks of the app', () => {
    const { account } = readAll({
      Data: {
        Resources: bucket,
        Outputs: {
          Exported: {
            Value: { 'Fn::GetAtt': ['Bucket', 'Arn'] },
            Export: { Name: { 'Fn::Sub': '${AWS::StackName}-arn' } },
          },
        },
      },
      App: {
        Resources: {
          Role: roleWith([
            { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'Data-arn' }, '/x']] },
            { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'Exported' } },
          ]),
        },
      },
    });
    expect(account.roles[0]!.policies[0]!.Statement).toMatchObject([
      { Resource: ['arn:aws:s3:::data-bucket/x', 'arn:aws:s3:::data-bucket'] },
    ]);
  });
});

describe('what stops the start, by stack, logical id and intrinsic', () => {
  test.each<[string, unknown, RegExp, Template?]>([
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Map', 'a', 'b'] }, /^App: Role: Fn::FindInMap/],
    ['Fn::GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, /^App: Role: Fn::GetAZs/],
    ['Fn::Transform', { 'Fn::Transform': { Name: 'x' } }, /^App: Role: Fn::Transform/],
    ['Fn::Base64', { 'Fn::Base64': 'x' }, /Fn::Base64/],
    [
      'an attribute that is not known',
      { 'Fn::GetAtt': ['Bucket', 'WebsiteURL'] },
      /^App: Role: Fn::GetAtt Bucket\.WebsiteURL \(AWS::S3::Bucket\)/,
      { Resources: bucket },
    ],
    [
      'an attribute of a type that is not known',
      { 'Fn::GetAtt': ['Thing', 'Arn'] },
      /Thing\.Arn \(Custom::Thing\)/,
      { Resources: { Thing: { Type: 'Custom::Thing' } } },
    ],
    [
      'Ref to a type that is not known',
      { Ref: 'Thing' },
      /Ref to Thing \(Custom::Thing\)/,
      { Resources: { Thing: { Type: 'Custom::Thing' } } },
    ],
    ['Ref to nothing', { Ref: 'Nothing' }, /Ref to Nothing \(nothing in this template\)/],
    [
      'a parameter without a default',
      { Ref: 'Name' },
      /parameter Name, which has no default/,
      { Parameters: { Name: { Type: 'String' } } },
    ],
    [
      'an SSM parameter, whose default is a path',
      { Ref: 'Name' },
      /its value is in an AWS account/,
      { Parameters: { Name: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a/b' } } },
    ],
    ['an import from another app', { 'Fn::ImportValue': 'elsewhere' }, /no stack of this app exports it/],
    [
      'an output of another app',
      { 'Fn::GetStackOutput': { StackName: 'Other', OutputName: 'x' } },
      /Other\.x: no stack of this app/,
    ],
    ['Fn::Select beyond the list', { 'Fn::Select': [2, ['a']] }, /Fn::Select has no item 2/],
    ['Fn::Join over an object', { 'Fn::Join': ['', [{ a: 1 }]] }, /something other than text/],
    ['Fn::Sub of an unknown name', { 'Fn::Sub': '${Nothing}' }, /Ref to Nothing/],
    ['an unknown condition', { 'Fn::If': ['Nowhere', 'a', 'b'] }, /no condition Nowhere/],
    [
      'a condition that refers to itself',
      { 'Fn::If': ['A', 'a', 'b'] },
      /refers to itself/,
      { Conditions: { A: { Condition: 'A' } } },
    ],
    [
      'a condition function that is not known',
      { 'Fn::If': ['A', 'a', 'b'] },
      /Fn::Contains/,
      { Conditions: { A: { 'Fn::Contains': [] } } },
    ],
  ])('%s', (_, value, detail, more) => {
    expect(() => inPolicy(value, more)).toThrow(misconfigured(detail));
  });

  const unknown = { 'Fn::FindInMap': ['a', 'b', 'c'] };
  test.each<[string, Template, RegExp]>([
    [
      'a trust policy',
      { Role: roleWith('*', { AssumeRolePolicyDocument: { Statement: [{ Principal: unknown }] } }) },
      /^App: Role: Fn::FindInMap/,
    ],
    ['a role name', { Role: roleWith('*', { RoleName: unknown }) }, /^App: Role: Fn::FindInMap/],
    [
      'an attached policy',
      { P: { Type: 'AWS::IAM::Policy', Properties: { Roles: [], PolicyDocument: unknown } } },
      /^App: P: Fn::FindInMap/,
    ],
    [
      'a bucket policy',
      { ...bucket, P: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: unknown, PolicyDocument: trust } } },
      /^App: P: Fn::FindInMap/,
    ],
    [
      'a bucket name',
      { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: unknown } } },
      /^App: B: Fn::FindInMap/,
    ],
    [
      'a key schema',
      { T: { Type: 'AWS::DynamoDB::Table', Properties: { KeySchema: unknown } } },
      /^App: T: Fn::FindInMap/,
    ],
    [
      'a boundary that is not in the app',
      { Role: roleWith('*', { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }) },
      /PermissionsBoundary arn:aws:iam::aws:policy/,
    ],
    [
      'a policy that is no document',
      { Role: roleWith('*', { AssumeRolePolicyDocument: 'x' }) },
      /AssumeRolePolicyDocument is malformed/,
    ],
    [
      'two policies of one bucket',
      {
        ...bucket,
        P: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: trust } },
        Q: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument: trust } },
      },
      /^App: Q: the bucket policy/,
    ],
  ])('in %s', (_, resources, detail) => {
    expect(() => read({ Resources: resources })).toThrow(misconfigured(detail));
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a path that is not there', () => resolveTemplate(join(scratch, 'nothing')), /no such file/],
    ['an empty app', () => readAll({}), /no stack/],
    [
      'a folder that is no assembly',
      () => resolveTemplate(mkdtempSync(join(scratch, 'x-'))),
      /manifest\.json cannot be read/,
    ],
  ])('%s', (_, run, detail) => {
    expect(run).toThrow(misconfigured(detail));
  });

  test('no error says where the files are on this machine', () => {
    const attempt = (): unknown => resolveTemplate(join(scratch, 'nothing'));
    expect(attempt).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(scratch) as string }) as Error,
    );
  });
});

describe('what nobody needs stays as it is', () => {
  test('other resources and outputs may hold anything', () => {
    const unknown = { 'Fn::FindInMap': ['a', 'b', 'c'] };
    const { account, outputs, functions } = read({
      Resources: {
        Role: roleWith('*'),
        Other: { Type: 'Custom::Thing', Properties: { Value: unknown } },
        Fn: { Type: 'AWS::Lambda::Function', Properties: { Code: { ZipFile: unknown }, Role: unknown, Handler: 'x' } },
      },
      Outputs: { Known: { Value: { Ref: 'AWS::Region' } }, Unknown: { Value: unknown } },
    });
    expect(account.roles).toHaveLength(1);
    expect(functions).toEqual([]);
    expect(outputs).toEqual({ App: { Known: 'us-east-1' } });
  });

  test('resources whose condition is false do not exist', () => {
    const { account } = read({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        Role: { ...roleWith('*'), Condition: 'Never' },
        Bucket: { Type: 'AWS::S3::Bucket', Condition: 'Never' },
      },
    });
    expect(account.roles).toEqual([]);
    expect(account.buckets).toEqual([]);
  });
});

describe('roles', () => {
  const document = (action: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  });

  test('have every policy that reaches them, their boundary, tags, path and longest session', () => {
    const { account, notes } = read({
      Resources: {
        Role: roleWith('*', {
          RoleName: 'mine',
          Path: '/tvm/',
          MaxSessionDuration: 7200,
          Tags: [{ Key: 'Team', Value: 'blue' }],
          PermissionsBoundary: { Ref: 'Boundary' },
          ManagedPolicyArns: [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
        }),
        Other: roleWith('*'),
        Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('s3:A') } },
        AttachedManaged: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { Roles: [{ Ref: 'Role' }], PolicyDocument: document('s3:B') },
        },
        Inline: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'x', Roles: [{ Ref: 'Role' }], PolicyDocument: document('s3:C') },
        },
        RolePolicy: {
          Type: 'AWS::IAM::RolePolicy',
          Properties: { PolicyName: 'y', RoleName: { Ref: 'Role' }, PolicyDocument: document('s3:D') },
        },
        Boundary: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { ManagedPolicyName: 'b', PolicyDocument: document('s3:E') },
        },
      },
    });
    const [role, other] = account.roles;
    expect(role).toMatchObject({
      arn: 'arn:aws:iam::111122223333:role/tvm/mine',
      name: 'mine',
      maxSessionSeconds: 7200,
      tags: { Team: 'blue' },
      boundary: document('s3:E'),
      trust,
    });
    const actions = role!.policies.map(
      ({ Statement: statements }) => (statements as unknown as { Action: string }[])[0]!.Action,
    );
    expect(actions).toEqual(['s3:GetObject', 's3:A', 's3:C', 's3:D', 's3:B']);
    expect(other!.policies).toHaveLength(1);
    expect(other!.boundary).toBeUndefined();
    expect(other!.maxSessionSeconds).toBe(3600);
    expect(notes).toEqual([
      expect.stringMatching(/^mine: .*AWSLambdaBasicExecutionRole is not known locally/) as string,
    ]);
  });
});

describe('tables', () => {
  const keys = {
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  };
  const index = { IndexName: 'by-date', KeySchema: keys.KeySchema, Projection: { ProjectionType: 'ALL' } };

  test('become CreateTable inputs without capacity, backups or encryption', () => {
    const { account } = read({
      Resources: {
        T: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            ...keys,
            TableName: 'items',
            BillingMode: 'PROVISIONED',
            ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
            SSESpecification: { SSEEnabled: true },
            GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput: {}, ContributorInsightsSpecification: {} }],
            LocalSecondaryIndexes: [index],
            ResourcePolicy: { PolicyDocument: trust },
          },
        },
      },
    });
    expect(account.tables).toEqual([
      {
        name: 'items',
        arn: 'arn:aws:dynamodb:us-east-1:111122223333:table/items',
        createTable: {
          TableName: 'items',
          ...keys,
          BillingMode: 'PAY_PER_REQUEST',
          GlobalSecondaryIndexes: [index],
          LocalSecondaryIndexes: [index],
        },
        policy: trust,
      },
    ]);
  });

  test('global tables have the policy of the replica in the local Region', () => {
    const other = { Version: '2012-10-17', Statement: [] };
    const replicas = [
      { Region: 'eu-west-1', ResourcePolicy: { PolicyDocument: other } },
      { Region: { Ref: 'AWS::Region' }, ResourcePolicy: { PolicyDocument: trust } },
    ];
    const { account } = read({
      Resources: { T: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { ...keys, Replicas: replicas } } },
    });
    expect(account.tables[0]).toMatchObject({ name: 'App-T', policy: trust });
  });
});

describe('vending functions', () => {
  const lambda = (key: string, environment: unknown = {}): Template => ({
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'x', S3Key: key },
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Handler: 'vend.handler',
      Environment: { Variables: environment },
    },
  });

  function readWithAssets(resources: Template): ResolvedTemplate {
    count += 1;
    const directory = join(scratch, String(count));
    mkdirSync(join(directory, 'asset.one'), { recursive: true });
    mkdirSync(join(directory, 'asset.two'));
    writeFileSync(join(directory, 'asset.one', 'vend.mjs'), '');
    writeFileSync(join(directory, 'asset.two', 'index.mjs'), '');
    const files = Object.fromEntries(
      ['one', 'two'].map((name) => [
        name,
        { source: { path: `asset.${name}`, packaging: 'zip' }, destinations: { here: { objectKey: `${name}.zip` } } },
      ]),
    );
    writeFileSync(join(directory, 'App.assets.json'), JSON.stringify({ files }));
    writeFileSync(
      join(directory, 'App.template.json'),
      JSON.stringify({ Resources: { Role: roleWith('*'), ...resources } }),
    );
    return resolveTemplate(join(directory, 'App.template.json'));
  }

  test('are those whose asset holds vend.mjs, with environment and role resolved', () => {
    const { functions } = readWithAssets({
      Vend: lambda('one.zip', { TVM_REF_REGION: { Ref: 'AWS::Region' } }),
      Other: lambda('two.zip', { X: { 'Fn::FindInMap': ['a', 'b', 'c'] } }),
      Missing: lambda('three.zip'),
    });
    expect(functions).toEqual([
      {
        stack: 'App',
        logicalId: 'Vend',
        environment: { TVM_REF_REGION: 'us-east-1' },
        assetDirectory: join(scratch, String(count), 'asset.one'),
        roleArn: 'arn:aws:iam::111122223333:role/App-Role',
        handler: 'vend.handler',
      },
    ]);
  });

  test('stop the start where their environment cannot be known', () => {
    const unknown = { Vend: lambda('one.zip', { X: { 'Fn::FindInMap': ['a', 'b', 'c'] } }) };
    expect(() => readWithAssets(unknown)).toThrow(misconfigured(/^App: Vend: Fn::FindInMap/));
  });
});

// What each option does to the template; the gateways' own are in endpoint/, the roles' in least-privilege.
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { errorTable } from '../../core/errors.ts';
import { TokenVendingMachine, type TokenVendingMachineAttributes } from '../../lib/index.ts';
import { machineIn, options, stackWith, synthesisedWith, type SettingsOf } from './options.ts';
import { newApp } from './synthesised.ts';

const templateOf = (settings: SettingsOf): Template => Template.fromStack(stackWith(settings));

describe('the configuration that the function reads', () => {
  test.each<[keyof typeof options, (config: ReturnType<typeof synthesisedWith>['config']) => unknown, unknown]>([
    ['sessionDuration', ({ session }) => session.durationSeconds, 1800],
    ['capToTokenExpiry', ({ session }) => session.capToTokenExpiry, true],
    ['corsOrigins', ({ cors }) => cors?.origins, ['https://app.example.com']],
    ['credentialCacheSize', ({ cache }) => cache?.maxEntries, 100],
    ['stsFallbackRegion', ({ sts }) => sts?.fallbackRegion, 'eu-west-1'],
    ['explain', ({ explain }) => explain, true],
    ['defaultPermissionSet', ({ defaultPermissionSet }) => defaultPermissionSet, 'documents'],
  ])('%s reaches it', (option, read, value) => {
    expect(read(synthesisedWith(options[option]).config)).toEqual(value);
    if (option !== 'defaultPermissionSet') expect(read(synthesisedWith().config)).not.toEqual(value);
  });
});

describe('the function', () => {
  test('has provisioned environments on the alias alone', () => {
    templateOf(options.provisionedConcurrentExecutions).hasResourceProperties('AWS::Lambda::Alias', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    templateOf(() => ({})).hasResourceProperties('AWS::Lambda::Alias', {
      ProvisionedConcurrencyConfig: Match.absent(),
    });
  });

  test('has an execution role of a given name, or one of its owner', () => {
    templateOf(options.executionRoleName).hasResourceProperties('AWS::IAM::Role', { RoleName: 'tvm-us-east-1' });
    const brought = templateOf(options.executionRole);
    brought.hasResourceProperties('AWS::Lambda::Function', {
      Role: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Brought'), 'Arn'] },
    });
    expect(
      Object.keys(brought.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('TvmExecutionRole')),
    ).toEqual([]);
  });

  test('is in the VPC with a security group that lets HTTPS out and nothing in', () => {
    const template = templateOf(options.vpc);
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: [Match.anyValue(), Match.anyValue()], SecurityGroupIds: [Match.anyValue()] },
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [
        { CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp', Description: 'STS and issuers' },
      ],
    });
    templateOf(options.tracing).hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
  });

  test('takes security groups of its owner and makes none', () => {
    const template = templateOf(options.securityGroups);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    template.hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Group'), 'GroupId'] }] },
    });
  });
});

describe('logs', () => {
  test('are encrypted with the key, which CloudWatch Logs may use for these groups alone', () => {
    const template = templateOf(options.logEncryptionKey);
    const key = { 'Fn::GetAtt': [Match.stringLikeRegexp('^LogKey'), 'Arn'] };
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: key });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'AllowCloudWatchLogs',
            Principal: { Service: { 'Fn::Join': ['', ['logs.us-east-1.', { Ref: 'AWS::URLSuffix' }]] } },
            Condition: {
              ArnLike: {
                'kms:EncryptionContext:aws:logs:arn': [
                  'arn:aws:logs:us-east-1:111122223333:log-group:Test-*',
                  'arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-*',
                ],
              },
            },
          }),
        ]),
      },
    });
    expect(templateOf(() => ({})).findResources('AWS::KMS::Key')).toEqual({});
  });

  test('of a web ACL are encrypted with it too', () => {
    const template = templateOf((stack) => ({ ...options.webAcl(stack), logEncryptionKey: new Key(stack, 'LogKey') }));
    template.resourceCountIs('AWS::Logs::LogGroup', 3);
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
  });

  test.each([
    ['auditLog', 'AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^Audit') } } }],
    [
      'accessLog',
      'AWS::ApiGatewayV2::Stage',
      { AccessLogSettings: { DestinationArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Access'), 'Arn'] } } },
    ],
  ] as const)('%s takes a group of its owner’s in place of one', (option, type, properties) => {
    const template = templateOf(options[option]);
    template.hasResourceProperties(type, properties);
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
  });

  test('audit records leave with the stack only where that is asked for', () => {
    const policies = (settings: SettingsOf): unknown[] =>
      Object.values(templateOf(settings).findResources('AWS::Logs::LogGroup')).map(
        (one) => (one as { DeletionPolicy: string }).DeletionPolicy,
      );
    expect(policies(() => ({})).toSorted()).toEqual(['Delete', 'Retain']);
    expect(policies(options.removalPolicy)).toEqual(['Delete', 'Delete']);
  });

  test('alarms still count refusals in a log group of its owner’s', () => {
    templateOf(options.auditLog).allResourcesProperties('AWS::Logs::MetricFilter', {
      LogGroupName: { Ref: Match.stringLikeRegexp('^Audit') },
    });
  });
});

describe('the dashboard', () => {
  const bodyOf = (settings: SettingsOf): string => {
    const stack = stackWith(settings);
    machineIn(stack).addDashboard({ dashboardName: 'tvm' });
    const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as {
      Properties: { DashboardBody: unknown; DashboardName: string };
    }[];
    expect(dashboard!.Properties.DashboardName).toBe('tvm');
    return JSON.stringify(dashboard!.Properties.DashboardBody);
  };
  const body = bodyOf(() => ({}));

  test.each([
    'Vended',
    'Refused',
    'Latency',
    'StsLatency',
    'StsThrottled',
    'JwksFailures',
    'CacheHits',
    'ColdStart',
    'PackedPolicySize',
    'Errors',
    'Throttles',
    'Duration',
    '4xx',
    '5xx',
  ])('shows %s', (metric) => expect(body).toContain(`\\"${metric}\\"`));

  test('shows every code that a vend can be refused with, and percentiles of its time', () => {
    for (const code of Object.keys(errorTable)) expect(body).toContain(`\\"${code}\\"`);
    for (const percentile of ['p50', 'p95', 'p99']) expect(body).toContain(`\\"${percentile}\\"`);
  });

  test('shows a REST API by its own metrics, and never a tenant', () => {
    const rest = bodyOf(options.resourcePolicy);
    expect(rest).toContain('5XXError');
    expect(rest).not.toMatch(/tenant_id|source_identity/);
  });

  test('is made when asked for, and once', () => {
    templateOf(() => ({})).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    const machine = machineIn(stackWith());
    machine.addDashboard();
    expect(() => machine.addDashboard()).toThrow(/already a Construct with name 'Dashboard'/);
  });
});

describe('a machine of another app', () => {
  const imported = (attributes: Partial<TokenVendingMachineAttributes> = {}) => {
    const stack = new Stack(newApp(), 'Consumer', { env: { account: '111122223333', region: 'us-east-1' } });
    const machine = TokenVendingMachine.fromTokenVendingMachineAttributes(stack, 'Tvm', {
      url: 'https://tvm.example.com',
      ...attributes,
    });
    return { stack, machine };
  };
  const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:vend:live';

  test('is known by its address, roles and metrics', () => {
    const arn = 'arn:aws:iam::111122223333:role/Stack-tvm-documents-us-east-1';
    const { machine, stack } = imported({ tenantAccessRoleArns: { documents: arn } });
    expect(machine.url).toBe('https://tvm.example.com/');
    expect(machine.tenantAccessRole('documents').roleArn).toBe(arn);
    expect(machine.metricVended('documents').dimensions).toEqual({
      service: 'token-vending-machine',
      permission_set: 'documents',
    });
    expect(machine.metricStsThrottled().statistic).toBe('Sum');
    expect(machine.metricPackedPolicySize('documents').statistic).toBe('p95');
    machine.tenantAccessRole('documents').addToPrincipalPolicy(undefined as never);
    expect(Template.fromStack(stack).toJSON()['Resources']).toBeUndefined();
  });

  test('may be let invoke by its alias', () => {
    const { machine, stack } = imported({ functionArn });
    machine.grants.invoke(new AccountPrincipal('111122223333'));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Permission', { FunctionName: functionArn });
  });

  test('without a function or a set says what is missing', () => {
    const { machine } = imported();
    const named = (name: string): Error => expect.objectContaining({ name }) as Error;
    expect(() => machine.grants.invoke(new AccountPrincipal('111122223333'))).toThrow(named('TvmImportIncomplete'));
    expect(() => machine.tenantAccessRole('documents')).toThrow(named('TvmPermissionSetInvalid'));
  });
});

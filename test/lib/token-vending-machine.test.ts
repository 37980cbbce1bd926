// What one statement deploys: function, API, logs, alarms, outputs, and the ids that must not change.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import {
  PermissionSet,
  TenantAccess,
  TokenVendingMachineStack,
  type TokenVendingMachineProps,
} from '../../lib/index.ts';
import { renderSessionPolicy } from '../../core/index.ts';
import { addMachine, addMachineWith, newApp, newStack, standInBundle, synthesise, testIssuer } from './synthesised.ts';

type Settings = Partial<TokenVendingMachineProps>;

function templateWith(props: Settings = {}): Template {
  const stack = newStack();
  const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
  addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)], ...props });
  return Template.fromStack(stack);
}

const template = templateWith();

describe('the function', () => {
  test('is the prebuilt handler on Node.js 24, arm64, with text logs and no tracing', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'vend.handler',
      Timeout: 10,
      MemorySize: 512,
      LoggingConfig: { LogFormat: 'Text', LogGroup: { Ref: Match.stringLikeRegexp('^TvmVendingLog') } },
      TracingConfig: Match.absent(),
      ReservedConcurrentExecutions: Match.absent(),
    });
    template.resourceCountIs('AWS::Lambda::Function', 1);
  });

  test('SEC-IAM-07 is invoked as a published version behind the alias live, by this API alone', () => {
    template.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationUri: { Ref: Match.stringLikeRegexp('^TvmVendingLive') },
      PayloadFormatVersion: '2.0',
    });
    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
      FunctionName: { Ref: Match.stringLikeRegexp('^TvmVendingLive') },
      SourceArn: {
        'Fn::Join': [
          '',
          Match.arrayWith([{ Ref: 'AWS::AccountId' }, ':', { Ref: Match.stringLikeRegexp('^TvmHttpApi') }, '/*/*']),
        ],
      },
    });
  });

  test('SEC-RATE-04 takes settings for memory, time, tracing and concurrency', () => {
    const settings = { memorySize: 256, timeout: Duration.seconds(5), tracing: true, reservedConcurrentExecutions: 20 };
    templateWith(settings).hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 256,
      Timeout: 5,
      TracingConfig: { Mode: 'Active' },
      ReservedConcurrentExecutions: 20,
    });
  });
});

describe('the API', () => {
  test('SEC-CACHE-08, SEC-RATE-04 has one route, throttles, caches nothing and leaves CORS to the handler', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default', AuthorizationType: 'NONE' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'HTTP',
      CorsConfiguration: Match.absent(),
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/CacheClusterEnabled|CachingEnabled|DataTraceEnabled/);
  });

  test('logs nothing that a caller sends', () => {
    const stages = Object.values(template.findResources('AWS::ApiGatewayV2::Stage')) as {
      Properties: { AccessLogSettings: { Format: string } };
    }[];
    const format = stages[0]!.Properties.AccessLogSettings.Format;
    expect(format).not.toMatch(/header|query|body|path|authorizer|domain|identity\.(?!sourceIp)/i);
    expect(JSON.parse(format)).toMatchObject({ requestId: '$context.requestId', status: '$context.status' });
  });

  test.each(['$context.authorizer.claims', '$context.path', '$request.header.authorization', '$input.body'])(
    'refuses an access log with %s',
    (field) => {
      const stack = newStack();
      const machine = addMachine(stack, {
        permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(new Bucket(stack, 'Data')))],
      });
      const settings = {
        destinationArn: 'arn:aws:logs:us-east-1:111122223333:log-group:x',
        format: `{"a":"${field}"}`,
      };
      (machine.stage!.node.defaultChild as CfnStage).accessLogSettings = settings;
      expect(() => Template.fromStack(stack)).toThrow(/TvmLogFormat: The access log would hold what a caller sent/);
    },
  );
});

test('an access log opened by a property override is refused too', () => {
  const stack = newStack();
  const machine = addMachineWith(stack, TenantAccess.s3Prefix(new Bucket(stack, 'Data')));
  const stage = machine.stage!.node.defaultChild as CfnStage;
  stage.addPropertyOverride('AccessLogSettings.Format', '$request.header.authorization');
  expect(() => Template.fromStack(stack)).toThrow(/TvmLogFormat/);
});

describe('logs and alarms', () => {
  test('SEC-RATE-04 both log groups end, and audit records survive the stack', () => {
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    const policies = Object.values(template.findResources('AWS::Logs::LogGroup')).map(
      (group) => (group as { DeletionPolicy: string }).DeletionPolicy,
    );
    expect(policies.toSorted()).toEqual(['Delete', 'Retain']);
    templateWith({ logRetention: RetentionDays.ONE_WEEK }).allResourcesProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 7,
    });
  });

  test('alarms exist without a topic, and can be dropped', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', 5);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: Match.absent() });
    templateWith({ alarms: false }).resourceCountIs('AWS::CloudWatch::Alarm', 0);
    templateWith({ alarms: false }).resourceCountIs('AWS::Logs::MetricFilter', 0);
  });

  test('a topic is told of every alarm and its end, and alarms are made once', () => {
    const stack = newStack();
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    const machine = addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)], alarms: false });
    machine.addDefaultAlarms();
    machine.addDefaultAlarms(new Topic(stack, 'Alerts'));
    const topic = { Ref: Match.stringLikeRegexp('^Alerts') };
    const alarmed = Template.fromStack(stack);
    alarmed.resourceCountIs('AWS::CloudWatch::Alarm', 5);
    alarmed.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [topic], OKActions: [topic] });
  });

  test("metrics carry the names and dimensions of the function's own", () => {
    const stack = newStack();
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    const machine = addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)] });
    const metrics = [
      machine.metricVended('documents'),
      machine.metricRefused('misconfigured'),
      machine.metricLatency(),
      machine.metric('StsThrottled'),
    ];
    expect(
      metrics.map(({ namespace, metricName, dimensions, statistic }) => [namespace, metricName, dimensions, statistic]),
    ).toEqual([
      ['TokenVendingMachine', 'Vended', { service: 'token-vending-machine', permission_set: 'documents' }, 'Sum'],
      ['TokenVendingMachine', 'Refused', { service: 'token-vending-machine', code: 'misconfigured' }, 'Sum'],
      ['TokenVendingMachine', 'Latency', { service: 'token-vending-machine' }, 'p95'],
      ['TokenVendingMachine', 'StsThrottled', { service: 'token-vending-machine' }, 'Sum'],
    ]);
  });
});

describe('the asset', () => {
  const build = (props: Settings = {}) => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)], ...props });
    return synthesise(app).function.assetDirectory;
  };
  const name = (directory: string): string => directory.slice(directory.lastIndexOf('/') + 1);

  test('holds the bundle and the configuration, nothing else', () => {
    const directory = build();
    expect(readdirSync(directory).toSorted()).toEqual(['config.json', 'vend.mjs']);
    expect(readFileSync(join(directory, 'vend.mjs'))).toEqual(readFileSync(standInBundle));
  });

  test('has a hash of its content: equal for equal content in another place, different for any change', () => {
    const elsewhere = standInBundle.replace('vend.mjs', 'copy.mjs');
    writeFileSync(elsewhere, readFileSync(standInBundle));
    const changed = standInBundle.replace('vend.mjs', 'changed.mjs');
    writeFileSync(changed, `${readFileSync(standInBundle, 'utf8')}\n`);
    const first = name(build());
    expect(name(build())).toBe(first);
    expect(name(build({ handlerBundle: elsewhere })).length).toBe(first.length);
    expect(name(build({ handlerBundle: changed }))).not.toBe(first);
    expect(name(build({ tenantTagKey: 'Customer' }))).not.toBe(first);
  });

  test('two machines of one app have their own configurations', () => {
    const app = newApp();
    const directories = ['One', 'Two'].map((id) => {
      const stack = new Stack(app, id);
      const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'), { prefix: `${id}/` });
      addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)] });
      return stack;
    });
    expect(directories).toHaveLength(2);
    const configurations = synthesise(app).functions.map(({ assetDirectory }) =>
      readFileSync(join(assetDirectory, 'config.json'), 'utf8'),
    );
    expect(configurations[0]).toContain('One/{{tenant}}/*');
    expect(configurations[1]).toContain('Two/{{tenant}}/*');
  });

  test('synth fails where the handler is not built', () => {
    expect(() => build({ handlerBundle: '/nowhere/vend.mjs' })).toThrow(
      expect.objectContaining({
        name: 'TvmHandlerMissing',
        message: expect.stringContaining('npm run build') as string,
      }) as Error,
    );
  });
});

describe('what others rely on', () => {
  test('logical ids are contract', () => {
    const ids = Object.entries(template.toJSON()['Resources'] as Record<string, { Type: string }>).map(
      ([id, { Type }]) =>
        // The last part of a version's id is the hash of the function's settings.
        `${Type} ${Type === 'AWS::Lambda::Version' ? id.slice(0, -32) : id}`,
    );
    const outputs = Object.keys(template.toJSON()['Outputs'] as Record<string, unknown>).map((id) => `Output ${id}`);
    expect([...ids, ...outputs].toSorted()).toMatchSnapshot();
  });

  test('roles of the account and roles of permission sets are found, and an unknown set is an error', () => {
    const stack = newStack();
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    const machine = addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)] });
    expect(stack.resolve(machine.tenantAccessRole('documents').roleArn)).toMatchObject({
      'Fn::GetAtt': [expect.anything(), 'Arn'],
    });
    expect(() => machine.tenantAccessRole('other')).toThrow(
      expect.objectContaining({ name: 'TvmPermissionSetInvalid' }) as Error,
    );
  });

  test('a grant to invoke is on the alias and on nothing else', () => {
    const stack = newStack();
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    const machine = addMachine(stack, { permissionSets: [PermissionSet.of('documents', access)] });
    machine.grants.invoke(new AccountPrincipal('999999999999'));
    const permissions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission'));
    expect(permissions).toHaveLength(2);
    for (const permission of permissions as { Properties: { FunctionName: unknown } }[]) {
      expect(permission.Properties.FunctionName).toEqual({ Ref: expect.stringMatching(/^TvmVendingLive/) as string });
    }
  });

  test('the stack form is the same machine in a stack of its own, over resources of another', () => {
    const app = newApp();
    const data = new Bucket(new Stack(app, 'DataStack'), 'Data');
    new TokenVendingMachineStack(app, 'MachineStack', {
      issuers: [testIssuer],
      permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(data))],
      handlerBundle: standInBundle,
    });
    const { config, account } = synthesise(app);
    expect(config.permissionSets['documents']?.statements[0]?.Resource).toBe(`${account.buckets[0]!.arn}/{{tenant}}/*`);
    expect(config.permissionSets['documents']?.roleArn).toBe(
      'arn:aws:iam::111122223333:role/MachineStack-tvm-documents-us-east-1',
    );
  });

  test('two permission sets of one name are refused', () => {
    const stack = newStack();
    const set = PermissionSet.of('documents', TenantAccess.s3Prefix(new Bucket(stack, 'Data')));
    expect(() => addMachine(stack, { permissionSets: [set, set] })).toThrow(
      expect.objectContaining({ name: 'TvmPermissionSetInvalid' }) as Error,
    );
  });

  test('short sessions are warned about', () => {
    const stack = newStack();
    const access = [TenantAccess.s3Prefix(new Bucket(stack, 'Data'))];
    addMachine(stack, {
      permissionSets: [PermissionSet.define('brief', { access, maxDuration: Duration.minutes(15) })],
    });
    Annotations.fromStack(stack).hasWarning('/Test/Tvm', Match.stringLikeRegexp('Allow at least 1260 s'));
  });

  test('a nested stack can hold a machine', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    const access = TenantAccess.s3Prefix(new Bucket(nested, 'Data'));
    addMachine(nested, { permissionSets: [PermissionSet.of('documents', access)] });
    Template.fromStack(nested).hasResourceProperties('AWS::IAM::Role', {
      RoleName: { 'Fn::Join': ['', ['Test-Nested-Tvm-tvm-documents-', { Ref: 'AWS::Region' }]] },
    });
  });
});

describe('every partition', () => {
  test.each([
    ['aws', 'us-east-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])('%s is written out nowhere else', (partition, region) => {
    const app = newApp();
    const stack = new Stack(app, 'Test', { env: { account: '111122223333', region } });
    const bucket = new Bucket(stack, 'Data', { bucketName: 'data' });
    addMachine(stack, { permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(bucket))] });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    const others = ['aws', 'aws-cn', 'aws-us-gov'].filter((other) => other !== partition);
    for (const other of others) expect(text).not.toContain(`arn:${other}:`);
    expect(text).toContain(`Test-tvm-documents-${region}`);
    // A concrete environment leaves nothing of the role's ARN to the deployment.
    expect(text).not.toMatch(/TVM_REF_(?:REGION|ACCOUNT_ID|PARTITION)/);
  });

  test('a stack without an environment takes partition, account and Region from the deployment', () => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    addMachine(stack, {
      permissionSets: [PermissionSet.of('documents', TenantAccess.s3Prefix(new Bucket(stack, 'Data')))],
    });
    const { config, assembly } = synthesise(app);
    expect(JSON.stringify(assembly.getStackByName('Test').template)).not.toMatch(/arn:aws[a-z-]*:/);
    expect(renderSessionPolicy(config, 'documents', { tenant: 'acme', subject: 'alice' }).text).toContain(
      'arn:aws:s3:::',
    );
  });
});

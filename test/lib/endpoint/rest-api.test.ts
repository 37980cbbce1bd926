// The REST API, private or public, and the web ACL before it. What they would write down of a caller is closed, and an escape hatch
// that opens it fails the synthesis.
import { Resource, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnStage as CfnRestStage } from 'aws-cdk-lib/aws-apigateway';
import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { CfnLoggingConfiguration } from 'aws-cdk-lib/aws-wafv2';
import { describe, expect, test } from 'vitest';
import { webAclDataProtection } from '../../../lib/index.ts';
import { appOf, machineIn, options, protectedWebAcl, stackWith, webAclIn, type SettingsOf } from '../options.ts';

const templateOf = (settings: SettingsOf): Template => Template.fromStack(stackWith(settings));
const synth = (stack: Stack): unknown => appOf(stack).synth();

describe('a REST API is made only where it is needed', () => {
  test.each(['webAcl', 'privateEndpoints', 'resourcePolicy'] as const)('%s makes one, and no HTTP API', (option) => {
    const template = templateOf(options[option]);
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  });

  test.each(['domainName', 'vpc', 'logEncryptionKey', 'provisionedConcurrentExecutions'] as const)(
    '%s stays with an HTTP API',
    (option) => {
      const template = templateOf(options[option]);
      template.resourceCountIs('AWS::ApiGateway::RestApi', 0);
      template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    },
  );
});

describe('the REST API', () => {
  const template = templateOf(options.resourcePolicy);

  test('leads every path and method to the alias, with the proxy integration and no authorizer of its own', () => {
    const methods = Object.values(template.findResources('AWS::ApiGateway::Method')) as {
      Properties: Record<string, unknown> & { Integration: Record<string, unknown> };
    }[];
    expect(methods).toHaveLength(2);
    for (const { Properties: properties } of methods) {
      expect(properties).toMatchObject({ HttpMethod: 'ANY', AuthorizationType: 'NONE' });
      expect(properties.Integration).toMatchObject({ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST' });
      expect(JSON.stringify(properties.Integration['Uri'])).toContain('TvmVendingLive');
    }
    template.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: '{proxy+}' });
  });

  test('may invoke the alias and nothing else may, the test console included', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
    expect(permissions).toHaveLength(2);
    for (const permission of permissions as { Properties: { FunctionName: unknown; SourceArn: unknown } }[]) {
      expect(permission.Properties.FunctionName).toEqual({ Ref: expect.stringMatching(/^TvmVendingLive/) as string });
      expect(JSON.stringify(permission.Properties.SourceArn)).not.toContain('test-invoke-stage');
    }
  });

  test('throttles, traces no data, caches nothing and has no execution log', () => {
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      StageName: 'live',
      CacheClusterEnabled: Match.absent(),
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          DataTraceEnabled: false,
          LoggingLevel: 'OFF',
          ThrottlingRateLimit: 100,
          ThrottlingBurstLimit: 200,
        },
      ],
    });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('logs nothing that a caller sends', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage')) as {
      Properties: { AccessLogSetting: { Format: string } };
    }[];
    const format = stage!.Properties.AccessLogSetting.Format;
    expect(format).not.toMatch(/header|query|body|context\.path|authorizer|domain|identity\.(?!sourceIp)/i);
    expect(JSON.parse(format)).toMatchObject({ requestId: '$context.requestId', webAclStatus: '$context.waf.status' });
  });

  test('has the resource policy that was asked for', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      Policy: { Statement: [Match.objectLike({ Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })] },
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
  });

  test.each<[string, (stage: CfnRestStage) => void]>([
    ['data tracing', (stage) => stage.addPropertyOverride('MethodSettings.0.DataTraceEnabled', true)],
    [
      'data tracing',
      (stage) => (stage.methodSettings = [{ httpMethod: '*', resourcePath: '/*', dataTraceEnabled: true }]),
    ],
    [
      'a cached method',
      (stage) => (stage.methodSettings = [{ httpMethod: 'GET', resourcePath: '/*', cachingEnabled: true }]),
    ],
    ['a cache', (stage) => (stage.cacheClusterEnabled = true)],
    [
      'an execution log',
      (stage) => (stage.methodSettings = [{ httpMethod: '*', resourcePath: '/*', loggingLevel: 'INFO' }]),
    ],
    [
      'a log with headers',
      (stage) => (stage.accessLogSetting = { format: '{"a":"$context.requestId","b":"$input.params().header"}' }),
    ],
    ['a log with the caller’s path', (stage) => (stage.accessLogSetting = { format: '$context.path' })],
  ])('%s by an escape hatch fails the synthesis', (_, open) => {
    const stack = stackWith(options.resourcePolicy);
    open(machineIn(stack).stage!.node.defaultChild as CfnRestStage);
    expect(() => synth(stack)).toThrow(/TvmGatewayRecordsSecrets|TvmLogFormat/);
  });
});

describe('a private API', () => {
  test('is reached through its endpoints alone', () => {
    const template = templateOf(options.privateEndpoints);
    const endpoint = { Ref: Match.stringLikeRegexp('^Endpoint') };
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [endpoint] },
      Policy: {
        Statement: [
          { Effect: 'Allow', Action: 'execute-api:Invoke', Principal: { AWS: '*' }, Resource: 'execute-api:/*' },
          {
            Effect: 'Deny',
            Action: 'execute-api:Invoke',
            Principal: { AWS: '*' },
            Resource: 'execute-api:/*',
            Condition: { StringNotEquals: { 'aws:SourceVpce': [endpoint] } },
          },
        ],
      },
    });
  });

  test('takes a resource policy of your own in place of that one', () => {
    const template = templateOf((stack) => ({ ...options.privateEndpoints(stack), ...options.resourcePolicy(stack) }));
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'] },
      Policy: { Statement: [Match.objectLike({ Condition: { IpAddress: Match.anyValue() } })] },
    });
  });
});

describe('a web ACL', () => {
  test('stands before the stage, and its log redacts the token', () => {
    const template = templateOf(options.webAcl);
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      WebACLArn: { 'Fn::GetAtt': ['Acl', 'Arn'] },
      ResourceArn: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('restapis/')])] },
    });
    template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
      RedactedFields: Match.arrayWith([{ SingleHeader: { Name: 'authorization' } }, { QueryString: {} }]),
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: Match.stringLikeRegexp('^aws-waf-logs-') });
  });

  test('is not logged where it has a log of its own', () => {
    templateOf(options.webAclLogging).resourceCountIs('AWS::WAFv2::LoggingConfiguration', 0);
  });

  const without = (...types: readonly string[]): CfnWebACL.DataProtectionConfigProperty => ({
    dataProtections: (webAclDataProtection().dataProtections as CfnWebACL.DataProtectProperty[]).filter(
      ({ field }) => !types.includes((field as CfnWebACL.FieldToProtectProperty).fieldType),
    ),
  });
  test.each<[string, CfnWebACL.DataProtectionConfigProperty]>([
    ['the body, where /sts has its token', without('BODY')],
    ['the header authorization', without('SINGLE_HEADER')],
    ['the query string', without('QUERY_STRING')],
    ['anything', { dataProtections: [] }],
    [
      'the right header',
      {
        dataProtections: [
          ...(without('SINGLE_HEADER').dataProtections as CfnWebACL.DataProtectProperty[]),
          { action: 'SUBSTITUTION', field: { fieldType: 'SINGLE_HEADER', fieldKeys: ['user-agent'] } },
        ],
      },
    ],
    [
      'what its rules quote',
      {
        dataProtections: [
          ...(without('BODY').dataProtections as CfnWebACL.DataProtectProperty[]),
          { action: 'SUBSTITUTION', field: { fieldType: 'BODY' }, excludeRuleMatchDetails: true },
        ],
      },
    ],
  ])('that does not protect %s fails the synthesis', (_, dataProtectionConfig) => {
    const stack = stackWith((one) => ({ webAcl: protectedWebAcl(one, { dataProtectionConfig }) }));
    expect(() => synth(stack)).toThrow(/TvmGatewayRecordsSecrets: The web ACL would write tokens/);
  });

  test('opened by a property override fails the synthesis', () => {
    const stack = stackWith(options.webAcl);
    webAclIn(stack).addPropertyDeletionOverride('DataProtectionConfig');
    expect(() => synth(stack)).toThrow(/TvmGatewayRecordsSecrets/);
  });

  test('whose own log redacts nothing fails the synthesis', () => {
    const stack = stackWith(options.webAclLogging);
    new CfnLoggingConfiguration(stack, 'Own', {
      resourceArn: webAclIn(stack).attrArn,
      logDestinationConfigs: ['arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-own'],
      redactedFields: [{ singleHeader: { Name: 'user-agent' } }],
    });
    expect(() => synth(stack)).toThrow(/TvmGatewayRecordsSecrets/);
  });

  test('from elsewhere is taken with a warning', () => {
    class Elsewhere extends Resource {
      readonly webAclRef = {
        webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/0',
        webAclId: '0',
        webAclName: 'x',
        scope: 'REGIONAL',
      };
    }
    const stack = stackWith((one) => ({ webAcl: new Elsewhere(one, 'Imported') }));
    Annotations.fromStack(stack).hasWarning('/Test/Tvm/WebAcl', Match.stringLikeRegexp('yours to check'));
  });
});

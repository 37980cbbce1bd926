// The address that callers use where it is not the gateway's own: a domain, or a path on somebody's API. The path that is mapped is
// the path that the handler strips.
import { readFileSync } from 'node:fs';
import { type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { CorsHttpMethod, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { describe, expect, test } from 'vitest';
import { fromEvent } from '../../../lambda/events.ts';
import { PermissionSet, TenantAccess } from '../../../lib/index.ts';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { appOf, customDomain, machineIn, options, stackWith, type SettingsOf } from '../options.ts';

const templateOf = (settings: SettingsOf): Template => Template.fromStack(stackWith(settings));
const synth = (stack: Stack): unknown => appOf(stack).synth();

describe('a custom domain', () => {
  const template = templateOf((stack) => ({ ...customDomain(stack), basePath: 'tvm' }));

  test('has TLS 1.2, the mapping, both alias records, and closes the other address', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'tvm.example.com',
      DomainNameConfigurations: [
        Match.objectLike({ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2', IpAddressType: 'dualstack' }),
      ],
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      ApiMappingKey: 'tvm',
      Stage: '$default',
    });
    // CloudFormation could else map to a stage that is not there yet.
    template.hasResource('AWS::ApiGatewayV2::ApiMapping', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^TvmHttpStage')]),
    });
    for (const type of ['A', 'AAAA']) {
      template.hasResourceProperties('AWS::Route53::RecordSet', {
        Type: type,
        Name: 'tvm.example.com.',
        AliasTarget: Match.anyValue(),
      });
    }
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  });

  test('is the url, and without a zone there are no records', () => {
    const stack = stackWith((one) => {
      const { domainName, certificate } = customDomain(one);
      return { domainName: domainName!, certificate: certificate! };
    });
    expect(machineIn(stack).url).toBe('https://tvm.example.com/');
    Template.fromStack(stack).resourceCountIs('AWS::Route53::RecordSet', 0);
    template.hasOutput('*', { Value: 'https://tvm.example.com/tvm/' });
  });

  test('stands before a REST API too', () => {
    const rest = templateOf((stack) => ({ ...customDomain(stack), ...options.resourcePolicy(stack) }));
    rest.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      ApiId: { Ref: Match.stringLikeRegexp('^TvmRest') },
      ApiMappingKey: Match.absent(),
    });
    rest.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
  });

  test('has a base path that the handler strips, in both dialects and whether or not the gateway strips it first', () => {
    const [fn] = Object.values(template.findResources('AWS::Lambda::Function')) as {
      Properties: { Environment: { Variables: Record<string, unknown> } };
    }[];
    const basePath = fn!.Properties.Environment.Variables['TVM_BASE_PATH'];
    expect(basePath).toBe('/tvm');
    // The composition root reads that variable.
    expect(readFileSync(new URL('../../../lambda/vend.ts', import.meta.url), 'utf8')).toContain('TVM_BASE_PATH');
    const pathOf = (event: unknown): string =>
      fromEvent(event, { basePath: String(basePath), newRequestId: () => 'r' }).path;
    const http = (rawPath: string) => ({ rawPath, requestContext: { stage: '$default', http: { method: 'GET' } } });
    const rest = (path: string) => ({ httpMethod: 'GET', path, requestContext: { stage: 'live', path } });
    for (const path of ['/v1/credentials', '/sts', '/sts/', '/.well-known/tvm-configuration']) {
      for (const event of [http(`/tvm${path}`), http(path), rest(`/tvm${path}`), rest(path)]) {
        expect(pathOf(event)).toBe(path);
      }
    }
    expect(pathOf(http('/tvmx/healthz'))).toBe('/tvmx/healthz');
  });
});

describe('an API of your own', () => {
  test('gets one route below the base path, which no authorizer of the API answers for', () => {
    const stack = stackWith((one) => ({
      api: new HttpApi(one, 'Api', {
        defaultAuthorizer: new HttpJwtAuthorizer('Jwt', 'https://idp.example.com/', { jwtAudience: ['api'] }),
      }),
      basePath: 'tvm',
    }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'ANY /tvm/{proxy+}',
      AuthorizationType: 'NONE',
    });
    expect(stack.resolve(machineIn(stack).url)).toEqual({
      'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^Api/) as string, 'ApiEndpoint'] }, '/tvm/']],
    });
  });

  test('without a base path gets the default route', () => {
    templateOf((stack) => ({ api: new HttpApi(stack, 'Api') })).hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: '$default',
    });
  });

  test('that answers CORS itself fails the synthesis', () => {
    const stack = stackWith((one) => ({
      api: new HttpApi(one, 'Api', { corsPreflight: { allowOrigins: ['*'], allowMethods: [CorsHttpMethod.ANY] } }),
    }));
    expect(() => synth(stack)).toThrow(/TvmOptionsConflict: The API answers CORS itself/);
  });

  test('whose access log holds headers fails the synthesis', () => {
    const stack = stackWith((one) => {
      const api = new HttpApi(one, 'Api');
      (api.defaultStage!.node.defaultChild as CfnStage).accessLogSettings = {
        destinationArn: 'arn:aws:logs:us-east-1:111122223333:log-group:x',
        format: '$request.header.authorization',
      };
      return { api };
    });
    expect(() => synth(stack)).toThrow(/TvmLogFormat/);
  });

  test('of another app is taken by its attributes', () => {
    const stack = stackWith((one) => ({
      api: HttpApi.fromHttpApiAttributes(one, 'Api', { httpApiId: 'abc', apiEndpoint: 'https://api.example.com' }),
      basePath: 'tvm',
      permissionSets: [
        PermissionSet.of('documents', TenantAccess.s3Prefix(Bucket.fromBucketName(one, 'More', 'more'))),
      ],
    }));
    expect(machineIn(stack).url).toBe('https://api.example.com/tvm/');
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Route', { ApiId: 'abc' });
  });
});

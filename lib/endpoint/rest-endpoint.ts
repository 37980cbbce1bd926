// The REST API in front of the function, for what an HTTP API cannot do: a web ACL, a private endpoint, a resource policy.
// Never caches and never traces data; a stage changed to do either by an escape hatch fails synth.
import {
  CfnStage,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
  type Stage,
} from 'aws-cdk-lib/aws-apigateway';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements.ts';
import { SynthError } from '../errors.ts';
import { renderedProperties } from '../rendered-properties.ts';
import { accessLogOf } from '../vending-log.ts';
import { restAccessLogFormat, validateAccessLogFormat } from './access-log.ts';
import type { VendingEndpoint } from './endpoint.ts';
import { authorizedByHandler, type EndpointProps } from './http-endpoint.ts';
import { privateApiPolicy } from './private-api-policy.ts';

/** What makes the API a REST API. */
export interface RestEndpointProps extends EndpointProps {
  /** The VPC endpoints through which alone it is reached; none for a public API. */
  readonly privateEndpoints: readonly IInterfaceVpcEndpoint[];
  /**
   * Who may call it.
   * @default - everybody, or the private endpoints
   */
  readonly resourcePolicy?: PolicyDocument;
  /** Whether a web ACL is put before the stage. */
  readonly hasWebAcl: boolean;
}

/**
 * The API and its stage `live`; Lambda proxy integration, so payload format 1.0.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export class RestEndpoint extends Construct implements VendingEndpoint {
  readonly restApi: RestApi;
  readonly stage: Stage;
  readonly accessLog: ILogGroup;

  constructor(scope: Construct, id: string, props: RestEndpointProps) {
    super(scope, id);
    const { privateEndpoints } = props;
    this.accessLog = accessLogOf(this, props);
    const policy =
      props.resourcePolicy ?? (privateEndpoints.length > 0 ? privateApiPolicy(privateEndpoints) : undefined);
    this.restApi = new RestApi(this, 'Api', {
      description: 'Token vending machine',
      // The account's logging role is an account-wide setting: not ours to overwrite.
      cloudWatchRole: false,
      endpointConfiguration:
        privateEndpoints.length > 0
          ? { types: [EndpointType.PRIVATE], vpcEndpoints: [...privateEndpoints] }
          : { types: [EndpointType.REGIONAL] },
      disableExecuteApiEndpoint: props.disableExecuteApiEndpoint,
      ...(policy === undefined ? {} : { policy }),
      deployOptions: {
        stageName: 'live',
        throttlingRateLimit: props.throttlingRateLimit,
        throttlingBurstLimit: props.throttlingBurstLimit,
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: restAccessLogFormat,
      },
    });
    this.stage = this.restApi.deploymentStage;
    // Every path and method, the root too: a 403 of the gateway's own would not be a refusal that SDKs can read.
    const integration = new LambdaIntegration(props.handler, { proxy: true, allowTestInvoke: false });
    this.restApi.root.addMethod('ANY', integration);
    this.restApi.root.addResource('{proxy+}').addMethod('ANY', integration);
    this.#acknowledge(props.hasWebAcl);
    this.node.addValidation({ validate: () => validateStage(this.stage) });
  }

  get url(): string {
    return this.stage.urlForPath('/');
  }

  get mapping(): { readonly apiId: string; readonly stageName: string } {
    return { apiId: this.restApi.restApiId, stageName: this.stage.stageName };
  }

  metricCount(options: MetricOptions = {}): Metric {
    return this.stage.metricCount(options);
  }

  metricClientErrors(options: MetricOptions = {}): Metric {
    return this.stage.metricClientError(options);
  }

  metricServerErrors(options: MetricOptions = {}): Metric {
    return this.stage.metricServerError(options);
  }

  metricLatency(options: MetricOptions = {}): Metric {
    return this.stage.metricLatency(options);
  }

  #acknowledge(hasWebAcl: boolean): void {
    acknowledge(this.restApi, 'AwsSolutions-APIG4', authorizedByHandler);
    acknowledge(this.restApi, 'AwsSolutions-COG4', authorizedByHandler);
    acknowledge(
      this.restApi,
      'AwsSolutions-APIG2',
      'The handler validates every request itself, with one strict parser for all gateways; a model here would answer in another shape than clients read',
    );
    acknowledge(
      this.restApi,
      'AwsSolutions-APIG6',
      'Execution logs hold headers and parameters, and so tokens; the access log and the audit record of the function take their place',
    );
    if (hasWebAcl) return;
    acknowledge(
      this.restApi,
      'AwsSolutions-APIG3',
      'No web ACL was asked for: the API is throttled, and reached as its resource policy says',
    );
  }
}

/** Issues of a stage that would write down what callers send, or hand one caller's credentials to another from a cache. */
function validateStage(stage: Stage): string[] {
  const resource = stage.node.children.find((child) => child instanceof CfnStage);
  if (resource === undefined) return [];
  const properties = renderedProperties(resource);
  const settings = (properties['MethodSettings'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  const found = [
    ...(isOff(properties['CacheClusterEnabled']) ? [] : ['CacheClusterEnabled']),
    ...settings.flatMap(({ CachingEnabled: caching, DataTraceEnabled: tracing, LoggingLevel: level }) => [
      ...(isOff(caching) ? [] : ['CachingEnabled']),
      ...(isOff(tracing) ? [] : ['DataTraceEnabled']),
      ...(level === undefined || level === 'OFF' ? [] : [`LoggingLevel ${JSON.stringify(level)}`]),
    ]),
  ];
  const issues = found.length === 0 ? [] : [refuseSettings(stage, found).report];
  return [...issues, ...validateAccessLogFormat(stage, properties['AccessLogSetting'])];
}

/** Only a plain false is known to be off: a parameter may hold anything at deploy time. */
function isOff(value: unknown): boolean {
  return value === undefined || value === false;
}

function refuseSettings(stage: Stage, found: readonly string[]): SynthError {
  return new SynthError(
    'TvmGatewayRecordsSecrets',
    {
      what: 'The stage would keep tokens or credentials outside the function',
      got: found.join(', '),
      allowed: 'no cache, no data tracing, no execution log',
      fix: 'remove these settings from the stage; the access log and the audit record say what happened',
    },
    stage,
  );
}

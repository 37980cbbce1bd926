// The HTTP API in front of the function: one route for everything, because the handler's own answers are the contract.
// Never caches, never answers CORS, and never logs a header, a query or a body.
import { CfnStage, HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements.ts';
import { renderedProperties } from '../rendered-properties.ts';
import { accessLogOf, type AccessLogProps } from '../vending-log.ts';
import { httpAccessLogFormat, validateAccessLogFormat } from './access-log.ts';
import type { VendingEndpoint } from './endpoint.ts';

/** What the API is made of. */
export interface EndpointProps extends AccessLogProps {
  readonly handler: IFunction;
  readonly throttlingRateLimit: number;
  readonly throttlingBurstLimit: number;
  /** Closes the gateway's own address, where callers come by a domain. */
  readonly disableExecuteApiEndpoint: boolean;
}

/** Why the gateway has no authorizer, for reviewers and cdk-nag. */
export const authorizedByHandler =
  'The route is where a token is exchanged: the handler verifies it strictly and itself, so that no gateway setting can switch verification off';

/**
 * The API and its `$default` stage.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
 */
export class HttpEndpoint extends Construct implements VendingEndpoint {
  readonly httpApi: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: ILogGroup;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    // `$default` and no other route: a 404 or 405 of the gateway's own would not be a refusal that SDKs can read.
    this.httpApi = new HttpApi(this, 'Api', {
      description: 'Token vending machine',
      createDefaultStage: false,
      defaultIntegration: new HttpLambdaIntegration('Vend', props.handler),
      ...(props.disableExecuteApiEndpoint ? { disableExecuteApiEndpoint: true } : {}),
    });
    this.accessLog = accessLogOf(this, props);
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.httpApi,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttlingRateLimit, burstLimit: props.throttlingBurstLimit },
      accessLogSettings: { destination: new LogGroupLogDestination(this.accessLog), format: httpAccessLogFormat },
    });
    acknowledge(this.httpApi, 'AwsSolutions-APIG4', authorizedByHandler);
    this.node.addValidation({ validate: () => validateStage(this.stage) });
  }

  get url(): string {
    return this.stage.url;
  }

  get mapping(): { readonly apiId: string; readonly stageName: string } {
    return { apiId: this.httpApi.apiId, stageName: this.stage.stageName };
  }

  metricCount(options: MetricOptions = {}): Metric {
    return this.httpApi.metricCount(options);
  }

  metricClientErrors(options: MetricOptions = {}): Metric {
    return this.httpApi.metricClientError(options);
  }

  metricServerErrors(options: MetricOptions = {}): Metric {
    return this.httpApi.metricServerError(options);
  }

  metricLatency(options: MetricOptions = {}): Metric {
    return this.httpApi.metricLatency(options);
  }
}

/** Issues of the access log of an HTTP API's stage. */
export function validateStage(stage: Construct): string[] {
  const resource = stage.node.children.find((child) => child instanceof CfnStage);
  return resource === undefined
    ? []
    : validateAccessLogFormat(stage, renderedProperties(resource)['AccessLogSettings']);
}

// A route to the function on an HTTP API that somebody else owns. The owner's stage, throttling and domain stay theirs; what would
// break the contract or write tokens down is refused where synth can see it.
import {
  CfnApi,
  CfnStage,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements.ts';
import { SynthError } from '../errors.ts';
import { renderedProperties } from '../rendered-properties.ts';
import { validateAccessLogFormat } from './access-log.ts';
import type { AnyHttpApi, VendingEndpoint } from './endpoint.ts';
import { authorizedByHandler } from './http-endpoint.ts';

/** What the route is made of. */
export interface BroughtHttpApiProps {
  readonly api: AnyHttpApi;
  readonly handler: IFunction;
  /** `/tvm`, or empty for the route `$default`. */
  readonly basePath: string;
}

/** The route below the base path, or the default route. */
export class BroughtHttpApi extends Construct implements VendingEndpoint {
  readonly httpApi: AnyHttpApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: BroughtHttpApiProps) {
    super(scope, id);
    const { api, basePath } = props;
    this.httpApi = api;
    this.url = `${api.apiEndpoint}${basePath}/`;
    const route = new HttpRoute(this, 'Route', {
      httpApi: api,
      integration: new HttpLambdaIntegration('Vend', props.handler),
      routeKey: basePath === '' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(`${basePath}/{proxy+}`, HttpMethod.ANY),
      // An authorizer of the API's own would answer before the handler, in words that no SDK reads.
      authorizer: new HttpNoneAuthorizer(),
    });
    acknowledge(route, 'AwsSolutions-APIG4', authorizedByHandler);
    this.node.addValidation({ validate: () => validateApi(api) });
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

/** The stages and settings of an API of this app; of an imported one there is nothing to see. */
function validateApi(api: AnyHttpApi): string[] {
  const below = api.node.findAll();
  const logs = below
    .filter((one) => one instanceof CfnStage)
    .flatMap((stage) => validateAccessLogFormat(stage, renderedProperties(stage)['AccessLogSettings']));
  const hasCors = below.some(
    (one) => one instanceof CfnApi && renderedProperties(one)['CorsConfiguration'] !== undefined,
  );
  if (!hasCors) return logs;
  const text = {
    what: 'The API answers CORS itself, and would overwrite what the handler answers',
    got: 'corsPreflight on the API',
    allowed: 'no CORS on the API',
    fix: 'drop corsPreflight and set corsOrigins, or let the machine make an API of its own',
  };
  return [...logs, new SynthError('TvmOptionsConflict', text, api).report];
}

// What every kind of gateway in front of the function is to the rest of the machine. A gateway carries requests and answers;
// it never verifies, caches, answers CORS or writes down what a caller sent.
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { HttpApi, IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

/** An HTTP API; the class `HttpApi` is one too, also under exactOptionalPropertyTypes. */
export type AnyHttpApi = IHttpApi | HttpApi;

/** A gateway whose every path leads to the function. */
export interface VendingEndpoint {
  /** The gateway's own address, ending with `/`; with a custom domain this address is closed or unused. */
  readonly url: string;
  /** The API where it is an HTTP API. */
  readonly httpApi?: AnyHttpApi;
  /** The API where it is a REST API. */
  readonly restApi?: RestApi;
  /** Its stage, where that is this machine's own. */
  readonly stage?: IConstruct;
  /** What a custom domain maps to: API id and stage name. */
  readonly mapping?: { readonly apiId: string; readonly stageName: string };
  metricCount(options?: MetricOptions): Metric;
  metricClientErrors(options?: MetricOptions): Metric;
  metricServerErrors(options?: MetricOptions): Metric;
  metricLatency(options?: MetricOptions): Metric;
}

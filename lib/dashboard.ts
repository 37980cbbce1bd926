// The dashboard of a machine: vends and refusals, time, STS, issuers, the function and the gateway, top to bottom as an operator
// asks. Shows counts and times only; who vended what is in the audit records.
import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  TextWidget,
  type IMetric,
  type IWidget,
  type Metric,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { errorTable } from '../core/errors.ts';
import type { VendingEndpoint } from './endpoint/endpoint.ts';
import type { ITokenVendingMachine } from './token-vending-machine-base.ts';

/** Settings of the dashboard. */
export interface DashboardOptions {
  /**
   * Its name, unique in the account and Region.
   * @default - a name of CloudFormation's
   */
  readonly dashboardName?: string;
  /**
   * The time one point stands for.
   * @default Duration.minutes(5)
   */
  readonly period?: Duration;
}

/** What the dashboard shows. */
export interface VendingDashboardProps extends DashboardOptions {
  readonly machine: ITokenVendingMachine;
  readonly permissionSets: readonly string[];
  readonly alias: Pick<
    IFunction,
    'metric' | 'metricDuration' | 'metricErrors' | 'metricInvocations' | 'metricThrottles'
  >;
  readonly endpoint: VendingEndpoint;
}

/** The dashboard. */
export class VendingDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: VendingDashboardProps) {
    super(scope, id);
    const { machine, permissionSets, alias, endpoint, dashboardName } = props;
    const sum: MetricOptions = { period: props.period ?? Duration.minutes(5), statistic: 'Sum' };
    const times = (metric: (options: MetricOptions) => Metric): Metric[] =>
      ['p50', 'p95', 'p99'].map((statistic) => metric({ ...sum, statistic, label: statistic }));
    this.dashboard = new Dashboard(this, 'Dashboard', {
      ...(dashboardName === undefined ? {} : { dashboardName }),
      widgets: [
        [
          new TextWidget({
            markdown:
              '# Token vending machine\nThe metrics of the function are shared by all machines of this account and Region; gateway and function are this one.',
            width: 24,
            height: 2,
          }),
        ],
        [
          graph('Vended, by permission set', [
            ...permissionSets.map((name) => machine.metricVended(name, { ...sum, label: name })),
          ]),
          graph(
            'Refused, by code',
            Object.keys(errorTable).map((code) => machine.metricRefused(code, { ...sum, label: code })),
          ),
        ],
        [
          graph(
            'Time of a vend, ms',
            times((options) => machine.metricLatency(options)),
          ),
          graph(
            'Time of STS, ms',
            times((options) => machine.metricStsLatency(options)),
          ),
        ],
        [
          graph('STS throttled, keys of issuers not fetched', [
            machine.metricStsThrottled(sum),
            machine.metricJwksFailures(sum),
          ]),
          graph('Cache hits, cold starts', [machine.metricCacheHits(sum), machine.metricColdStarts(sum)]),
        ],
        [
          graph('Function: errors and throttles', [alias.metricErrors(sum), alias.metricThrottles(sum)]),
          graph(
            'Function: duration, ms',
            times((options) => alias.metricDuration(options)),
          ),
        ],
        [
          graph('API: 4xx and 5xx', [endpoint.metricClientErrors(sum), endpoint.metricServerErrors(sum)]),
          graph('API: requests', [endpoint.metricCount(sum), alias.metricInvocations(sum)]),
        ],
        [
          graph(
            'Packed policy size, % of what STS accepts',
            permissionSets.map((name) =>
              machine.metricPackedPolicySize(name, { ...sum, statistic: 'Maximum', label: name }),
            ),
          ),
        ],
      ],
    });
  }
}

function graph(title: string, left: IMetric[]): IWidget {
  return new GraphWidget({ title, left, width: 12, height: 6, leftYAxis: { min: 0 } });
}

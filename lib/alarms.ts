// The alarms of a machine: what an operator must act on, and nothing that callers can set off at will.
// A refused token is no alarm; anyone on the internet can send one.
import { Duration, Names } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData, type Alarm, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { VendingEndpoint } from './endpoint/endpoint.ts';
import { metricNamespace } from './metrics.ts';
import type { VendingFunction } from './vending-function.ts';

/** What the alarms watch. */
export interface VendingAlarmsProps {
  readonly vending: VendingFunction;
  readonly endpoint: VendingEndpoint;
}

const period = Duration.minutes(5);

/** Codes that only the operator can mend, and codes of what we depend on; each is a slug of the audit record. */
const operatorFaults = ['misconfigured', 'policy-too-large', 'internal'];
const upstreamFaults = ['sts-unavailable', 'issuer-unavailable', 'upstream-invalid'];

/** One alarm per thing that breaks: the function, its concurrency, the gateway, the deployment, and what we depend on. */
export class VendingAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: VendingAlarmsProps) {
    super(scope, id);
    const { alias } = props.vending;
    const serverErrors = props.endpoint.metricServerErrors({ period, statistic: 'Sum' });
    const ofOperator = this.#refusals('OperatorFaults', operatorFaults, props.vending);
    const ofUpstream = this.#refusals('UpstreamFaults', upstreamFaults, props.vending);
    this.alarms = [
      this.#alarm(
        'FunctionErrors',
        alias.metricErrors({ period }),
        1,
        'The vending function crashed or did not start: read its log.',
      ),
      this.#alarm(
        'FunctionThrottles',
        alias.metricThrottles({ period }),
        1,
        'Lambda turned vends away: raise the concurrency.',
      ),
      this.#alarm('ApiServerErrors', serverErrors, 5, 'Clients got 5xx answers.'),
      this.#alarm(
        'OperatorFaults',
        ofOperator,
        1,
        'Vends were refused for a fault of the deployment: see detail in the audit record.',
      ),
      this.#alarm('UpstreamFaults', ofUpstream, 5, 'STS or an issuer did not answer.'),
    ];
  }

  /** Sends every alarm, and its end, to the topic. */
  notify(topic: ITopic): void {
    for (const alarm of this.alarms) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }

  /** Counts audit records of this machine's own log: the function's metrics are shared by all machines of the account. */
  #refusals(id: string, codes: readonly string[], { logGroup }: VendingFunction): Metric {
    const anyCode = codes.map((code) => `$.code = "${code}"`).join(' || ');
    const filter = logGroup.addMetricFilter(id, {
      filterPattern: FilterPattern.literal(`{ $.event = "credentials.refused" && (${anyCode}) }`),
      metricNamespace,
      metricName: `${id}-${Names.uniqueResourceName(this, { maxLength: 100 })}`,
      metricValue: '1',
    });
    return filter.metric({ period, statistic: 'Sum' });
  }

  #alarm(id: string, metric: Metric, threshold: number, alarmDescription: string): Alarm {
    return metric.createAlarm(this, id, {
      alarmDescription,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No requests is no fault.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

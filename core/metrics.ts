// Metrics of one attempt, as CloudWatch's embedded metric format: one JSON document that CloudWatch takes out of the log.
// Dimensions are constants, configured names and our own codes; never a tenant, and never anything a caller chose.
// @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import type { AuditRecord } from './audit.ts';
import { errorTable } from './errors.ts';

/** The namespace of all metrics of token vending machines. */
export const metricNamespace = 'TokenVendingMachine';

/** The value of the dimension `service`. */
export const metricService = 'token-vending-machine';

/** Every metric with its unit. Names are part of the contract: dashboards and alarms are written against them. */
const units = {
  Vended: 'Count',
  Refused: 'Count',
  Latency: 'Milliseconds',
  StsLatency: 'Milliseconds',
  StsThrottled: 'Count',
  PackedPolicySize: 'Percent',
  JwksFailures: 'Count',
  CacheHits: 'Count',
  ColdStart: 'Count',
} as const;

/** The metrics of the function, as docs name them. */
export type VendingMetric = keyof typeof units;

const names = Object.keys(units) as readonly VendingMetric[];

/** What happened on the way that no audit record says. */
export interface MetricFacts {
  /** Answers of STS that said to come back later, those that a retry made up for included. */
  readonly stsThrottled: number;
  /** Fetches of an issuer's keys that failed, those that cached keys made up for included. */
  readonly jwksFailures: number;
  /** How full STS found a policy that it refused as too large, percent. */
  readonly packedPolicyPercent?: number;
}

/** One line of embedded metrics. Its member `_aws` tells it from an audit record, which never has one. */
export type MetricDocument = Readonly<Record<string, unknown>> & {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: VendingMetric; readonly Unit: string }[];
    }[];
  };
};

type Values = { readonly [K in VendingMetric]?: number | undefined };

/** The metrics of an attempt, or undefined where there is nothing to tell. A count of zero is left out. `permissionSets` are
 * the configured ones. */
export function renderMetrics(
  record: AuditRecord,
  facts: MetricFacts,
  permissionSets: Readonly<Record<string, unknown>>,
): MetricDocument | undefined {
  const isVend = record.event === 'credentials.vended' || record.event === 'credentials.refused';
  const surroundings: Values = { JwksFailures: facts.jwksFailures, ColdStart: Number(record.cold_start) };
  // Identity requests and preflights vend nothing: of them only what concerns the environment counts.
  if (!isVend) return toDocument(record, surroundings, [['service']], {});
  const code = record.code !== undefined && Object.hasOwn(errorTable, record.code) ? record.code : undefined;
  const values: Values = {
    Vended: Number(record.event === 'credentials.vended'),
    Refused: Number(record.event === 'credentials.refused'),
    Latency: record.latency_ms,
    StsLatency: record.sts_ms,
    StsThrottled: facts.stsThrottled,
    PackedPolicySize: record.packed_policy_percent ?? facts.packedPolicyPercent,
    CacheHits: Number(record.cache === 'hit'),
    ...surroundings,
  };
  return toDocument(
    record,
    values,
    [['service'], ['service', 'permission_set'], ...(code === undefined ? [] : [['service', 'code']])],
    { permission_set: configuredName(record.permission_set, permissionSets), ...(code === undefined ? {} : { code }) },
  );
}

/** A name of the configuration, else `none`: each value of a dimension is a metric that is paid for, so a caller who could
 * choose one could run up the bill. */
function configuredName(name: string | undefined, permissionSets: Readonly<Record<string, unknown>>): string {
  return name !== undefined && Object.hasOwn(permissionSets, name) ? name : 'none';
}

function toDocument(
  record: AuditRecord,
  values: Values,
  dimensions: readonly (readonly string[])[],
  labels: Readonly<Record<string, string>>,
): MetricDocument | undefined {
  const told: { -readonly [K in VendingMetric]?: number } = {};
  const metrics: { readonly Name: VendingMetric; readonly Unit: string }[] = [];
  for (const name of names) {
    const value = values[name];
    const unit = units[name];
    if (value === undefined || !Number.isFinite(value) || (unit === 'Count' && value <= 0)) continue;
    told[name] = value;
    metrics.push({ Name: name, Unit: unit });
  }
  if (metrics.length === 0) return undefined;
  return {
    _aws: {
      Timestamp: Date.parse(record.time),
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: dimensions,
          Metrics: metrics,
        },
      ],
    },
    service: metricService,
    ...labels,
    // Not a dimension: leads from a metric in the log to its audit record.
    request_id: record.request_id,
    ...told,
  };
}

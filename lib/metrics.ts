// The metrics that the function writes, by name. Dimensions are constants: never a tenant, never what a caller chose.
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace, metricService, type VendingMetric } from '../core/metrics.ts';

export { metricNamespace, type VendingMetric };

/** Metrics that are measured; the others are counted. */
const measured = new Set<VendingMetric>(['Latency', 'StsLatency', 'PackedPolicySize']);

/** The metric over all machines of the account and Region, or of one `permission_set` or `code`. */
export function vendingMetric(
  name: VendingMetric,
  dimensions: Readonly<Record<string, string>>,
  options: MetricOptions,
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap: { service: metricService, ...dimensions },
    statistic: measured.has(name) ? 'p95' : 'Sum',
    ...options,
  });
}

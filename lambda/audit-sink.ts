// The audit port on standard output: one JSON line per record, written before the answer leaves, and one line of metrics with it.
// A record that cannot be written stops the vend; metrics that cannot be rendered stop nothing.
import type { AuditRecord } from '../core/audit.ts';
import { TvmError } from '../core/errors.ts';
import type { MetricDocument } from '../core/metrics.ts';
import type { AuditSink } from '../core/ports.ts';

/** Milliseconds. A log that takes no lines for so long is down, and an answer late is better than a timeout of the function. */
const writeTimeout = 2_000;

/** Writes to the stream that `log` gives at the first record. Rejects where the audit line could not be written, and then nothing
 * is vended. `renderMetrics` gives the metrics of a record, if any. */
export function createAuditSink(
  log: () => NodeJS.WritableStream,
  renderMetrics: (record: AuditRecord) => MetricDocument | undefined = () => undefined,
): AuditSink {
  let opened: NodeJS.WritableStream | undefined;
  const open = (): NodeJS.WritableStream => {
    const stream = log();
    // A failed write is also emitted; without a listener that would end the process in the middle of an answer.
    stream.on('error', () => undefined);
    return stream;
  };
  return async (record) => {
    const stream = (opened ??= open());
    // JSON escapes line breaks and control characters, so no claim or user agent can forge a line. One write for both lines:
    // each is a system call, and on a warm vend those cost more than what is written.
    await write(stream, `${JSON.stringify(withoutTokens(record))}\n${metricsLine(record)}`);
  };

  function metricsLine(record: AuditRecord): string {
    try {
      const metrics = renderMetrics(record);
      return metrics === undefined ? '' : `${JSON.stringify(metrics)}\n`;
    } catch {
      // What a record counts for is second to it.
      return '';
    }
  }
}

/** Fields whose words others chose. The audit trail takes out the request's own token; what is left here is one it never read,
 * such as the second of two, repeated in a user agent. */
const quoting = ['user_agent', 'reason', 'detail'] as const;

function withoutTokens(record: AuditRecord): AuditRecord {
  const suspects = quoting.filter((field) => record[field]?.includes('eyJ') === true);
  if (suspects.length === 0) return record;
  const withoutToken = (text: string): string =>
    text.replaceAll(/[\w.-]+/g, (word) => (isTokenShaped(word) ? '[token]' : word));
  return { ...record, ...Object.fromEntries(suspects.map((field) => [field, withoutToken(record[field]!)])) };
}

/** Three segments, the first of which is the base64url of `{"…`. Splitting keeps this linear, whatever a caller sends. */
function isTokenShaped(word: string): boolean {
  const segments = word.split('.');
  return segments.some((segment, index) => segment.includes('eyJ') && (segments[index + 2]?.length ?? 0) > 0);
}

function write(stream: NodeJS.WritableStream, lines: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TvmError('internal', { detail: 'the audit log takes no lines' })),
      writeTimeout,
    );
    stream.write(lines, (error?: Error | null) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}

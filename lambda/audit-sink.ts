// The audit port on standard output: one JSON line per record, written before the answer leaves, then one line of metrics.
// An audit line that cannot be written stops the vend; a line of metrics that cannot be written stops nothing.
import type { AuditRecord } from '../core/audit.ts';
import { TvmError } from '../core/errors.ts';
import type { MetricDocument } from '../core/metrics.ts';
import type { AuditSink } from '../core/ports.ts';

/** Milliseconds. A log that takes no lines for so long is down, and an answer late is better than a timeout of the function. */
const writeTimeout = 2_000;

/** Writes to a stream. Rejects where the audit line could not be written, and then nothing is vended. `renderMetrics` gives
 * the metrics of a record, if any. */
export function createAuditSink(
  stream: NodeJS.WritableStream,
  renderMetrics: (record: AuditRecord) => MetricDocument | undefined = () => undefined,
): AuditSink {
  // A failed write is also emitted; without a listener that would end the process in the middle of an answer.
  stream.on('error', () => undefined);
  return async (record) => {
    // JSON escapes line breaks and control characters, so no claim or user agent can forge a line.
    await writeLine(stream, JSON.stringify(record, withoutTokens));
    try {
      const metrics = renderMetrics(record);
      // Not awaited: a vend waits for its record, never for its metrics.
      if (metrics !== undefined) stream.write(`${JSON.stringify(metrics)}\n`, () => undefined);
    } catch {
      // The record is written; what it counts for is second to it.
    }
  };
}

/** Fields whose words others chose. The audit trail takes out the request's own token; what is left here is one it never read,
 * such as the second of two, repeated in a user agent. */
const quoting = new Set(['user_agent', 'reason', 'detail']);

function withoutTokens(field: string, value: unknown): unknown {
  if (typeof value !== 'string' || !quoting.has(field)) return value;
  return value.replaceAll(/[\w.-]+/g, (word) => (isTokenShaped(word) ? '[token]' : word));
}

/** Three segments, the first of which is the base64url of `{"…`. Splitting keeps this linear, whatever a caller sends. */
function isTokenShaped(word: string): boolean {
  const segments = word.split('.');
  return segments.some((segment, index) => segment.includes('eyJ') && (segments[index + 2]?.length ?? 0) > 0);
}

function writeLine(stream: NodeJS.WritableStream, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TvmError('internal', { detail: 'the audit log takes no lines' })),
      writeTimeout,
    );
    stream.write(`${line}\n`, (error?: Error | null) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}

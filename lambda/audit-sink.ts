// The audit port on standard output: one JSON line per record, written before the answer leaves.
import type { AuditRecord } from '../core/audit.ts';
import type { AuditSink } from '../core/ports.ts';

/** Writes to a stream. Rejects where the line could not be written, and then nothing is vended. */
export function createAuditSink(stream: NodeJS.WritableStream): AuditSink {
  return (record: AuditRecord) =>
    new Promise((resolve, reject) => {
      // JSON escapes line breaks and control characters, so no claim or user agent can forge a line.
      stream.write(`${JSON.stringify(record)}\n`, (error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
}

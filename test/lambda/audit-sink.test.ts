// Where records go: audit lines stop a vend when they cannot be written, metrics never do.
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AuditRecord } from '../../core/audit.ts';
import type { MetricDocument } from '../../core/metrics.ts';
import { createAuditSink } from '../../lambda/audit-sink.ts';

const record: AuditRecord = {
  event: 'credentials.vended',
  time: '2026-11-21T22:04:05.000Z',
  request_id: 'r',
  latency_ms: 1,
  cold_start: false,
  user_agent: 'x\n{"event":"forged"}',
};
const metrics = { _aws: { Timestamp: 1, CloudWatchMetrics: [] } } as MetricDocument;

/** A stream that treats each line as the test says. */
function stream(write: (line: string, done: (error?: Error) => void) => void): () => Writable {
  const writable = new Writable({ write: (chunk: Buffer, _encoding, done) => write(chunk.toString(), done) });
  return () => writable;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the audit sink', () => {
  it('writes the record, then its metrics, one line each, in one write', async () => {
    const written: string[] = [];
    const out = stream((text, done) => {
      written.push(text);
      done();
    });
    await createAuditSink(out, () => metrics)(record);
    expect(written).toEqual([`${JSON.stringify(record)}\n${JSON.stringify(metrics)}\n`]);
    expect(written[0]!.split('\n')).toHaveLength(3);
  });

  it('writes the record alone where there are no metrics', async () => {
    const written: string[] = [];
    const out = stream((text, done) => {
      written.push(text);
      done();
    });
    await createAuditSink(out)(record);
    expect(written).toEqual([`${JSON.stringify(record)}\n`]);
  });

  it('SEC-RESP-03 writes no token, also one that nobody read, and hides nothing else', async () => {
    let line = '';
    const out = stream((text, done) => {
      line = text;
      done();
    });
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
    const words = {
      user_agent: `curl/8.1.2 x\n${token}`,
      reason: `Bearer_${token}`,
      detail: `a.b.c ${token},${token}`,
    };
    await createAuditSink(out)({ ...record, ...words, subject: 'eyJ.of.denmark' });
    expect(JSON.parse(line)).toMatchObject({
      user_agent: 'curl/8.1.2 x\n[token]',
      reason: '[token]',
      detail: 'a.b.c [token],[token]',
      subject: 'eyJ.of.denmark',
    });
  });

  it('takes a user agent of 100 kB made to be slow in no time', async () => {
    const startedAt = performance.now();
    await createAuditSink(stream((_, done) => done()))({
      ...record,
      user_agent: 'eyJ'.repeat(33_000) + 'eyJ.'.repeat(300),
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('rejects where the record cannot be written, and survives', async () => {
    const out = stream((_, done) => done(new TypeError('disk full')));
    const sink = createAuditSink(out, () => metrics);
    await expect(sink(record)).rejects.toThrow();
    await expect(sink(record), 'and again').rejects.toThrow();
  });

  it('rejects where the record is never taken', async () => {
    vi.useFakeTimers();
    const written = createAuditSink(stream(() => undefined))(record);
    const outcome = expect(written).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(2_000);
    await outcome;
  });

  it('writes the record where the metrics cannot be rendered', async () => {
    const written: string[] = [];
    const out = stream((text, done) => {
      written.push(text);
      done();
    });
    const sink = createAuditSink(out, () => {
      throw new TypeError('no metrics');
    });
    await expect(sink(record)).resolves.toBeUndefined();
    expect(written).toEqual([`${JSON.stringify(record)}\n`]);
  });
});

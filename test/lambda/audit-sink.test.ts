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
function stream(write: (line: string, done: (error?: Error) => void) => void): Writable {
  return new Writable({ write: (chunk: Buffer, _encoding, done) => write(chunk.toString(), done) });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the audit sink', () => {
  it('writes the record, then its metrics, one line each', async () => {
    const lines: string[] = [];
    const out = stream((line, done) => {
      lines.push(line);
      done();
    });
    await createAuditSink(out, () => metrics)(record);
    expect(lines).toEqual([`${JSON.stringify(record)}\n`, `${JSON.stringify(metrics)}\n`]);
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
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

  it('rejects where the record cannot be written, writes no metrics and survives', async () => {
    const out = stream((_, done) => done(new TypeError('disk full')));
    const render = vi.fn(() => metrics);
    const sink = createAuditSink(out, render);
    await expect(sink(record)).rejects.toThrow();
    await expect(sink(record), 'and again').rejects.toThrow();
    expect(render).not.toHaveBeenCalled();
  });

  it('rejects where the record is never taken', async () => {
    vi.useFakeTimers();
    const written = createAuditSink(stream(() => undefined))(record);
    const outcome = expect(written).rejects.toMatchObject({ code: 'internal' });
    await vi.advanceTimersByTimeAsync(2_000);
    await outcome;
  });

  it('resolves where the metrics cannot be rendered', async () => {
    const sink = createAuditSink(
      stream((_, done) => done()),
      () => {
        throw new TypeError('no metrics');
      },
    );
    await expect(sink(record)).resolves.toBeUndefined();
  });

  it.each([
    ['cannot be written', (done: (error?: Error) => void) => done(new TypeError('disk full'))],
    ['are never taken', () => undefined],
  ])('resolves where the metrics %s', async (_, treat) => {
    const out = stream((line, done) => (line.includes('_aws') ? treat(done) : done()));
    await expect(createAuditSink(out, () => metrics)(record)).resolves.toBeUndefined();
  });
});

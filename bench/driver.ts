// Runs inside the measured process: loads a handler, vends, and prints what it took. Built to plain JavaScript first, so that no
// type stripping is measured. Arguments: the handler's path, the number of warm vends (0: only the first).
const begun = performance.now();
const [handlerPath = '', count = '0'] = process.argv.slice(2);

const event = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/v1/credentials',
  rawQueryString: '',
  headers: { authorization: `Bearer ${process.env['BENCH_TOKEN'] ?? ''}`, host: 'tvm.example' },
  requestContext: { http: { method: 'GET', path: '/v1/credentials', sourceIp: '192.0.2.1' }, requestId: 'bench' },
  isBase64Encoded: false,
};
const context = { awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => 10_000 };

interface Loaded {
  readonly handler: (
    event: unknown,
    context: unknown,
  ) => Promise<{ readonly statusCode: number; readonly body: string }>;
}

const { handler } = (await import(handlerPath)) as Loaded;
const first = await handler(event, context);
const coldMilliseconds = performance.now() - begun;
if (first.statusCode !== 200 || !first.body.includes('ASIABENCH')) throw new TypeError(`did not vend: ${first.body}`);

const warmUps = Math.min(100, Number(count));
for (let index = 0; index < warmUps; index += 1) await handler(event, context);
const taken: number[] = [];
const cpu = process.cpuUsage();
for (let index = 0; index < Number(count); index += 1) {
  const startedAt = performance.now();
  const { statusCode } = await handler(event, context);
  taken.push(performance.now() - startedAt);
  if (statusCode !== 200) throw new TypeError(`status ${statusCode}`);
}
const { user, system } = process.cpuUsage(cpu);
taken.sort((left, right) => left - right);

// On standard error: standard output has the audit lines, as on Lambda.
console.error(
  JSON.stringify({
    coldMilliseconds,
    ...(taken.length === 0
      ? {}
      : {
          p50Milliseconds: taken[Math.floor(taken.length / 2)],
          p99Milliseconds: taken[Math.floor(taken.length * 0.99)],
          cpuMicroseconds: (user + system) / taken.length,
        }),
    residentMegabytes: process.memoryUsage().rss / 1e6,
  }),
);
process.exit(0);

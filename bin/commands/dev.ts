// tvm dev: the whole product on this machine, until it is stopped.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseSeed, startLocal, type Local } from '../../local/index.ts';
import { exitCodes, print, readJsonFile, say, text, wholeNumber, type Command, type Values } from './command.ts';

export const dev: Command = {
  summary: 'run the whole product on this machine: API, issuer, STS, S3 and DynamoDB',
  usage: `  --port N                port of the machine and its issuer (default 4747; 0 takes a free one)
  --aws-port N            port of local AWS (default 4748; 0 takes a free one)
  --config FILE           a configuration in place of the app's
  --template FILE         a synthesised template or cdk.out in place of running the app
  --seed FILE             objects and items to start with
  --clock-offset SECONDS  run everything here ahead of the real clock
  --json                  print one line of JSON once ready
  --quiet                 no audit lines, no banner`,
  options: {
    port: { type: 'string' },
    'aws-port': { type: 'string' },
    config: { type: 'string' },
    template: { type: 'string' },
    seed: { type: 'string' },
    'clock-offset': { type: 'string' },
    json: { type: 'boolean' },
    quiet: { type: 'boolean' },
  },
  run: async (values) => {
    const quiet = values['quiet'] === true;
    const stopping = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    // The local DynamoDB engine still uses url.parse; that is no news to whoever tries this product.
    process.noDeprecation = true;
    const startedAt = performance.now();
    const local = await startLocal({
      port: wholeNumber(values, 'port') ?? 4747,
      awsPort: wholeNumber(values, 'aws-port') ?? 4748,
      clockOffsetSeconds: wholeNumber(values, 'clock-offset') ?? 0,
      ...optional('template', text(values, 'template')),
      ...optional('config', readJsonFile(values, 'config')),
      ...optional('seed', parseSeedFile(values)),
      ...(quiet ? {} : { log: (text: string) => void process.stderr.write(withoutMetrics(text)) }),
    });
    if (values['json'] === true) print(JSON.stringify(await describe(local)));
    else if (!quiet) say(banner(local, performance.now() - startedAt));
    await stopping;
    await local.stop();
    return exitCodes.ok;
  },
};

/** Audit lines are for people; the metric lines beside them are for CloudWatch. */
function withoutMetrics(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes('"_aws":'))
    .join('\n');
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

function parseSeedFile(values: Values): ReturnType<typeof parseSeed> | undefined {
  const seed = readJsonFile(values, 'seed');
  return seed === undefined ? undefined : parseSeed(seed);
}

async function describe(local: Local): Promise<unknown> {
  const tenants = await Promise.all(
    local.tenants.map(async ({ tenant, subject }) => ({
      tenant,
      subject,
      token: await local.mintToken({ tenant, subject }),
    })),
  );
  const { url, issuer, aws, configuration, developer } = local;
  return { url, issuer, aws, tenants, configuration, developer };
}

function banner(local: Local, milliseconds: number): string {
  const byTenant = Map.groupBy(local.tenants, ({ tenant }) => tenant);
  const tenants = [...byTenant].map(
    ([tenant, users]) => `${tenant} (${users.map(({ subject }) => subject).join(', ')})`,
  );
  const buckets = local.account.buckets.map(({ name }) => name);
  const tables = local.account.tables.map(({ name }) => name);
  return [
    `token vending machine, local mode, ready in ${(milliseconds / 1000).toFixed(1)} s`,
    '',
    `  machine   ${local.url}`,
    `  issuer    ${local.issuer}`,
    `  AWS       ${local.aws} (STS, S3, DynamoDB)`,
    `  tenants   ${tenants.join(', ')}`,
    `  bucket    ${buckets.join(', ') || 'none'}`,
    `  table     ${tables.join(', ') || 'none'}`,
    ...local.notes.map((note) => `  note      ${note}`),
    '',
    ...examples(local),
  ].join('\n');
}

/** An allowed and a denied read with what is on this machine: the AWS command line, else the example's own reader. */
function examples(local: Local): readonly string[] {
  const [own, other] = [local.objects[0], local.objects.find(({ tenant }) => tenant !== local.objects[0]?.tenant)];
  if (own === undefined || other === undefined) return [];
  const url = local.url === 'http://127.0.0.1:4747' ? '' : ` --url ${local.url}`;
  const read =
    isOnPath('aws') || !existsSync('examples/documents/read.ts') ? 'aws s3 cp' : 'node examples/documents/read.ts';
  const command = (object: typeof own): string =>
    `  npx tvm exec${url} --tenant ${own.tenant} -- ${read} s3://${object.bucket}/${object.key}${read.startsWith('aws') ? ' -' : ''}`;
  return [
    `allowed, ${own.tenant} reads its own:`,
    command(own),
    `denied, ${own.tenant} reads what is ${other.tenant}'s:`,
    command(other),
    '',
  ];
}

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

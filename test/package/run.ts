// npm run test:package: the packed package as a stranger meets it, in fresh folders outside the repository. Needs npm and its
// registry (or cache), no AWS account, no Docker. Prints a line per check; the last line counts them.
import { fromHttp } from '@aws-sdk/credential-provider-http';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'tvm-package-'));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
/** No AWS variables, no home with profiles, and this Node first: what a CI job without an account has. */
const environment: NodeJS.ProcessEnv = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  HOME: process.env['HOME'] ?? folder,
  AWS_CONFIG_FILE: join(folder, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CDK_DISABLE_VERSION_CHECK: '1',
};

let passed = 0;
let failed = 0;

async function check(name: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  try {
    await work();
    passed += 1;
    console.log(`ok    ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  } catch (cause) {
    failed += 1;
    const { stderr = '', stdout = '' } = cause as { readonly stderr?: string; readonly stdout?: string };
    console.log(`FAIL  ${name}\n${String(cause)}\n${stdout.slice(-1500)}\n${stderr.slice(-1500)}`);
  }
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new TypeError(what);
}

const inFolder = (name: string, command: string, ...args: readonly string[]) =>
  run(command, args, { cwd: join(folder, name), env: environment, maxBuffer: 64e6 });

/** What a command that must fail said. */
async function failure(name: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    await inFolder(name, command, ...args);
  } catch (cause) {
    const { stdout, stderr } = cause as { readonly stdout: string; readonly stderr: string };
    return `${stdout}${stderr}`;
  }
  throw new TypeError(`${command} ${args.join(' ')} did not fail`);
}

let tarball = '';

await check('npm pack holds what is promised and nothing of the workshop', async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    env: { ...process.env },
    maxBuffer: 64e6,
  });
  // npm prints what prepack says before its JSON.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as readonly {
    readonly filename: string;
    readonly size: number;
    readonly files: readonly { readonly path: string }[];
  }[];
  const paths = packed!.files.map(({ path }) => path);
  for (const wanted of [
    'dist/lambda/vend.mjs',
    'dist/bin/tvm.js',
    'dist/lib/index.d.ts',
    'dist/client/index.js',
    'examples/starter/app.ts',
    'LICENSE',
    'README.md',
  ]) {
    expect(paths.includes(wanted), `${wanted} is missing`);
  }
  const stray = paths.filter((path) => /^(?:test|bench|core|lambda|lib|local|bin|\.ci)\//.test(path));
  expect(stray.length === 0, `the package holds ${stray.join(', ')}`);
  tarball = join(folder, packed!.filename);
  console.log(`      ${paths.length} files, ${(packed!.size / 1e6).toFixed(1)} MB`);
});

await check('an application that only vends installs one package, and it type-checks and runs', async () => {
  const client = join(folder, 'client');
  mkdirSync(client);
  writeFileSync(join(client, 'package.json'), '{"name":"client","private":true,"type":"module"}');
  await inFolder('client', 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball);
  const installed = readdirSync(join(client, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed.join() === 'token-vending-machine', `installed: ${installed.join()}`);
  writeFileSync(
    join(client, 'use.ts'),
    `import { fromTokenVendingMachine } from 'token-vending-machine/client';
import { parseTenantId } from 'token-vending-machine/core';
const provider = fromTokenVendingMachine({ url: 'http://127.0.0.1:9', token: () => 'x' });
console.log(typeof provider, parseTenantId('acme'));
`,
  );
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom'];
  await inFolder('client', process.execPath, tsc, ...options, 'use.ts');
  const { stdout } = await inFolder('client', process.execPath, 'use.ts');
  expect(stdout.trim() === 'function acme', stdout);
});

await check('tvm init makes an app, and refuses to write over one', async () => {
  const { stderr } = await inFolder('client', 'npx', 'tvm', 'init', '../demo', '--package', `file:${tarball}`);
  expect(stderr.includes('npx tvm dev'), stderr);
  expect(existsSync(join(folder, 'demo/.gitignore')), 'no .gitignore');
  const again = await failure('client', 'npx', 'tvm', 'init', '../demo');
  expect(again.includes('not empty') && again.includes('try:'), again);
});

await check('npm install in the app', async () => {
  await inFolder('demo', 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
});

await check('the app type-checks', async () => {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck'];
  await inFolder('demo', process.execPath, tsc, ...options, 'app.ts');
});

await check('cdk synth: no account, no Docker, the handler of the package as its asset', async () => {
  await inFolder('demo', 'npx', 'cdk', 'synth', '--quiet');
  const template = JSON.parse(readFileSync(join(folder, 'demo/cdk.out/Demo.template.json'), 'utf8')) as {
    readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  };
  const types = Object.values(template.Resources).map(({ Type: type }) => type);
  for (const type of ['AWS::Lambda::Function', 'AWS::ApiGatewayV2::Api', 'AWS::IAM::Role', 'AWS::CloudWatch::Alarm']) {
    expect(types.includes(type), `no ${type}`);
  }
  const handlers = readdirSync(join(folder, 'demo/cdk.out'), { recursive: true, encoding: 'utf8' });
  const built = readFileSync(join(folder, 'client/node_modules/token-vending-machine/dist/lambda/vend.mjs'), 'utf8');
  const asset = handlers.find((path) => path.endsWith('vend.mjs'));
  expect(asset !== undefined, 'no handler among the assets');
  expect(readFileSync(join(folder, 'demo/cdk.out', asset!), 'utf8') === built, 'the asset is another build');
});

await check('tvm dev runs the app: own object read, the other tenant denied', async () => {
  const local = spawn('npx', ['tvm', 'dev', '--port', '0', '--aws-port', '0', '--json'], {
    cwd: join(folder, 'demo'),
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    const line = await firstLine(local);
    const { url, aws, tenants } = JSON.parse(line) as {
      readonly url: string;
      readonly aws: string;
      readonly tenants: readonly { readonly tenant: string; readonly token: string }[];
    };
    const token = tenants.find(({ tenant }) => tenant === 'acme')!.token;
    const credentials = fromHttp({
      awsContainerCredentialsFullUri: `${url}/v1/credentials`,
      awsContainerAuthorizationToken: token,
    });
    const s3 = new S3Client({ region: 'us-east-1', endpoint: aws, forcePathStyle: true, credentials });
    const bucket = await firstBucket(url, aws, token);
    const { Contents: contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'acme/' }));
    expect(contents.length > 0, 'nothing of acme');
    const mine = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: contents[0]!.Key }));
    expect((await mine.Body!.transformToString()).includes('acme'), 'not the object of acme');
    const refusal: unknown = await s3
      .send(new GetObjectCommand({ Bucket: bucket, Key: contents[0]!.Key!.replace('acme', 'globex') }))
      .then(() => undefined)
      .catch((cause: unknown) => cause);
    expect((refusal as Error | undefined)?.name === 'AccessDenied', `globex: ${String(refusal)}`);
  } finally {
    // npx has the server as its child: the group goes.
    process.kill(-local.pid!, 'SIGTERM');
  }
});

await check('a permission set that leaks stops synth, with the witness', async () => {
  const path = join(folder, 'demo/app.ts');
  const good = readFileSync(path, 'utf8');
  const leaking = good
    .replace(
      'import { PermissionSet,',
      "import { PolicyStatement } from 'aws-cdk-lib/aws-iam';\nimport { PermissionSet,",
    )
    .replace(
      'TenantAccess.s3Prefix(bucket)',
      "TenantAccess.statements(new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('{{tenant}}*')] }))",
    );
  expect(leaking !== good, 'the app has changed');
  writeFileSync(path, leaking);
  const said = await failure('demo', 'npx', 'cdk', 'synth', '--quiet');
  expect(said.includes('TvmIsolationNotProved'), said);
  expect(/tenant .?a.? could use s3:GetObject/.test(said), said);
  writeFileSync(path, good);
});

rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((settle, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) settle(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new TypeError(`tvm dev ended with ${String(code)}`)));
  });
}

/** The bucket of the app, from the rendered policy: local names are the template's. */
async function firstBucket(url: string, _aws: string, token: string): Promise<string> {
  const response = await fetch(`${url}/v1/explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const [, bucket] = /arn:aws:s3:::([a-z0-9.-]+)/.exec(await response.text()) ?? [];
  if (bucket === undefined) throw new TypeError('the explanation names no bucket');
  return bucket;
}

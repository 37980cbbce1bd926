// Turns what the how-tos tell users to set into the environment of a client: the very files that the pages show are sourced, with
// the machine and the token file of the run in the place of the example's.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quoteCommand } from '../../bin/profile/quote.ts';
import { runCommand } from './run-command.ts';
import type { Way } from './toolchains.ts';

/** Where a client is to go and with what. */
export interface Journey {
  readonly way: Way;
  /** The machine's URL. */
  readonly url: string;
  readonly tokenFile: string;
  /** The role that names the permission set, for web identity. */
  readonly roleArn: string;
  /** Local AWS, which takes the place of S3 and DynamoDB. */
  readonly aws: string;
  /** A private folder for this journey alone. */
  readonly folder: string;
}

const here = import.meta.dirname;

/** The environment that the way's own snippet makes. Rejects where the snippet fails. */
export async function prepareWay(journey: Journey): Promise<Readonly<Record<string, string>>> {
  const snippet = readFileSync(join(here, 'ways', `${journey.way}.sh`), 'utf8')
    .replaceAll('https://YOUR_API', journey.url)
    .replaceAll('/run/secrets/tenant-token', journey.tokenFile)
    .replaceAll('arn:aws:iam::111122223333:role/YOUR_TENANT_ACCESS_ROLE', journey.roleArn);
  const tvm = `tvm() { '${process.execPath}' '${resolve('dist/bin/tvm.js')}' "$@"; }`;
  const own = {
    AWS_CONFIG_FILE: join(journey.folder, 'config'),
    TVM_CACHE_DIR: join(journey.folder, 'cache'),
    // A profile of `tvm configure` has these by itself.
    ...(journey.way === 'profile' ? {} : endpoints(journey.aws)),
  };
  const { code, stdout, stderr } = await runCommand(['bash', '-ec', `${tvm}\n${snippet}\nenv -0`], {
    environment: own,
  });
  if (code !== 0) throw new Error(`ways/${journey.way}.sh: ${stderr}`);
  return { ...own, ...pick(stdout) };
}

/** A profile whose process keeps nothing, for measuring the SDK alone. */
export function prepareBareProfile(journey: Journey): Readonly<Record<string, string>> {
  const file = join(journey.folder, 'bare-config');
  const command = quoteCommand([process.execPath, join(here, 'process.ts'), journey.url, journey.tokenFile]);
  mkdirSync(journey.folder, { recursive: true });
  writeFileSync(file, `[profile acme]\ncredential_process = ${command}\nregion = us-east-1\n`);
  return { AWS_CONFIG_FILE: file, AWS_PROFILE: 'acme', ...endpoints(journey.aws) };
}

const endpoints = (aws: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_S3: aws,
  AWS_ENDPOINT_URL_DYNAMODB: aws,
});

/** What a snippet can have set. */
function pick(environment: string): Readonly<Record<string, string>> {
  const pairs = environment
    .split('\0')
    .map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs.filter(([name]) => /^(?:AWS|TVM)_/.test(name)));
}

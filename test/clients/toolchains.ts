// The clients: how each is made ready, from pinned versions, in a folder for caches outside the tree. What a machine lacks (a
// toolchain, a registry that answers) makes a client unavailable; code of ours that does not compile is a failure.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand, type Outcome, type Surroundings } from './run-command.ts';

/** A way to credentials. */
export type Way = 'container' | 'web-identity' | 'profile';

/** A client that can run. */
export interface Ready {
  readonly version: string;
  /** Takes `calls` or `repeat COUNT PAUSE_MS`. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A client of the table. */
export interface Client {
  readonly name: string;
  readonly ways: readonly Way[];
  /** Each call is a process of its own; what it says is how often three of them fetch. */
  readonly oneCallEach?: Readonly<Record<Way, number>>;
  /** Ways that are known not to work, and why. */
  readonly broken?: Readonly<Partial<Record<Way, string>>>;
  /** Reads no endpoint of AWS from environment and profile. */
  readonly needsEndpoint?: boolean;
  /** Ways whose errors are known to leave our message out; the page of the client tells what to do. */
  readonly silentAbout?: readonly Way[];
  /** Rejects with Unavailable. */
  readonly prepare: () => Promise<Ready>;
}

/** Why a client cannot be tried here. */
export class Unavailable extends Error {}

const here = import.meta.dirname;
const allWays = ['container', 'web-identity', 'profile'] as const;

/** Where virtual environments, jars and binaries stay between runs. */
export const cache = resolve(
  process.env['TVM_CLIENTS_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'token-vending-machine-clients'),
);

export const clients: readonly Client[] = [
  { name: 'boto3', ways: allWays, prepare: async () => python('current', 'boto3') },
  {
    name: 'boto3 of Debian 12',
    ways: ['profile'],
    needsEndpoint: true,
    prepare: async () => python('debian-12', 'boto3'),
  },
  {
    name: 'AWS CLI',
    ways: allWays,
    // It keeps what web identity gave it in a folder of its own, and tvm what a profile's process gave.
    oneCallEach: { container: 3, 'web-identity': 1, profile: 1 },
    prepare: async () => {
      const { version, environment } = await python('current', 'awscli');
      return { version, environment: environment ?? {}, command: ['bash', join(here, 'aws-cli', 'calls.sh')] };
    },
  },
  {
    name: 'JavaScript v3',
    ways: allWays,
    // Its default chain forgets what its links said.
    silentAbout: ['container', 'profile'],
    prepare: async () => ({
      version: versionIn('package.json', /"@aws-sdk\/client-s3": "(.*)"/),
      command: [process.execPath, join(here, 'javascript', 'calls.ts')],
    }),
  },
  { name: 'Go v2', ways: allWays, prepare: go },
  {
    name: 'Java v2',
    ways: allWays,
    broken: { 'web-identity': 'it asks at / instead of /sts (aws/aws-sdk-java-v2#3387)' },
    silentAbout: ['container', 'profile'],
    prepare: java,
  },
  { name: 'Rust', ways: allWays, silentAbout: ['container'], prepare: rust },
];

async function python(requirements: 'current' | 'debian-12', packageName: string): Promise<Ready> {
  const list = join(here, 'python', `${requirements}.txt`);
  const folder = join(cache, `python-${requirements}`);
  await once(folder, list, async () => {
    await obtain(['python3', '-m', 'venv', '--clear', folder]);
    await obtain([join(folder, 'bin', 'pip'), 'install', '--quiet', '--requirement', list], { atMost: 300 });
  });
  const bin = join(folder, 'bin');
  return {
    version: versionIn(list, new RegExp(`^${packageName}==(.*)$`, 'm')),
    command: [join(bin, 'python'), join(here, 'python', 'calls.py')],
    environment: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  };
}

async function go(): Promise<Ready> {
  const directory = join(here, 'go');
  const binary = join(cache, 'go', 'calls');
  await obtain(['go', 'mod', 'download'], { directory, atMost: 300 });
  await build(['go', 'build', '-o', binary, '.'], { directory, atMost: 300 });
  return { version: versionIn(join(directory, 'go.mod'), /aws-sdk-go-v2 v(.*)/), command: [binary] };
}

async function java(): Promise<Ready> {
  const pom = join(here, 'java', 'pom.xml');
  const [jars, classes] = [join(cache, 'java', 'lib'), join(cache, 'java', 'classes')];
  await obtain(['javac', '-version']);
  await once(join(cache, 'java'), pom, async () =>
    obtain(['mvn', '-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], {
      atMost: 300,
    }),
  );
  const classPath = join(jars, '*');
  await build(['javac', '-cp', classPath, '-d', classes, join(here, 'java', 'Calls.java')]);
  return {
    version: versionIn(pom, /<version>(2\..*)<\/version>/),
    // A short program: the second compiler would cost more than it gives.
    command: ['java', '-XX:TieredStopAtLevel=1', '-cp', `${classPath}:${classes}`, 'Calls'],
  };
}

async function rust(): Promise<Ready> {
  const manifest = ['--locked', '--manifest-path', join(here, 'rust', 'Cargo.toml')];
  const environment = { CARGO_TARGET_DIR: join(cache, 'rust') };
  await obtain(['cargo', 'fetch', ...manifest], { atMost: 300 });
  await build(['cargo', 'build', '--quiet', ...manifest], { environment, atMost: 600 });
  return {
    version: versionIn(join(here, 'rust', 'Cargo.toml'), /aws-config = \{ version = "=([^"]*)"/),
    command: [join(cache, 'rust', 'debug', 'client-calls')],
  };
}

/** Does the work where what it was done from has changed. */
async function once(folder: string, from: string, work: () => Promise<void>): Promise<void> {
  const stamp = join(folder, '.made-from');
  const digest = createHash('sha256').update(readFileSync(from)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  await work();
  mkdirSync(folder, { recursive: true });
  writeFileSync(stamp, digest);
}

/** Tools and packages of others. */
async function obtain(command: readonly string[], surroundings?: Surroundings): Promise<void> {
  const outcome = await runCommand(command, surroundings);
  if (outcome.code !== 0) throw new Unavailable(`${command.slice(0, 3).join(' ')}: ${lastLine(outcome)}`);
}

/** Code of ours. */
async function build(command: readonly string[], surroundings?: Surroundings): Promise<void> {
  const outcome = await runCommand(command, surroundings);
  if (outcome.code !== 0) throw new Error(`${command.slice(0, 2).join(' ')} failed: ${outcome.stderr}`);
}

function lastLine({ code, stdout, stderr }: Outcome): string {
  return (stderr.trim() || stdout.trim()).split('\n').at(-1) || `exit code ${code}`;
}

function versionIn(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(file, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${file} pins no version`);
  return version;
}

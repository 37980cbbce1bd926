// Local mode in this process and the built command line in processes of its own, for the tests that need both.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocal, type Local, type LocalOptions } from '../../local/index.ts';

export const tvm = 'dist/bin/tvm.js';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine that counts what it vended. */
export interface Machine {
  readonly local: Local;
  readonly vends: () => number;
}

export async function startMachine(options: LocalOptions = {}): Promise<Machine> {
  let audit = '';
  const local = await startLocal({ ...options, log: (text) => (audit += text) });
  return { local, vends: () => audit.split('"credentials.vended"').length - 1 };
}

/** A new folder, mode 0700. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'tvm-test-'));

/** Without whatever AWS and tvm variables the machine of the tests has. */
export const bareEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:AWS|TVM)_/.test(name)),
);

/** Runs the command line with nothing of AWS in its environment but what is given. */
export function runTvm(args: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const env = {
      ...bareEnvironment,
      AWS_CONFIG_FILE: '/nonexistent/config',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
      ...environment,
    };
    const child = execFile(process.execPath, [tvm, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined).end(input);
  });
}

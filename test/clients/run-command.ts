// One child process and what it said. Nothing of AWS or tvm in this machine's environment reaches it.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a command said. */
export interface Outcome {
  /** 127 where there is no such command, -1 where it was ended from outside. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface Surroundings {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds until it is ended. */
  readonly atMost?: number;
}

const nowhere = join(tmpdir(), 'tvm-clients-no-such-file');

/** The environment of this process without AWS and tvm; no files of the user's home, and no metadata service to wait for. */
export const bareEnvironment: Readonly<Record<string, string>> = {
  ...(Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:AWS|TVM)_/.test(name))) as Record<
    string,
    string
  >),
  AWS_CONFIG_FILE: nowhere,
  AWS_SHARED_CREDENTIALS_FILE: nowhere,
  AWS_EC2_METADATA_DISABLED: 'true',
};

export function runCommand(command: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const { directory, environment = {}, atMost = 60 } = surroundings;
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { ...bareEnvironment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a shell's children end with it.
      detached: true,
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    const end = setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    }, atMost * 1000);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', () => {
      clearTimeout(end);
      resolve({ code: 127, stdout, stderr: `there is no ${file}` });
    });
    child.on('close', (code) => {
      clearTimeout(end);
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
}

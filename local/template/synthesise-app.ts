// Runs the CDK app as the CDK command line does: a child process with its context in the environment, never an import.
// What comes back is the folder it wrote. Offline: an app that needs look-ups in an account fails here, with its own words.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localPlace } from './place.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { refuseApp } from './refuse.ts';

/** How to run an app. */
export interface SynthesisOptions {
  /** The shell command of cdk.json's `app`. */
  readonly appCommand: string;
  /** cdk.json's `context`, which carries the feature flags. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Where the cloud assembly goes. */
  readonly outdir: string;
  /** The folder the command runs in; default: the current one. */
  readonly directory?: string;
  /** Milliseconds after which the app is stopped; default 60,000. */
  readonly timeoutMs?: number;
}

/** The command and context of a CDK project.
 * @throws TvmError `misconfigured` where the folder has no usable cdk.json */
export function readCdkProject(directory: string): {
  readonly appCommand: string;
  readonly context: Readonly<Record<string, unknown>>;
} {
  const read = (name: string): Readonly<Record<string, unknown>> => {
    try {
      const parsed: unknown = JSON.parse(readFileSync(join(directory, name), 'utf8'));
      if (isRecord(parsed)) return parsed;
    } catch (cause) {
      throw refuseApp(`${name} cannot be read`, cause);
    }
    throw refuseApp(`${name} holds no JSON object`);
  };
  const { app, context } = read('cdk.json');
  if (typeof app !== 'string' || app === '') throw refuseApp('cdk.json names no app');
  // What `cdk synth` looked up before; it wins nothing over cdk.json, as in the CDK command line.
  const lookedUp = existsSync(join(directory, 'cdk.context.json')) ? read('cdk.context.json') : {};
  return { appCommand: app, context: { ...lookedUp, ...(isRecord(context) ? context : {}) } };
}

/**
 * Synthesises the app and returns the folder of its cloud assembly.
 * @throws TvmError `misconfigured` with the end of the app's own error output
 */
export async function synthesiseApp(options: SynthesisOptions): Promise<string> {
  const { appCommand, context, outdir, directory = process.cwd(), timeoutMs = 60_000 } = options;
  const { code, stderr } = await run(appCommand, directory, timeoutMs, {
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    // The rules of CloudFormation are checked by `cdk synth`; here they would only cost a second of every start.
    CDK_VALIDATION: 'false',
    // An app that asks for its environment must not get the person's real account into local ARNs.
    CDK_DEFAULT_ACCOUNT: localPlace.accountId,
    CDK_DEFAULT_REGION: localPlace.region,
  });
  const said = stderr.trim() === '' ? 'it wrote nothing to stderr' : `it wrote:\n${stderr.trim().slice(-4000)}`;
  if (code !== 0) throw refuseApp(`the app (${appCommand}) ended with ${code}; ${said}`);
  if (!existsSync(join(outdir, 'manifest.json'))) {
    throw refuseApp(`the app (${appCommand}) ended well but wrote no cloud assembly; ${said}`);
  }
  return outdir;
}

function run(
  command: string,
  directory: string,
  timeoutMs: number,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      cwd: directory,
      env: { ...process.env, ...environment },
      shell: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own: ending only the shell would leave the app running behind it.
      detached: true,
    });
    const endGroup = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself, or the platform has no groups.
        child.kill('SIGKILL');
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup();
    }, timeoutMs);
    process.once('exit', endGroup);
    let timedOut = false;
    let stderr = '';
    const end = (code: number | string, text: string): void => {
      clearTimeout(timer);
      process.removeListener('exit', endGroup);
      resolve({ code: timedOut ? `nothing after ${timeoutMs} ms` : code, stderr: text });
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => {
      end(error.name, error.message);
    });
    child.on('close', (code, signal) => {
      end(code ?? signal ?? 'no code', stderr);
    });
  });
}

// tvm exec: runs a command with vended credentials in its environment, or with an endpoint that renews them, and passes its exit
// code and signals on.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { requestCredentials } from '../../client/vend.ts';
import { withoutKeys, withoutShadows } from '../shadows.ts';
import { CommandError, exitCodes, wholeNumber, type Command, type Values } from './command.ts';
import { describeFailure, sayFailure } from './failure.ts';
import { credentialVariables } from './formats.ts';
import { findLocalAws, readTarget, targetOptions, targetUsage } from './target.ts';

export const exec: Command = {
  summary: 'run a command with vended credentials',
  usage: `  tvm exec [OPTIONS] -- COMMAND [ARGUMENTS]\n\n${targetUsage}
  --duration SECONDS     900 to 3600
  --server               give CMD an endpoint that renews credentials, for work of more than an hour`,
  options: { ...targetOptions, duration: { type: 'string' }, server: { type: 'boolean' } },
  run: async (values, rest) => {
    const [command, ...args] = rest;
    if (command === undefined)
      throw new CommandError(exitCodes.usage, 'there is no command to run', 'tvm exec --tenant acme -- aws s3 ls');
    return values['server'] === true ? runWithEndpoint(values, command, args) : runWithKeys(values, command, args);
  },
};

async function runWithKeys(values: Values, command: string, args: readonly string[]): Promise<number> {
  const durationSeconds = wholeNumber(values, 'duration');
  const target = await readTarget(values);
  const credentials = await requestCredentials({
    ...target,
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
  });
  return runChild(command, args, {
    ...withoutShadows(process.env),
    ...credentialVariables(credentials),
    ...(await localVariables(target.url)),
  });
}

async function runWithEndpoint(values: Values, command: string, args: readonly string[]): Promise<number> {
  // Loaded here: the plain way needs no server.
  const [{ startEndpoint }, { openProvider }] = [
    await import('../serving/endpoint.ts'),
    await import('../serving/source.ts'),
  ];
  const { url, provider } = await openProvider(values);
  const endpoint = await startEndpoint(provider, (cause) => sayFailure(describeFailure(cause)));
  try {
    return await runChild(command, args, {
      ...withoutKeys(process.env),
      ...endpoint.variables,
      ...(await localVariables(url)),
    });
  } finally {
    endpoint.stop();
  }
}

async function localVariables(url: string): Promise<Readonly<Record<string, string>>> {
  const local = await findLocalAws(url);
  if (local === undefined) return {};
  return { AWS_ENDPOINT_URL: local.aws, AWS_REGION: local.region, AWS_DEFAULT_REGION: local.region };
}

function runChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    // The terminal sends SIGINT to the child as well; what reaches only us is passed on, and the child decides.
    const forward = (signal: NodeJS.Signals): void => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === 'ENOENT' ? `there is no command ${command}` : `${command} cannot be run: ${cause.message}`;
      reject(new CommandError(cause.code === 'ENOENT' ? 127 : 126, message, 'check the command behind --', cause));
    });
    child.on('close', (code, signal) => {
      for (const one of signals) process.off(one, forward);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

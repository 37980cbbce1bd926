// tvm exec: runs a command with vended credentials in its environment and passes its exit code and signals on.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { requestCredentials } from '../../client/vend.ts';
import { CommandError, exitCodes, wholeNumber, type Command } from './command.ts';
import { credentialVariables } from './formats.ts';
import { findLocalAws, readTarget, targetOptions, targetUsage } from './target.ts';

export const exec: Command = {
  summary: 'run a command with vended credentials',
  usage: `  tvm exec [OPTIONS] -- COMMAND [ARGUMENTS]\n\n${targetUsage}
  --duration SECONDS     900 to 3600`,
  options: { ...targetOptions, duration: { type: 'string' } },
  run: async (values, rest) => {
    const [command, ...args] = rest;
    if (command === undefined)
      throw new CommandError(exitCodes.usage, 'there is no command to run', 'tvm exec --tenant acme -- aws s3 ls');
    const durationSeconds = wholeNumber(values, 'duration');
    const target = await readTarget(values);
    const credentials = await requestCredentials({
      ...target,
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    });
    const local = await findLocalAws(target.url);
    return runChild(command, args, {
      ...withoutShadows(process.env),
      ...credentialVariables(credentials),
      ...(local === undefined
        ? {}
        : { AWS_ENDPOINT_URL: local.aws, AWS_REGION: local.region, AWS_DEFAULT_REGION: local.region }),
    });
  },
};

/** Variables that would win over, or fight with, the credentials we set. The token stays out of the child as well. */
const shadows = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_ROLE_ARN',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_SECURITY_TOKEN',
  'TVM_TOKEN',
];

function withoutShadows(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !shadows.includes(name)));
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
